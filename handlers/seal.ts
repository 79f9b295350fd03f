import type { Context } from 'aws-lambda';
import { now } from '../src/clock.ts';
import { environment } from '../src/environment.ts';
import { isSealDue } from '../src/history/day/day-state.ts';
import { sealDue } from '../src/history/seal/seal-day.ts';
import { sweep } from '../src/history/seal/sweep.ts';
import { concludeSealing } from '../src/proof/conclude-sealing.ts';
import { logger } from './logger.ts';
import { sealSignerOf } from './seal-signer.ts';
import { tableOf } from './table.ts';
import { reportSealed, reportUnsealed, reportUnsigned } from './telemetry.ts';

/** Sealed well within `ENOUGH_MS` and the function's memory: a row takes 20 µs and 250 bytes. */
const MOST_ROWS = 2_000_000;
const ENOUGH_MS = 120_000;
const ENOUGH_TO_DELETE_MS = 15_000;

const table = tableOf(environment);
const signer = sealSignerOf(environment);

/** Seals days that have settled, and sealed days that changed since. Another sealer may run at the same time. */
export async function handler(_event: unknown, context: Context): Promise<{ readonly isComplete: boolean }> {
  const isLeft = (milliseconds: number) => () => context.getRemainingTimeInMillis() > milliseconds;
  const unsealed = await sealDue(table, 'schedule', {
    isDue: (state) => isSealDue(state, now()),
    isTimeLeft: isLeft(ENOUGH_MS),
    mostRows: MOST_ROWS,
    onSealed: reportSealed,
  });
  reportUnsealed(unsealed);
  const { logged, unsigned } = await concludeSealing(table, signer);
  reportUnsigned(unsigned);
  const swept = await sweep(table, isLeft(ENOUGH_TO_DELETE_MS));
  logger.info('sealed', { unsealed: unsealed.length, logged, swept });
  return { isComplete: unsealed.length === 0 };
}
