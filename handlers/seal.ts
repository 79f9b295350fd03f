import type { Context } from 'aws-lambda';
import { isDue } from '../src/history/due-days.ts';
import { sealDue } from '../src/history/seal-day.ts';
import { sweep } from '../src/history/sweep.ts';
import { logger } from './logger.ts';
import { environment, now } from './settings.ts';
import { tableOf } from './table.ts';
import { reportSealed } from './telemetry.ts';

/** A day of ten million uses a month takes some seconds; what is cut off begins anew the next time. */
const ENOUGH_MS = 120_000;

const table = tableOf(environment);

/** Seals what has settled, and what changed since; whatever another one does at the same time. */
export async function handler(_event: unknown, context: Context): Promise<{ readonly isComplete: boolean }> {
  const isComplete = await sealDue(table, 'schedule', {
    isDue: (state) => isDue(state, now()),
    isTimeLeft: () => context.getRemainingTimeInMillis() > ENOUGH_MS,
    onSealed: reportSealed,
  });
  const swept = await sweep(table);
  logger.info('sealed', { isComplete, swept });
  return { isComplete };
}
