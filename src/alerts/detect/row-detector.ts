import type { InspectedEvent } from '../../expectations/inspected-use.ts';
import type { ExpectationJudge, Verdict } from '../../expectations/verdict.ts';
import type { AlikeRows, DayRows } from '../../history/query/inspected-day.ts';
import type { Job } from '../../sagemaker/job.ts';
import type { UseContext, UseRule } from '../rule.ts';
import { USE_RULES } from '../rules/rules.ts';
import { useOutsideJobWindow } from '../rules/use-outside-job-window.ts';
import { DayFindings } from './day-findings.ts';
import type { RuleContext } from './rule-context.ts';
import { sessionNameOf, unlikelyBeforeMs } from './session-ties.ts';

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
/** Those of them that do not want the join. */
const STREAMING_RULES_OF_EACH = RULES_OF_EACH.filter(({ when }) => when === 'streaming');

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
    this.#context = { ...context, verdict: { expected: 'no-rule' } };
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
      }
      if (verdict !== undefined) {
        this.#detectEach(use, verdict, rows);
        continue;
      }
      for (const row of rows) {
        use.row = row;
        if (isOfGrants && use.operation === 'CreateGrant') this.#grantUses.push(use.copy());
        else this.#judgeAndDetect(use);
      }
    }
  }

  /**
   * Asks about uses that no job explains, in sessions that are known to be a job's. To be called with all rows once more.
   * @param tied by session
   */
  takeTied({ use }: DayRows, kinds: readonly AlikeRows[], tied: ReadonlyMap<string, Job>): void {
    const context = { ...this.#context, sessionJobOf: jobIn(tied) };
    for (const { rows, joinedTo } of kinds) {
      const beforeMs = joinedTo === undefined ? undefined : unlikelyBeforeMs(joinedTo);
      if (beforeMs === undefined) continue;
      use.joinedTo = joinedTo;
      for (const row of rows) {
        use.row = row;
        if ((use.join?.sessionStartMs ?? 0) >= beforeMs) continue;
        const fired = useOutsideJobWindow.fires(use, context);
        // What fires without the session was found before.
        if (fired === undefined || useOutsideJobWindow.fires(use, this.#context) !== undefined) continue;
        this.findings.open(useOutsideJobWindow.id, fired).tally.add(use.eventTimeMs, use);
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
      const fired = rule.fires(use, this.#context);
      if (fired !== undefined) this.findings.open(rule.id, fired).tally.addRows(rows, times, use);
    }
  }

  #detectEach(use: DayRows['use'], verdict: Verdict, rows: readonly number[]): void {
    use.row = rows[0] as number;
    const ofEach = use.joinedTo === undefined ? STREAMING_RULES_OF_EACH : RULES_OF_EACH;
    const concerned = ofEach.filter((rule) => rule.concerns?.(use) !== false);
    if (concerned.length === 0) return;
    for (const row of rows) {
      use.row = row;
      this.#detect(use, verdict, concerned);
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
      const fired = rule.fires(use, this.#context);
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

function jobIn(tied: ReadonlyMap<string, Job>): UseContext['sessionJobOf'] {
  return (use) => {
    const session = sessionNameOf(use);
    return session === undefined ? undefined : tied.get(session);
  };
}
