import {
  type AliasFact,
  type AliasName,
  aliasKey,
  aliasNameOf,
  compactAliasFacts,
  compareAliasFacts,
} from '../kms/alias-timeline.ts';
import type { KeyArn } from '../kms/key-use.ts';
import { AT, type Profile } from './fact.ts';
import type { RowSet } from './row-set.ts';
import type { SealedRows } from './seal-rows.ts';

const ALIAS_OPERATIONS: Readonly<Record<string, AliasFact['kind']>> = {
  CreateAlias: 'set',
  UpdateAlias: 'set',
  DeleteAlias: 'deleted',
};

/**
 * What the facts of a slot tell of aliases, and the aliases that its rows name without their keys' ARNs.
 * @param raw what `rawRows` answered
 */
export function learnAliases(
  sealed: SealedRows,
  raw: readonly number[],
): {
  aliases: Record<string, AliasFact[]>;
  references: string[];
} {
  const { facts } = sealed;
  const statements = new Statements(facts);
  const references = new Set<string>();
  for (const row of sealed.visible) {
    const what = statements.of(row);
    if (what !== undefined && what.keyArn === undefined) references.add(what.key);
  }
  return { aliases: aliasFactsIn(facts, raw, statements), references: [...references].sort() };
}

/** What records tell of aliases, each by itself: not what several copies amount to. */
export function aliasFactsIn(
  facts: RowSet,
  rows: Iterable<number>,
  statements = new Statements(facts),
): Record<string, AliasFact[]> {
  const learned = new Map<string, AliasFact[]>();
  for (const row of rows) {
    const what = statements.of(row);
    if (what?.kind === undefined) continue;
    const fact: AliasFact = {
      timeMs: facts.times[row] as number,
      kind: what.kind,
      ...(what.keyArn === undefined ? {} : { keyArn: what.keyArn }),
    };
    const list = learned.get(what.key);
    if (list === undefined) learned.set(what.key, [fact]);
    else list.push(fact);
  }
  const aliases: Record<string, AliasFact[]> = {};
  for (const [key, list] of [...learned].sort(([a], [b]) => (a < b ? -1 : 1))) {
    aliases[key] = compactAliasFacts(list.sort(compareAliasFacts));
  }
  return aliases;
}

/** What the profiles of rows say of aliases, worked out once for each. */
class Statements {
  readonly #facts: RowSet;
  /** By profile; null where it says nothing. */
  readonly #known: (AliasStatement | null | undefined)[] = [];

  constructor(facts: RowSet) {
    this.#facts = facts;
  }

  of(row: number): AliasStatement | undefined {
    const number = this.#facts.profile[row] as number;
    let statement = this.#known[number];
    if (statement === undefined) {
      statement = aliasStatement(this.#facts.profileAt(number)) ?? null;
      this.#known[number] = statement;
    }
    return statement ?? undefined;
  }
}

interface AliasStatement {
  readonly key: string;
  readonly kind?: AliasFact['kind'];
  readonly keyArn?: KeyArn;
}

/** What a profile says of an alias; without a kind where it only uses one. */
function aliasStatement(profile: Profile): AliasStatement | undefined {
  const keyRef = profile[AT.keyRef];
  if (keyRef === null) return undefined;
  const name = referenceOf(profile);
  if (name === undefined) return undefined;
  const key = aliasKey(name);
  const isLookedUp = profile[AT.keyFrom] === 'alias';
  const keyArn = profile[AT.keyArn];
  const operation = ALIAS_OPERATIONS[profile[AT.operation]];
  if (operation === 'deleted' && profile[AT.outcome] === 'success') {
    return { key, kind: 'deleted', ...(keyArn === null || isLookedUp ? {} : { keyArn: keyArn as KeyArn }) };
  }
  if (isLookedUp || keyArn === null) return { key };
  if (operation === undefined) return { key, kind: 'seen', keyArn: keyArn as KeyArn };
  return profile[AT.outcome] === 'success' ? { key, kind: operation, keyArn: keyArn as KeyArn } : undefined;
}

/** The alias that a profile's reference names, if it names one. */
export function referenceOf(profile: Profile): AliasName | undefined {
  const keyRef = profile[AT.keyRef];
  if (keyRef === null) return undefined;
  return aliasNameOf(
    keyRef,
    profile[AT.accountId] ?? profile[AT.principalAccount] ?? undefined,
    profile[AT.region] ?? undefined,
  );
}
