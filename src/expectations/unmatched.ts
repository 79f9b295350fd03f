import { isServiceHost } from '../cloudtrail/service-host.ts';
import type { Expectation } from './expectation.ts';
import { serviceName } from './service-name.ts';

/** The keys and principals in the history. */
export interface SeenInHistory {
  readonly keys: readonly {
    readonly arn: string;
    readonly aliases: readonly string[];
    readonly accountId: string;
    readonly region: string;
  }[];
  readonly principals: readonly { readonly id: string; readonly accountId?: string }[];
}

/** A key or principal of an expectation that matches nothing in the history. */
export interface Unmatched {
  readonly id: string;
  readonly sentence: string;
}

/**
 * Finds keys and principals that match nothing so far, because of a typo or because they are new. With an empty history
 * it finds none.
 */
export function unmatchedParts(
  expectations: readonly Expectation[],
  { keys, principals }: SeenInHistory,
): Unmatched[] {
  if (keys.length === 0) return [];
  const knownKeys = new Set(['ml']);
  for (const { arn, aliases, accountId, region } of keys) {
    knownKeys.add(arn).add(`account:${accountId}`);
    const place = arn.slice(0, arn.indexOf(':', 4));
    for (const alias of aliases) knownKeys.add(alias).add(`${place}:kms:${region}:${accountId}:${alias}`);
  }
  const knownPrincipals = new Set<string>();
  for (const { id, accountId } of principals) {
    knownPrincipals.add(id).add(`id:${id}`);
    if (accountId !== undefined) knownPrincipals.add(`account:${accountId}`);
    if (isServiceHost(id)) knownPrincipals.add(`service:${serviceName(id)}`);
    for (let slash = id.indexOf('/'); slash !== -1; slash = id.indexOf('/', slash + 1))
      knownPrincipals.add(`${id.slice(0, slash)}/*`);
  }
  return expectations.flatMap(({ id, keys: named, principals: allowed }) => [
    ...named
      .filter((key) => !knownKeys.has(key))
      .map((key) => ({ id, sentence: `no use of ${key} is in the history so far` })),
    ...allowed
      .filter((principal) => typeof principal === 'string')
      .filter((principal) => !knownPrincipals.has(normal(principal)))
      .map((principal) => ({ id, sentence: `no use by ${principal} is in the history so far` })),
  ]);
}

function normal(principal: string): string {
  return principal.startsWith('service:') ? serviceName(principal) : principal;
}
