import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { Watch } from '../src/alerts/detect/watch.ts';
import { watchSettingsOf } from '../src/alerts/detect/watch-settings.ts';
import { tellerOf } from './delivery.ts';
import { logger } from './logger.ts';
import { environment, now } from './settings.ts';
import { tableOf } from './table.ts';

/** A day of ten million uses a month takes some seconds; what is cut off is watched the next time. */
const ENOUGH_MS = 120_000;

const watch = new Watch(tableOf(environment));
const tell = tellerOf(environment);

/** Asks the alert rules about every day that has changed, and about what has had its time since. */
export async function handler(_event: unknown, context: Context): Promise<{ readonly isComplete: boolean }> {
  const isTimeLeft = () => context.getRemainingTimeInMillis() > ENOUGH_MS;
  const settings = watchSettingsOf(environment);
  const passed = await watch.pass({ by: randomUUID(), now, settings, isTimeLeft, onAlerts: tell });
  logger.info('watched', { days: passed?.days, alerts: passed?.alerts.size, isComplete: passed?.isComplete });
  return { isComplete: passed?.isComplete === true };
}
