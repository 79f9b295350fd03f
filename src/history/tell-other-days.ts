import { daysTouchedByAliases } from './alias-book.ts';
import { changeDay, type DayState } from './day-state.ts';
import { makeStale } from './make-stale.ts';
import type { Table } from './table.ts';

/** Makes the days stale that use an alias of which a seal has learned, and takes note that they were told. */
export async function tellOtherDays(table: Table, state: DayState): Promise<void> {
  const told = state.untold;
  for (const [day, aliases] of await daysTouchedByAliases(table, told, state.day)) {
    await makeStale(table, day, ({ slots }) =>
      slots.filter((slot) => slot.references.some((alias) => aliases.has(alias))),
    );
  }
  // What a later seal added is told by whoever reads it there.
  await changeDay(table, state.day, (current) =>
    current.sealVersion === state.sealVersion && current.untold.length > 0
      ? { ...current, untold: [] }
      : undefined,
  );
}
