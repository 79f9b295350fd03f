import { AT } from '../../history/facts/fact.ts';
import { keyNameOf } from '../../history/facts/key-name.ts';
import type { RowSet } from '../../history/facts/row-set.ts';
import { InspectedRow } from '../../history/query/inspected-row.ts';
import { HOUR_MS } from '../../utc-time.ts';
import type { AlikeRows } from './alike-rows.ts';
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

  /** @param kinds all rows of the set, grouped */
  take(set: RowSet, kinds: readonly AlikeRows[]): void {
    const { times } = set;
    const use = new InspectedRow(set);
    for (const { profile: number, rows, joinedTo } of kinds) {
      use.row = rows[0] as number;
      use.joinedTo = joinedTo;
      const profile = set.profileAt(number);
      const principalId = profile[AT.principalId];
      const isDenied = use.outcome === 'denied';
      const isSeen = countsAsSeen(use);
      if (principalId === null || (!isDenied && !isSeen)) continue;
      const keyName = keyNameOf(profile);
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

  #addSeen(pair: Pair, use: InspectedRow, times: Float64Array, rows: readonly number[]): void {
    let firstMs = pair.seen.firstMs;
    let first: number | undefined;
    for (const row of rows) {
      const timeMs = times[row] as number;
      if (timeMs >= firstMs) continue;
      firstMs = timeMs;
      first = row;
    }
    if (first !== undefined) {
      use.row = first;
      pair.sample = use.copy();
    }
    pair.seen.addRows(rows, times, use);
    if (!hasNoJob(use)) return;
    for (const row of rows) {
      const hour = Math.floor(((times[row] as number) - this.#dayStartMs) / HOUR_MS);
      pair.hours[hour] = (pair.hours[hour] ?? 0) + 1;
    }
  }
}
