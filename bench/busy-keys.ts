import { RealisticUses } from './realistic-uses.ts';

const START_MS = Date.parse('2026-03-02T00:00:00Z');
/** Of a day: enough for what a day costs by itself to weigh as it does in a larger account. */
const ROWS_IN_A_DAY = 40_000;
const FEWEST_KEYS = 4;
/** An average job's uses. */
const USES_OF_JOB = 275;
const JOB_SHARE = 0.55;

/** Uses of keys that are all used about `rowsADay` times a day. */
export function busyKeys({ rowsADay, days }: { rowsADay: number; days: number }): RealisticUses {
  const keys = Math.max(FEWEST_KEYS, Math.round(ROWS_IN_A_DAY / rowsADay));
  const uses = keys * rowsADay * days;
  return new RealisticUses({
    seed: 1,
    startMs: START_MS,
    days,
    uses,
    keys,
    principals: keys * 3,
    jobs: Math.ceil((uses * JOB_SHARE) / USES_OF_JOB),
    skew: 'uniform',
  });
}
