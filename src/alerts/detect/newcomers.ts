import type { Newcomer } from '../../history/query/questions.ts';
import type { Table } from '../../table/table.ts';
import { isoTime } from '../../utc-time.ts';
import { isAwsPrincipal } from './aws-principal.ts';
import { FirstSeenIndex } from './first-seen-index.ts';

/** Ten thousand may come in an hour, and an answer is bounded. */
const MOST_NEWCOMERS = 1_000;

/**
 * The principals of known families that were first seen on a key after its learning period, newest first. Nobody is
 * notified of them.
 * @param learningMs how long a key is learned from its first use, milliseconds
 */
export async function newcomersOf(table: Table, keyArn: string, learningMs: number): Promise<Newcomer[]> {
  const seen = new FirstSeenIndex(table, learningMs);
  await seen.load([keyArn]);
  const newcomers = seen.newcomers(keyArn);
  return seen
    .everybody(keyArn)
    .filter(
      ({ principalId, family, firstMs }) =>
        firstMs >= newcomers.learnedMs &&
        newcomers.firstOf(family)?.principalId !== principalId &&
        !isAwsPrincipal(principalId),
    )
    .sort((a, b) => b.firstMs - a.firstMs || (a.principalId < b.principalId ? -1 : 1))
    .slice(0, MOST_NEWCOMERS)
    .map(({ principalId, family, firstMs }) => ({
      principal: principalId,
      family,
      firstSeen: isoTime(firstMs),
    }));
}
