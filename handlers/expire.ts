import type { Context } from 'aws-lambda';
import { now } from '../src/clock.ts';
import { environment } from '../src/environment.ts';
import { newUuid } from '../src/randomness.ts';
import { runExpiry } from '../src/retention/expiry-run.ts';
import { retentionMonthsOf } from '../src/retention/retention-months.ts';
import { logger } from './logger.ts';
import { tableOf } from './table.ts';

/**
 * Enough to expire one more day. A day's chunks have one partition key, which takes 1,000 write units a second: 120 MB of
 * chunks in this time, or four million rows (`bench/expire.ts`). The next run does the rest.
 */
const ENOUGH_MS = 120_000;

const table = tableOf(environment);

/** Lets rows older than the retention expire, day by day. */
export async function handler(_event: unknown, context: Context): Promise<{ readonly isComplete: boolean }> {
  const months = retentionMonthsOf(environment['KEYTRAIL_RETENTION_MONTHS']);
  if (months === undefined) return { isComplete: true };
  const isTimeLeft = () => context.getRemainingTimeInMillis() > ENOUGH_MS;
  const run = await runExpiry(table, { run: newUuid(), by: 'schedule', months, now, isTimeLeft });
  logger.info('expired', { days: run.days.length, held: run.held.length, cutoff: run.cutoff });
  return { isComplete: run.finishedMs !== undefined };
}
