import {
  type AliasFact,
  type AliasName,
  aliasKey,
  aliasNameOf,
  compactAliasFacts,
  compareAliasFacts,
} from '../../kms/alias-timeline.ts';
import { accountOfKeyArn, regionOfKeyArn } from '../../kms/key-arn.ts';
import type { KeyArn } from '../../kms/key-use.ts';
import { compareTexts } from '../../text/text-order.ts';
import { AT, type Profile } from '../facts/fact.ts';
import type { RowSet } from '../facts/row-set.ts';

/** A map: an operation may be called as a member that every object has. */
const ALIAS_OPERATIONS: ReadonlyMap<string, AliasFact['kind']> = new Map([
  ['CreateAlias', 'set'],
  ['UpdateAlias', 'set'],
  ['DeleteAlias', 'deleted'],
]);

/**
 * What the facts of a slot say of aliases, and the aliases that its rows name without the ARN of a key.
 * @param raw what `rawRows` answered
 */
export function learnAliases(
  sealed: { readonly facts: RowSet; readonly visible: readonly number[] },
  raw: readonly number[],
): {
  aliases: Record<string, AliasFact[]>;
  references: string[];
} {
  const statements = new AliasStatements(sealed.facts);
  const learned: LearnedAliases = new Map();
  // Each record says something by itself; folded rows say nothing more.
  for (const row of raw) statements.learn(row, learned);
  const references = new Set<string>();
  for (const row of sealed.visible) {
    const what = statements.of(row);
    if (what !== undefined && what.keyArn === undefined) references.add(what.key);
  }
  const aliases: Record<string, AliasFact[]> = {};
  for (const [key, list] of [...learned].sort(([a], [b]) => compareTexts(a, b))) {
    aliases[key] = compactAliasFacts(list.sort(compareAliasFacts));
  }
  return { aliases, references: [...references].sort() };
}

/** Facts of aliases as they are learned, by alias key, in no order. */
export type LearnedAliases = Map<string, AliasFact[]>;

/** Adds what the rows of a set of raw facts say of aliases. */
export function addAliasFacts(set: RowSet, learned: LearnedAliases): void {
  const statements = new AliasStatements(set);
  for (let row = 0; row < set.length; row++) statements.learn(row, learned);
}

/** What the rows of a set say of aliases, worked out once for each profile. */
class AliasStatements {
  readonly #set: RowSet;
  readonly #known: (AliasStatement | null)[] = [];

  constructor(set: RowSet) {
    this.#set = set;
  }

  of(row: number): AliasStatement | undefined {
    const number = this.#set.profile[row] as number;
    let statement = this.#known[number];
    if (statement === undefined) {
      statement = aliasStatement(this.#set.profileAt(number)) ?? null;
      this.#known[number] = statement;
    }
    return statement ?? undefined;
  }

  learn(row: number, learned: LearnedAliases): void {
    const what = this.of(row);
    if (what?.kind === undefined) return;
    const fact: AliasFact = {
      timeMs: this.#set.times[row] as number,
      kind: what.kind,
      ...(what.keyArn === undefined ? {} : { keyArn: what.keyArn }),
    };
    const list = learned.get(what.key);
    if (list === undefined) learned.set(what.key, [fact]);
    else list.push(fact);
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
  const keyArn = isLookedUp ? undefined : keyOfPlace(profile[AT.keyArn], name);
  const operation = ALIAS_OPERATIONS.get(profile[AT.operation]);
  if (operation === 'deleted' && profile[AT.outcome] === 'success') {
    return { key, kind: 'deleted', ...(keyArn === undefined ? {} : { keyArn }) };
  }
  if (keyArn === undefined) return { key };
  if (operation === undefined) return { key, kind: 'seen', keyArn };
  return profile[AT.outcome] === 'success' ? { key, kind: operation, keyArn } : undefined;
}

/**
 * The key, if the alias can mean it: an alias is of the account and Region of its key. A record that says otherwise would
 * teach all others a wrong key.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
 */
function keyOfPlace(keyArn: string | null, { accountId, region }: AliasName): KeyArn | undefined {
  return keyArn !== null && accountOfKeyArn(keyArn) === accountId && regionOfKeyArn(keyArn) === region
    ? (keyArn as KeyArn)
    : undefined;
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
