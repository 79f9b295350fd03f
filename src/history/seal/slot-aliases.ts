import type { AliasFact } from '../../kms/alias-timeline.ts';
import type { Slot } from '../day/day-root.ts';
import type { AliasChange } from '../day/day-state.ts';

/** What the records of some slots say of aliases, by alias key. */
export function aliasFactsOf(slots: readonly Pick<Slot, 'aliases'>[]): Map<string, readonly AliasFact[]> {
  const facts = new Map<string, readonly AliasFact[]>();
  for (const slot of slots) {
    for (const [alias, list] of Object.entries(slot.aliases)) {
      facts.set(alias, [...(facts.get(alias) ?? []), ...list]);
    }
  }
  return facts;
}

/** The aliases of which a day's records say something else than they did in its previous version. */
export function changedAliases(before: readonly Slot[], after: readonly Slot[]): AliasChange[] {
  const old = aliasFactsOf(before);
  const now = aliasFactsOf(after);
  // Other days go by a day's first and last fact of an alias.
  const outward = (facts: readonly AliasFact[] | undefined) => JSON.stringify([facts?.at(0), facts?.at(-1)]);
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((alias) => JSON.stringify(old.get(alias)) !== JSON.stringify(now.get(alias)))
    .map((alias) => ({
      alias,
      before: old.get(alias) ?? [],
      isOutward: outward(old.get(alias)) !== outward(now.get(alias)),
    }));
}
