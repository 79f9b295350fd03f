import type { Context } from 'aws-lambda';
import { detectionSettingsOf } from '../src/alerts/detect/detection-settings.ts';
import { Detector } from '../src/alerts/detect/detector.ts';
import { now } from '../src/clock.ts';
import { environment } from '../src/environment.ts';
import { newUuid } from '../src/randomness.ts';
import { logger } from './logger.ts';
import { deliveryRequesterOf } from './request-delivery.ts';
import { tableOf } from './table.ts';

/** Enough for the largest day: ten million uses a month make a day of some seconds. The rest waits for the next run. */
const ENOUGH_MS = 120_000;

const detector = new Detector(tableOf(environment));
const requestDelivery = deliveryRequesterOf(environment);

/** Runs the alert rules over every day that has changed, or whose late job events have had their time. */
export async function handler(_event: unknown, context: Context): Promise<{ readonly isComplete: boolean }> {
  const isTimeLeft = () => context.getRemainingTimeInMillis() > ENOUGH_MS;
  const settings = detectionSettingsOf(environment);
  const by = newUuid();
  const result = await detector.run({ by, now, settings, isTimeLeft, onAlerts: requestDelivery });
  const isComplete = result?.isComplete === true;
  logger.info('detected', { days: result?.days, alerts: result?.alerts.size, isComplete });
  return { isComplete };
}
