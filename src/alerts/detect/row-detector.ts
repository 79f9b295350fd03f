import type { InspectedEvent } from '../../expectations/inspected-use.ts';
import type { ExpectationJudge, Verdict } from '../../expectations/verdict.ts';
import type { AlikeRows, DayRows } from '../../history/query/inspected-day.ts';
import type { UseContext, UseRule } from '../rule.ts';
import type { RuleId } from '../rule-id.ts';
import { USE_RULES } from '../rules/rules.ts';
import { DayFindings } from './day-findings.ts';
import type { RuleContext } from './rule-context.ts';

/** What the rows of a day gave. */
interface RowDetection {
  readonly findings: DayFindings;
  /** By expectation, the time of the last use that needed it, epoch milliseconds. */
  readonly needed: ReadonlyMap<string, number>;
  /** The time of the newest row, epoch milliseconds. */
  readonly lastMs: number;
}

const RULES_OF_KINDS: readonly UseRule[] = USE_RULES.filter((rule) => rule.isAskedForEach !== true);
const RULES_OF_EACH: readonly UseRule[] = USE_RULES.filter((rule) => rule.isAskedForEach === true);
/** Asked once for each key and principal, when all uses of the day are known; see `detect-day.ts`. */
const PAIR_RULE: RuleId = 'first-seen-principal';

/** Asks every rule about every row of one day. Rows that are alike are judged once. */
export class RowDetector implements RowDetection {
  readonly findings = new DayFindings();
  readonly needed = new Map<string, number>();
  lastMs = Number.NEGATIVE_INFINITY;
  readonly #expectations: ExpectationJudge;
  /** Uses that gave a grant. A later row of the day may show that the grantee is known, so they wait for `finish`. */
  readonly #grantUses: InspectedEvent[] = [];
  readonly #context: { -readonly [Member in keyof UseContext]: UseContext[Member] };

  constructor(expectations: ExpectationJudge, context: RuleContext) {
    this.#expectations = expectations;
    this.#context = { ...context, verdict: { expected: 'no-rule' }, isFirstSeen: false };
  }

  /** @param kinds all of the rows, grouped */
  take({ times, use }: DayRows, kinds: readonly AlikeRows[]): void {
    for (const { rows, joinedTo, isOfGrants, lastMs } of kinds) {
      if (lastMs > this.lastMs) this.lastMs = lastMs;
      use.joinedTo = joinedTo;
      use.row = rows[0] as number;
      const verdict = isOfGrants ? undefined : this.#judgeAtAnyTime(use);
      if (verdict !== undefined) {
        this.#need(verdict, lastMs);
        this.#detectAlike(use, verdict, rows, times);
        // All these rules want the join.
        if (joinedTo === undefined) continue;
      }
      for (const row of rows) {
        use.row = row;
        if (verdict !== undefined) this.#detect(use, verdict, RULES_OF_EACH);
        else if (isOfGrants && use.operation === 'CreateGrant') this.#grantUses.push(use.copy());
        else this.#judgeAndDetect(use);
      }
    }
  }

  /** To be called after the last rows, when the first-seen index knows the day. */
  finish(): void {
    for (const use of this.#grantUses) this.#judgeAndDetect(use);
  }

  /** The verdict of all uses like this one; undefined where each use needs its own. */
  #judgeAtAnyTime(use: InspectedEvent): Verdict | undefined {
    const verdict = this.#expectations.judgeAtAnyTime(use);
    // Where an expectation wants a job, rules ask which jobs were alive at the time of the use.
    return verdict?.jobOnly === 'refuted' ? undefined : verdict;
  }

  #detectAlike(use: DayRows['use'], verdict: Verdict, rows: readonly number[], times: Float64Array): void {
    this.#context.verdict = verdict;
    for (const rule of RULES_OF_KINDS) {
      const fired = rule.id === PAIR_RULE ? undefined : rule.fires(use, this.#context);
      if (fired !== undefined) this.findings.open(rule.id, fired).tally.addRows(rows, times, use);
    }
  }

  #judgeAndDetect(use: InspectedEvent): void {
    const verdict = this.#expectations.judge(use);
    this.#need(verdict, use.eventTimeMs);
    this.#detect(use, verdict, USE_RULES);
  }

  #detect(use: InspectedEvent, verdict: Verdict, rules: readonly UseRule[]): void {
    this.#context.verdict = verdict;
    for (const rule of rules) {
      const fired = rule.id === PAIR_RULE ? undefined : rule.fires(use, this.#context);
      if (fired !== undefined) this.findings.open(rule.id, fired).tally.add(use.eventTimeMs, use);
    }
  }

  #need({ expected, expectation }: Verdict, timeMs: number): void {
    if (expected !== 'yes' || expectation === undefined) return;
    if (timeMs > (this.needed.get(expectation) ?? Number.NEGATIVE_INFINITY)) {
      this.needed.set(expectation, timeMs);
    }
  }
}
