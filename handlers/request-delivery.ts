import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { requestDelivery } from '../src/alerts/delivery/delivery-queue.ts';
import type { Environment } from '../src/environment.ts';
import { errorCodeOf } from '../src/keytrail-error.ts';
import { logger } from './logger.ts';
import { deliverQueueOf } from './settings.ts';

/**
 * Asks the function `deliver` to deliver alerts that have changed. When that fails, the alerts wait in the outbox, which
 * `deliver` reads every minute.
 */
export function deliveryRequesterOf(environment: Environment): (alertIds: Iterable<string>) => Promise<void> {
  const client = new SQSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 },
    // A queue's URL names AWS's own endpoint, which may be out of reach where another one is set.
    useQueueUrlAsEndpoint: false,
  });
  const queue = { client, queueUrl: deliverQueueOf(environment), sleep: (ms: number) => sleep(ms) };
  return async (alertIds) => {
    try {
      await requestDelivery([...alertIds], queue);
    } catch (error) {
      logger.error('alerts wait in the outbox', { why: errorCodeOf(error) });
    }
  };
}
