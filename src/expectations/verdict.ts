import type { InspectedUse } from './inspected-use.ts';

/** What the expectations say of one use. */
export interface Verdict {
  /** `no-rule`: no expectation speaks of such uses of the key. */
  readonly expected: 'yes' | 'no' | 'no-rule';
  /** Which one allows it. */
  readonly expectation?: string;
  /**
   * Of `no`: an expectation allows it to jobs only and would, had a job made it. `undecided` where the join was not
   * asked yet, `refuted` where it found none.
   */
  readonly jobOnly?: 'undecided' | 'refuted';
}

/** The expectations that are in force, ready to be asked of millions of uses. */
export interface ExpectationJudge {
  /** Names the set: two of one name give the same verdicts. */
  readonly name: string;
  judge(use: InspectedUse): Verdict;
  /**
   * The same, knowing neither time nor event: what all uses alike get, or undefined where it hangs on the time.
   * For who judges many uses that differ in nothing else.
   */
  judgeAtAnyTime(use: InspectedUse): Verdict | undefined;
  /** Whether any expectation names the key at a time, also one that had ended by then. */
  namesKey(keyArn: string | undefined, keyRef: string | undefined, timeMs: number): boolean;
  /** Whether some principal, by its ARN or a service's host, may use a key: for grants given to it. */
  allowsPrincipal(keyArn: string | undefined, principalId: string, timeMs: number): boolean;
}
