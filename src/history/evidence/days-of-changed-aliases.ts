import type { AliasFact } from '../../kms/alias-timeline.ts';
import type { Table } from '../../table/table.ts';
import { dayStart } from '../../utc-time.ts';
import type { AliasChange } from '../day/day-state.ts';
import { byPlace, readPlaces, readReferencingDays } from './alias-items.ts';
import { nearestAliasFacts } from './nearest-alias-facts.ts';

/**
 * The other days that may have uses of aliases which mean another key since the facts of `day` changed, with these
 * aliases. A fact holds from its time to the next known one, and also backwards where none is known before it.
 */
export async function daysOfChangedAliases(
  table: Table,
  changes: readonly AliasChange[],
  day: string,
): Promise<Map<string, Set<string>>> {
  const touched = new Map<string, Set<string>>();
  const newlyKnown = new Set(changes.filter(({ before }) => before.length === 0).map(({ alias }) => alias));
  for (const [place, aliases] of byPlace(changes.map(({ alias }) => alias))) {
    const uses = (await readReferencingDays(table, place)).filter((other) => other !== day);
    if (uses.length === 0) continue;
    const everything = await readPlaces(table, [place]);
    const others = everything.filter((other) => other.day !== day);
    const own = everything.find((other) => other.day === day)?.facts ?? {};
    for (const alias of aliases) {
      const [before] = nearestAliasFacts(others, alias, day).filter((fact) => fact.timeMs < dayStart(day));
      const last = own[alias]?.at(-1);
      // The day has learned what was known before it: nothing means anything else.
      if (newlyKnown.has(alias) && isSameKey(before, last)) continue;
      const days = others
        .filter(({ facts }) => facts[alias] !== undefined)
        .map((other) => other.day)
        .sort();
      const from = days.some((other) => other < day) ? day : '';
      const to = days.find((other) => other > day) ?? '~';
      for (const use of uses) {
        if (use < from || use > to) continue;
        const list = touched.get(use);
        if (list === undefined) touched.set(use, new Set([alias]));
        else list.add(alias);
      }
    }
  }
  return touched;
}

function isSameKey(a: AliasFact | undefined, b: AliasFact | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.kind !== 'deleted' &&
    b.kind !== 'deleted' &&
    a.keyArn !== undefined &&
    a.keyArn === b.keyArn
  );
}
