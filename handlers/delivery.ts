import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { tellDelivery } from '../src/alerts/delivery/delivery-queue.ts';
import { errorCodeOf } from '../src/keytrail-error.ts';
import { logger } from './logger.ts';
import { deliverQueueOf, type Environment } from './settings.ts';

/**
 * Tells the function that delivers which alerts have changed. Where that fails they wait for its next look into the
 * outbox, a minute at most.
 */
export function tellerOf(environment: Environment): (alertIds: Iterable<string>) => Promise<void> {
  const client = new SQSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 },
    // A queue's URL names AWS's own endpoint, which may be out of reach where another one is set.
    useQueueUrlAsEndpoint: false,
  });
  const queue = { client, queueUrl: deliverQueueOf(environment), sleep: (ms: number) => sleep(ms) };
  return async (alertIds) => {
    try {
      await tellDelivery([...alertIds], queue);
    } catch (error) {
      logger.error('alerts wait for the next look into the outbox', { why: errorCodeOf(error) });
    }
  };
}
