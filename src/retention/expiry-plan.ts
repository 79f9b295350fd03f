import { readDays } from '../history/day/day-state.ts';
import { isLeftOver, mayExpire } from '../history/seal/expire-day.ts';
import type { Table } from '../table/table.ts';
import type { ExpiryRun } from './expiry-run.ts';
import { holds, readHolds } from './legal-hold.ts';
import { firstKeptDay } from './retention-months.ts';

/** What a run would do now. */
export interface ExpiryPlan extends Pick<ExpiryRun, 'cutoff' | 'days' | 'held' | 'unsealed'> {
  readonly months: number;
  /** Expired days of which items are left: an earlier run was cut off, or events came late. */
  readonly leftOver: readonly string[];
}

/** Reads what `runExpiry` would do, and changes nothing. */
export async function planExpiry(table: Table, months: number, nowMs: number): Promise<ExpiryPlan> {
  const cutoff = firstKeptDay(nowMs, months);
  const old = (await readDays(table)).filter(({ day }) => day < cutoff);
  const allHolds = await readHolds(table);
  const days: { day: string; rows: number }[] = [];
  const held: { day: string; holds: string[] }[] = [];
  const unsealed: string[] = [];
  const leftOver: string[] = [];
  for (const state of old) {
    const { day, rows, expired } = state;
    if (expired !== undefined && !isLeftOver(state)) continue;
    const holding = allHolds.filter((hold) => holds(hold, day));
    if (holding.length > 0) held.push({ day, holds: holding.map(({ id }) => id) });
    else if (expired !== undefined) leftOver.push(day);
    else if (mayExpire(state)) days.push({ day, rows });
    else unsealed.push(day);
  }
  return { months, cutoff, days, held, unsealed, leftOver };
}
