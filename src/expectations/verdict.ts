import type { InspectedUse } from './inspected-use.ts';

/** The verdict of the expectations on one use. */
export interface Verdict {
  /** `no-rule`: no expectation applies to such uses of the key. */
  readonly expected: 'yes' | 'no' | 'no-rule';
  /** The id of the expectation that allows it. */
  readonly expectation?: string;
  /**
   * With `no`: an expectation would allow it if a job had made it. `undecided`: the join has not run yet. `refuted`: it
   * found no job.
   */
  readonly jobOnly?: 'undecided' | 'refuted';
}

/** Compiled expectations, ready to judge millions of uses. */
export interface ExpectationJudge {
  /** Identifies the set: judges with one name give the same verdicts. */
  readonly name: string;
  /** Identifies the expectations alone, without what is known of keys, aliases and grants. */
  readonly setName: string;
  judge(use: InspectedUse): Verdict;
  /**
   * The verdict on all uses that differ only in time and event, or undefined if it depends on the time. For callers that
   * judge many such uses.
   */
  judgeAtAnyTime(use: InspectedUse): Verdict | undefined;
  /** Whether any expectation names the key at a time, even one that had ended by then. */
  namesKey(keyArn: string | undefined, keyRef: string | undefined, timeMs: number): boolean;
  /** Whether an expectation marks the key of a use as retired at the time of the use. */
  isRetired(use: InspectedUse): boolean;
  /** Whether a principal, by its ARN or a service's host, may use a key. For checking grantees. */
  allowsPrincipal(keyArn: string | undefined, principalId: string, timeMs: number): boolean;
}
