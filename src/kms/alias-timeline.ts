import { DAY_MS } from '../utc-time.ts';
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

/** Facts of aliases in the order of `compareAliasFacts`, by alias key. */
export type Aliases = ReadonlyMap<string, readonly AliasFact[]>;

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

/** A span of time, epoch milliseconds: from inclusive, to exclusive. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When two lists of facts give different keys, in order. The meaning changes only at the times of facts. */
export function timelineDifferences(one: readonly AliasFact[], other: readonly AliasFact[]): Span[] {
  const spans: Span[] = [];
  const times = [...new Set([...one, ...other].map(({ timeMs }) => timeMs))].sort((a, b) => a - b);
  for (const [next, fromMs] of [Number.NEGATIVE_INFINITY, ...times].entries()) {
    if (keyOfAlias(one, fromMs) === keyOfAlias(other, fromMs)) continue;
    const toMs = times[next] ?? Number.POSITIVE_INFINITY;
    const last = spans.at(-1);
    if (last?.toMs === fromMs) spans[spans.length - 1] = { ...last, toMs };
    else spans.push({ fromMs, toMs });
  }
  return spans;
}

/**
 * Drops repetitions, and `seen` facts that follow a fact of the same UTC day with the same key: `keyOfAlias` gives the
 * same at any time. A list that has the compacted facts and any others of the full one compacts to the same.
 * @param facts in the order of `compareAliasFacts`
 */
export function compactAliasFacts(facts: readonly AliasFact[]): AliasFact[] {
  const kept: AliasFact[] = [];
  for (const fact of facts) {
    const previous = kept.at(-1);
    if (previous === undefined || !saysNothingNew(fact, previous)) kept.push(fact);
  }
  return kept;
}

function saysNothingNew(fact: AliasFact, previous: AliasFact): boolean {
  if (compareAliasFacts(fact, previous) === 0) return true;
  return (
    fact.kind === 'seen' &&
    previous.kind !== 'deleted' &&
    previous.keyArn === fact.keyArn &&
    Math.floor(previous.timeMs / DAY_MS) === Math.floor(fact.timeMs / DAY_MS)
  );
}
