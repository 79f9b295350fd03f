import type { ExpectationJudge, Verdict } from '../../expectations/verdict.ts';
import type { RowSet } from '../../history/facts/row-set.ts';
import { type WatchedEvent, WatchedRow } from '../../history/query/watched-row.ts';
import type { UseContext, UseRule } from '../rule.ts';
import type { RuleId } from '../rule-id.ts';
import { USE_RULES } from '../rules/rules.ts';
import type { AlikeRows } from './alike-rows.ts';
import { Matters } from './matters.ts';

/** What rules ask beside a use, that hangs on no single use. */
export type Surroundings = Omit<UseContext, 'verdict' | 'isFirstSeen'>;

/** What the rows of a day gave. */
interface RowsWatched {
  readonly matters: Matters;
  /** By expectation, the time of the last use that it was needed for. */
  readonly needed: ReadonlyMap<string, number>;
  /** The time of the newest row. */
  readonly lastMs: number;
}

const TIMELESS: readonly UseRule[] = USE_RULES.filter((rule) => rule.hangsOnTime !== true);
const TIMED: readonly UseRule[] = USE_RULES.filter((rule) => rule.hangsOnTime === true);
/** It is asked of whole pairs, once the day's uses are known; see `watch-day.ts`. */
const OF_PAIRS: RuleId = 'first-seen-principal';

/** Asks every rule of every row of one day; rows that are alike are judged once. */
export class RowWatch implements RowsWatched {
  readonly matters = new Matters();
  readonly needed = new Map<string, number>();
  lastMs = Number.NEGATIVE_INFINITY;
  readonly #expectations: ExpectationJudge;
  /** Grants that are given: who takes one may be known by another use of the day. */
  readonly #given: WatchedEvent[] = [];
  readonly #context: { -readonly [Member in keyof UseContext]: UseContext[Member] };

  constructor(expectations: ExpectationJudge, surroundings: Surroundings) {
    this.#expectations = expectations;
    this.#context = { ...surroundings, verdict: { expected: 'no-rule' }, isFirstSeen: false };
  }

  take(set: RowSet, kinds: readonly AlikeRows[]): void {
    const { times } = set;
    const use = new WatchedRow(set);
    for (const { rows, joinedTo, isOfGrants, lastMs } of kinds) {
      if (lastMs > this.lastMs) this.lastMs = lastMs;
      use.joinedTo = joinedTo;
      use.row = rows[0] as number;
      const verdict = isOfGrants ? undefined : this.#judgeAtAnyTime(use);
      if (verdict !== undefined) {
        this.#need(verdict, lastMs);
        this.#watchAlike(use, verdict, rows, times);
        if (joinedTo === undefined) continue;
      }
      for (const row of rows) {
        use.row = row;
        if (verdict !== undefined) this.#watch(use, verdict, TIMED);
        else if (isOfGrants && use.operation === 'CreateGrant') this.#given.push(use.copy());
        else this.#judgeAndWatch(use);
      }
    }
  }

  /** To be called after the last rows, when it is known who was seen on which key. */
  finish(): void {
    for (const use of this.#given) this.#judgeAndWatch(use);
  }

  /** The verdict of all uses like this one; undefined where each has to be asked about by itself. */
  #judgeAtAnyTime(use: WatchedEvent): Verdict | undefined {
    const verdict = this.#expectations.judgeAtAnyTime(use);
    // Where a job is wanted, rules ask which were alive then.
    return verdict?.jobOnly === 'refuted' ? undefined : verdict;
  }

  #watchAlike(use: WatchedRow, verdict: Verdict, rows: readonly number[], times: Float64Array): void {
    this.#context.verdict = verdict;
    for (const rule of TIMELESS) {
      const fired = rule.id === OF_PAIRS ? undefined : rule.fires(use, this.#context);
      if (fired !== undefined) this.matters.of(rule.id, fired).tally.addRows(rows, times, use);
    }
  }

  #judgeAndWatch(use: WatchedEvent): void {
    const verdict = this.#expectations.judge(use);
    this.#need(verdict, use.eventTimeMs);
    this.#watch(use, verdict, USE_RULES);
  }

  #watch(use: WatchedEvent, verdict: Verdict, rules: readonly UseRule[]): void {
    this.#context.verdict = verdict;
    for (const rule of rules) {
      const fired = rule.id === OF_PAIRS ? undefined : rule.fires(use, this.#context);
      if (fired !== undefined) this.matters.of(rule.id, fired).tally.add(use.eventTimeMs, use);
    }
  }

  #need({ expected, expectation }: Verdict, timeMs: number): void {
    if (expected !== 'yes' || expectation === undefined) return;
    if (timeMs > (this.needed.get(expectation) ?? Number.NEGATIVE_INFINITY)) {
      this.needed.set(expectation, timeMs);
    }
  }
}
