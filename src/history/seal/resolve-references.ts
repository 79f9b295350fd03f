import type { KeyArn } from '../../kms/key-use.ts';
import { AT, type Profile } from '../facts/fact.ts';
import type { RowSet } from '../facts/row-set.ts';

/** Gives shown rows that name no key by its ARN the key that their reference meant at their time. */
export function resolveReferences(
  facts: RowSet,
  visible: readonly number[],
  resolve: (profile: Profile, timeMs: number) => KeyArn | undefined,
): void {
  const unresolved = new Map<number, Profile | undefined>();
  for (const row of visible) {
    const number = facts.profile[row] as number;
    let profile = unresolved.get(number);
    if (profile === undefined && !unresolved.has(number)) {
      const candidate = facts.profileAt(number);
      profile = candidate[AT.keyArn] === null && candidate[AT.keyRef] !== null ? candidate : undefined;
      unresolved.set(number, profile);
    }
    if (profile === undefined) continue;
    const keyArn = resolve(profile, facts.times[row] as number);
    if (keyArn === undefined) continue;
    const resolved = [...profile];
    resolved[AT.keyArn] = keyArn;
    resolved[AT.keyFrom] = 'alias';
    // A raw fact's own number must stay: the row is shown with another profile than it is kept with.
    facts.profile[row] = facts.profiles.number(JSON.stringify(resolved));
  }
}
