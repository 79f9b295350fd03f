import { CurrentExpectations } from '../src/alerts/detect/current-expectations.ts';
import { detectionSettingsOf } from '../src/alerts/detect/detection-settings.ts';
import { StreamingDetector } from '../src/alerts/detect/streaming-detector.ts';
import { now } from '../src/clock.ts';
import type { Environment } from '../src/environment.ts';
import type { OnDurable } from '../src/ingest/ingest-messages.ts';
import { errorCodeOf } from '../src/keytrail-error.ts';
import { logger } from './logger.ts';
import { deliveryRequesterOf } from './request-delivery.ts';
import { tableOf } from './table.ts';
import { reportNotRaised } from './telemetry.ts';

/** A change of expectations takes effect here after at most this long. The detection over the history has no delay. */
const EXPECTATIONS_CACHED_MS = 30_000;

/** Raises alerts for uses as they are ingested. The detection over the history raises what fails here. */
export function streamingDetectionOf(environment: Environment): OnDurable {
  const table = tableOf(environment);
  const requestDelivery = deliveryRequesterOf(environment);
  const current = new CurrentExpectations(table);
  const expectations = () => current.judgeCachedFor(now(), EXPECTATIONS_CACHED_MS);
  const settings = detectionSettingsOf(environment);
  const detector = new StreamingDetector({ table, expectations, settings, now });
  return async (uses) => {
    try {
      await requestDelivery(await detector.raise(uses));
    } catch (error) {
      logger.error('alerts wait for the next detection', { why: errorCodeOf(error) });
      reportNotRaised();
    }
  };
}
