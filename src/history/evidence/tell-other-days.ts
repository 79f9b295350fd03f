import type { Table } from '../../table/table.ts';
import { changeDay, type DayState } from '../day/day-state.ts';
import { makeStale } from '../day/make-stale.ts';
import { daysTouchedByAliases } from './alias-book.ts';
import { tellJobsOfAliases } from './tell-jobs-of-aliases.ts';

/** Makes the days stale that use an alias of which a seal has learned, and takes note that they were told. */
export async function tellOtherDays(table: Table, state: DayState): Promise<void> {
  const outward = state.untold.filter(({ isOutward }) => isOutward);
  for (const [day, aliases] of await daysTouchedByAliases(table, outward, state.day)) {
    await makeStale(table, day, ({ slots }) =>
      slots.filter((slot) => slot.references.some((alias) => aliases.has(alias))),
    );
  }
  await tellJobsOfAliases(table, state);
  // What a later seal added is told by whoever reads it there.
  await changeDay(table, state.day, (current) =>
    current.sealVersion === state.sealVersion && current.untold.length > 0
      ? { ...current, untold: [] }
      : undefined,
  );
}
