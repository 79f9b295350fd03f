import type { KeyArn } from './key-use.ts';

/**
 * What one record shows about an alias. `set`: CreateAlias or UpdateAlias pointed it at a key. `deleted`: it was
 * deleted, and had pointed at `keyArn` if the record says so. `seen`: some record has both the alias and the key.
 */
export interface AliasFact {
  readonly timeMs: number;
  readonly kind: 'set' | 'deleted' | 'seen';
  readonly keyArn?: KeyArn;
}

/** Identifies an alias: names are unique in an account and Region (KMS Developer Guide, "Aliases"). */
export interface AliasName {
  readonly accountId: string;
  readonly region: string;
  /** With its prefix: `alias/x`. */
  readonly alias: string;
}

const ALIAS_ARN = /^arn:aws[a-z-]*:kms:([^:]*):([^:]*):(alias\/.+)$/s;

/**
 * The alias that a reference names. An alias ARN has its own account and Region; a bare name is in those where the event
 * was recorded, because a key in another account can only be named by an ARN (KMS API Reference, "KeyId").
 */
export function aliasNameOf(
  reference: string,
  accountId: string | undefined,
  region: string | undefined,
): AliasName | undefined {
  if (reference.startsWith('alias/')) {
    return accountId === undefined || region === undefined
      ? undefined
      : { accountId, region, alias: reference };
  }
  const match = ALIAS_ARN.exec(reference);
  if (match === null) return undefined;
  const [, arnRegion = '', arnAccount = '', alias = ''] = match;
  return { accountId: arnAccount, region: arnRegion, alias };
}

export function aliasKey(name: AliasName): string {
  return `${name.accountId}/${name.region}/${name.alias}`;
}

/**
 * Orders the facts of one alias by time. Times are whole seconds; within one, `set` comes after `deleted`, and both
 * after `seen`, so that the last one decides.
 */
export function compareAliasFacts(a: AliasFact, b: AliasFact): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  const rank = KIND_RANK[a.kind] - KIND_RANK[b.kind];
  if (rank !== 0) return rank;
  const left = a.keyArn ?? '';
  const right = b.keyArn ?? '';
  return left < right ? -1 : left > right ? 1 : 0;
}

const KIND_RANK = { seen: 0, deleted: 1, set: 2 } as const;

/**
 * The key that an alias meant at a time, by the latest fact at or before it. If there is none, the earliest later fact
 * decides, unless it set the alias: then the earlier meaning is unknown.
 * @param facts of this alias, in the order of `compareAliasFacts`
 */
export function keyOfAlias(facts: readonly AliasFact[], timeMs: number): KeyArn | undefined {
  let low = 0;
  let high = facts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((facts[middle] as AliasFact).timeMs <= timeMs) low = middle + 1;
    else high = middle;
  }
  const before = facts[low - 1];
  if (before !== undefined) return before.kind === 'deleted' ? undefined : before.keyArn;
  const after = facts[low];
  return after === undefined || after.kind === 'set' ? undefined : after.keyArn;
}

/** Whether two lists of facts give the same key at every time. The meaning changes only at the times of facts. */
export function isSameTimeline(one: readonly AliasFact[], other: readonly AliasFact[]): boolean {
  if (one === other) return true;
  const times = [Number.NEGATIVE_INFINITY, ...one.map(timeOf), ...other.map(timeOf)];
  return times.every((timeMs) => keyOfAlias(one, timeMs) === keyOfAlias(other, timeMs));
}

function timeOf(fact: AliasFact): number {
  return fact.timeMs;
}

/**
 * Drops redundant `seen` facts: those between two facts that name the same key. `keyOfAlias` gives the same at any
 * time.
 * @param facts in the order of `compareAliasFacts`
 */
export function compactAliasFacts(facts: readonly AliasFact[]): AliasFact[] {
  const kept: AliasFact[] = [];
  for (const [index, fact] of facts.entries()) {
    const previous = kept.at(-1);
    const next = facts[index + 1];
    const redundant =
      fact.kind === 'seen' &&
      previous !== undefined &&
      previous.kind !== 'deleted' &&
      previous.keyArn === fact.keyArn &&
      next !== undefined &&
      next.kind === 'seen' &&
      next.keyArn === fact.keyArn;
    if (!redundant) kept.push(fact);
  }
  return kept;
}
