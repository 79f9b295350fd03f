import { daysTouchedByAliases } from './alias-book.ts';
import { ItemGone, readRoot } from './day-reader.ts';
import type { DayRoot } from './day-root.ts';
import { changeDay, type DayState, moveDay, pendingHours, readDay } from './day-state.ts';
import { hourMask } from './names.ts';
import type { Table } from './table.ts';

/** Makes the days stale that use an alias of which a seal has learned, and takes note that they were told. */
export async function tellOtherDays(table: Table, state: DayState): Promise<void> {
  const told = state.untold;
  for (const [day, aliases] of await daysTouchedByAliases(table, told, state.day)) {
    await makeStale(table, day, aliases);
  }
  // What a later seal added is told by whoever reads it there.
  await changeDay(table, state.day, (current) =>
    current.sealVersion === state.sealVersion && current.untold.length > 0
      ? { ...current, untold: [] }
      : undefined,
  );
}

async function makeStale(table: Table, day: string, aliases: ReadonlySet<string>): Promise<void> {
  for (;;) {
    const state = await readDay(table, day);
    let root: DayRoot | undefined;
    try {
      root = await readRoot(table, state);
    } catch (error) {
      if (error instanceof ItemGone && (await readDay(table, day)).sealVersion !== state.sealVersion)
        continue;
      throw error;
    }
    // What is pending may use them too, and a seal of it may be on its way with what was known before.
    const stale = (root?.slots ?? [])
      .filter((slot) => slot.references.some((alias) => aliases.has(alias)))
      .reduce((mask, slot) => mask | hourMask(slot.from, slot.to), pendingHours(state));
    if (stale === 0) return;
    const next = { ...state, stale: state.stale | stale, staleCount: state.staleCount + 1 };
    if ((await moveDay(table, state, next)) !== undefined) return;
  }
}
