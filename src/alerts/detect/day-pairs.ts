import type { AlikeRows, DayRows } from '../../history/query/inspected-day.ts';
import { isReadOnlyCall } from '../../kms/operation-category.ts';
import { HOUR_MS } from '../../utc-time.ts';
import { countsAsSeen, hasNoJob, Pair } from './pair.ts';

/** What each principal did with each key on one day, for the rules that look at many uses. */
export class DayPairs {
  readonly #dayStartMs: number;
  readonly #byName = new Map<string, Pair>();

  constructor(dayStartMs: number) {
    this.#dayStartMs = dayStartMs;
  }

  /** Every pair with a denied attempt or a use that counts as seen. */
  values(): Pair[] {
    return [...this.#byName.values()];
  }

  /** @param kinds all of the rows, grouped */
  take({ times, use }: DayRows, kinds: readonly AlikeRows[]): void {
    for (const { rows, joinedTo } of kinds) {
      use.row = rows[0] as number;
      use.joinedTo = joinedTo;
      const { keyName, principal } = use;
      const principalId = principal.id;
      const isDenied = use.outcome === 'denied' && !isReadOnlyCall(use);
      const isSeen = countsAsSeen(use);
      if (principalId === undefined || (!isDenied && !isSeen)) continue;
      const name = `${keyName}\n${principalId}`;
      let pair = this.#byName.get(name);
      if (pair === undefined) {
        const { keyArn, keyRef } = use;
        pair = new Pair(keyName, keyArn, keyRef, principalId);
        this.#byName.set(name, pair);
      }
      if (isDenied) {
        for (const row of rows) {
          use.row = row;
          pair.denied.push({ timeMs: times[row] as number, eventId: use.eventId });
        }
      }
      if (isSeen) this.#addSeen(pair, use, times, rows);
    }
  }

  #addSeen(pair: Pair, use: DayRows['use'], times: Float64Array, rows: readonly number[]): void {
    let firstMs = pair.seen.firstMs;
    for (const row of rows) firstMs = Math.min(firstMs, times[row] as number);
    for (const row of rows) {
      if (times[row] !== firstMs) continue;
      use.row = row;
      const isFirst = pair.sample?.eventTimeMs !== firstMs || use.eventId < pair.sample.eventId;
      if (isFirst) pair.sample = use.copy();
    }
    pair.seen.addRows(rows, times, use);
    if (!hasNoJob(use)) return;
    for (const row of rows) {
      const hour = Math.floor(((times[row] as number) - this.#dayStartMs) / HOUR_MS);
      pair.hours[hour] = (pair.hours[hour] ?? 0) + 1;
    }
  }
}
