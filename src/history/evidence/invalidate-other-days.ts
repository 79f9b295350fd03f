import type { Table } from '../../table/table.ts';
import { changeDay, type DayState } from '../day/day-state.ts';
import { makeStale } from '../day/make-stale.ts';
import { daysOfChangedAliases } from './days-of-changed-aliases.ts';
import { invalidateDaysOfJobs } from './invalidate-days-of-jobs.ts';

/**
 * Makes stale what other days took from the aliases that seals of a day changed: uses that name such an alias, and
 * judgements by jobs that declare a key by one. Then takes the changes off the day's item.
 */
export async function invalidateOtherDays(table: Table, state: DayState): Promise<void> {
  const outward = state.pendingInvalidations.filter(({ isOutward }) => isOutward);
  for (const [day, aliases] of await daysOfChangedAliases(table, outward, state.day)) {
    await makeStale(table, day, ({ slots }) =>
      slots.filter((slot) => slot.references.some((alias) => aliases.has(alias))),
    );
  }
  await invalidateDaysOfJobs(table, state);
  // A later seal may have added changes; its sealer invalidates other days again.
  await changeDay(table, state.day, (current) =>
    current.sealVersion === state.sealVersion && current.pendingInvalidations.length > 0
      ? { ...current, pendingInvalidations: [] }
      : undefined,
  );
}
