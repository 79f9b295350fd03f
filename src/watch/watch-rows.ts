import type { UseContext, UseRule } from '../alerts/rule.ts';
import type { RuleId } from '../alerts/rule-id.ts';
import { USE_RULES } from '../alerts/rules.ts';
import type { ExpectationJudge, Verdict } from '../expectations/verdict.ts';
import type { JoinedTo, WatchedUse } from '../expectations/watched-use.ts';
import { AT } from '../history/fact.ts';
import { HOUR_MS } from '../history/names.ts';
import type { RowSet } from '../history/row-set.ts';
import { partitionOf } from '../history/summarise-rows.ts';
import { joinedToOf, type WatchedEvent, WatchedRow } from '../history/watched-row.ts';
import { type Matter, Matters } from './matters.ts';
import { isOfNoJob, makesSeen, Pair } from './pair.ts';

/** What rules ask beside a use, that hangs on no single use. */
export type Surroundings = Omit<UseContext, 'verdict' | 'isFirstSeen'>;

/** What the rows of a day gave. */
interface RowsWatched {
  readonly matters: Matters;
  readonly pairs: ReadonlyMap<string, Pair>;
  /** By expectation, the time of the last use that it was needed for. */
  readonly needed: ReadonlyMap<string, number>;
  /** The time of the newest row. */
  readonly lastMs: number;
}

/** What uses of one profile share. */
interface ProfileTold {
  readonly pair: Pair | undefined;
  readonly isSeen: boolean;
  readonly isDenied: boolean;
}

/** What uses share that differ in nothing but time, event and encryption context. */
interface Alike {
  /** Undefined where it hangs on the time. */
  readonly verdict: Verdict | undefined;
  readonly matters: readonly Matter[];
}

const TIMELESS: readonly UseRule[] = USE_RULES.filter((rule) => rule.hangsOnTime !== true);
const TIMED: readonly UseRule[] = USE_RULES.filter((rule) => rule.hangsOnTime === true);
/** It is asked of whole pairs, once the day's uses are known; see `watch-day.ts`. */
const OF_PAIRS: RuleId = 'first-seen-principal';

/**
 * Asks every rule of every row of one day. Rows that are alike are judged once: a day has millions, and some thousand
 * kinds.
 */
export class RowWatch implements RowsWatched {
  readonly matters = new Matters();
  readonly pairs = new Map<string, Pair>();
  readonly needed = new Map<string, number>();
  lastMs = Number.NEGATIVE_INFINITY;
  readonly #dayStartMs: number;
  readonly #expectations: ExpectationJudge;
  readonly #joinedBeforeMs: number;
  /** Grants that are given: who takes one may be known by another use of the day. */
  readonly #given: WatchedEvent[] = [];
  readonly #context: { -readonly [Member in keyof UseContext]: UseContext[Member] };

  /** @param joinedBeforeMs the join has been asked for good of uses before this, epoch milliseconds */
  constructor(
    dayStartMs: number,
    expectations: ExpectationJudge,
    surroundings: Surroundings,
    joinedBeforeMs: number,
  ) {
    this.#dayStartMs = dayStartMs;
    this.#expectations = expectations;
    this.#joinedBeforeMs = joinedBeforeMs;
    this.#context = { ...surroundings, verdict: { expected: 'no-rule' }, isFirstSeen: false };
  }

  take(set: RowSet): void {
    const use = new WatchedRow(set);
    const told: (ProfileTold | undefined)[] = [];
    const joins: (JoinedTo | undefined)[] = [];
    const settled = new Map<number, Alike>();
    const young = new Map<number, Alike>();
    const sessions = set.sessions.texts.length;
    const judgements = set.judgements.texts.length;
    for (let row = 0; row < set.length; row++) {
      const timeMs = set.times[row] as number;
      const profile = set.profile[row] as number;
      const judgement = set.judgement[row] as number;
      const extra = set.extra[row] as number;
      if (timeMs > this.lastMs) this.lastMs = timeMs;
      use.row = row;
      const isYoung = timeMs >= this.#joinedBeforeMs;
      if (isYoung) use.joinedTo = undefined;
      else {
        let joinedTo = joins[judgement];
        if (joinedTo === undefined) {
          joinedTo = joinedToOf(set.judgements.text(judgement));
          joins[judgement] = joinedTo;
        }
        use.joinedTo = joinedTo;
      }
      let ofProfile = told[profile];
      if (ofProfile === undefined) {
        ofProfile = this.#toldOf(set, row, use);
        told[profile] = ofProfile;
      }
      if (ofProfile.pair !== undefined) this.#tellPair(ofProfile, ofProfile.pair, use, timeMs);
      if (extra !== 0 && set.extraAt(extra).grant !== undefined) {
        if (use.operation === 'CreateGrant') this.#given.push(use.copy());
        else this.#watch(use, timeMs, this.#expectations.judge(use), USE_RULES);
        continue;
      }
      const kinds = isYoung ? young : settled;
      const number = (profile * sessions + (set.session[row] as number)) * judgements + judgement;
      let alike = kinds.get(number);
      if (alike === undefined) {
        alike = this.#alike(use);
        kinds.set(number, alike);
      }
      const { verdict } = alike;
      if (verdict === undefined) {
        this.#watch(use, timeMs, this.#expectations.judge(use), USE_RULES);
        continue;
      }
      for (const matter of alike.matters) matter.tally.add(timeMs, use);
      if (isYoung) this.#need(verdict, timeMs);
      else this.#watch(use, timeMs, verdict, TIMED);
    }
  }

  /** To be called after the last rows, when it is known who was seen on which key. */
  finish(): void {
    for (const use of this.#given) {
      this.#watch(use, use.eventTimeMs, this.#expectations.judge(use), USE_RULES);
    }
  }

  /** What is the same for all uses like this one. */
  #alike(use: WatchedUse): Alike {
    const verdict = this.#expectations.judgeAlike(use);
    // Where a job is wanted, rules ask which were alive then.
    if (verdict === undefined || verdict.jobOnly === 'refuted') return { verdict: undefined, matters: [] };
    this.#context.verdict = verdict;
    const matters: Matter[] = [];
    for (const rule of TIMELESS) {
      const fired = rule.id === OF_PAIRS ? undefined : rule.fires(use, this.#context);
      if (fired !== undefined) matters.push(this.matters.of(rule.id, fired));
    }
    return { verdict, matters };
  }

  #watch(use: WatchedEvent, timeMs: number, verdict: Verdict, rules: readonly UseRule[]): void {
    this.#need(verdict, timeMs);
    this.#context.verdict = verdict;
    for (const rule of rules) {
      const fired = rule.id === OF_PAIRS ? undefined : rule.fires(use, this.#context);
      if (fired !== undefined) this.matters.of(rule.id, fired).tally.add(timeMs, use);
    }
  }

  #need({ expected, expectation }: Verdict, timeMs: number): void {
    if (expected !== 'yes' || expectation === undefined) return;
    if (timeMs > (this.needed.get(expectation) ?? Number.NEGATIVE_INFINITY)) {
      this.needed.set(expectation, timeMs);
    }
  }

  #toldOf(set: RowSet, row: number, use: WatchedUse): ProfileTold {
    const profile = set.profileOf(row);
    const partition = partitionOf(profile);
    const principalId = profile[AT.principalId];
    const isDenied = profile[AT.outcome] === 'denied';
    const isSeen = makesSeen(use);
    if (principalId === null || (!isDenied && !isSeen)) return { pair: undefined, isSeen, isDenied };
    const name = `${partition}\n${principalId}`;
    let pair = this.pairs.get(name);
    if (pair === undefined) {
      pair = new Pair(
        partition,
        profile[AT.keyArn] ?? undefined,
        profile[AT.keyRef] ?? undefined,
        principalId,
      );
      this.pairs.set(name, pair);
    }
    return { pair, isSeen, isDenied };
  }

  #tellPair({ isSeen, isDenied }: ProfileTold, pair: Pair, use: WatchedRow, timeMs: number): void {
    if (isDenied) pair.denied.push({ timeMs, eventId: use.eventId });
    if (!isSeen) return;
    if (pair.sample === undefined || timeMs < pair.seen.firstMs) pair.sample = use.copy();
    pair.seen.add(timeMs, use);
    if (!isOfNoJob(use)) return;
    const hour = Math.floor((timeMs - this.#dayStartMs) / HOUR_MS);
    pair.hours[hour] = (pair.hours[hour] ?? 0) + 1;
  }
}
