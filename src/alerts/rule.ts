import type { InspectedUse } from '../expectations/inspected-use.ts';
import type { Verdict } from '../expectations/verdict.ts';
import type { Job } from '../sagemaker/job.ts';
import type { Alert } from './alert.ts';
import type { RuleId, Severity } from './rule-id.ts';
import type { Subject } from './subject.ts';

/** What a rule may ask beside the use. All of it is known when it is asked. */
export interface UseContext {
  readonly verdict: Verdict;
  /** Whether the use makes its principal new on its key: after learning, on a key without expectations. */
  readonly isFirstSeen: boolean;
  /** Whether jobs are on record that run under the role. */
  readonly isJobRole: (principalId: string) => boolean;
  /** Whether some job of the role may have been alive then, allowances included. */
  readonly isJobAlive: (principalId: string, timeMs: number) => boolean;
  /** The run of a job that is meant. */
  readonly job: (arn: string, createdMs: number | undefined) => Job | undefined;
  /** The job that a use's encryption context names, or that alone writes in the folder of the S3 object that it is for. */
  readonly authorOf: (use: InspectedUse) => Job | undefined;
  /** Whether a session was kept up by SageMaker since before anything was recorded: of a job that no record tells of. */
  readonly isOlderThanHistory: (use: InspectedUse) => boolean;
  /** ARNs of the keys that a job declares, aliases resolved; undefined where one of them cannot be. */
  readonly declaredKeys: (job: Job) => readonly string[] | undefined;
  /** Whether a principal may be given grants on a key: expected, or known on the key. */
  readonly isKnownGrantee: (keyArn: string | undefined, grantee: string, timeMs: number) => boolean;
}

/** What a rule found: of whom, and what more there is to say. */
export interface Fired {
  readonly subject: Subject;
  readonly details?: readonly string[];
}

interface RuleText {
  readonly id: RuleId;
  readonly severity: Severity;
  /** One sentence of what happened. */
  readonly titleOf: (subject: Subject) => string;
  /** Two or three concrete steps. */
  readonly checkNext: (alert: Alert) => readonly string[];
  /** When it fires although nothing is wrong. */
  readonly falsePositives: readonly string[];
}

/** Fires on one use by itself. A pure predicate. */
export interface UseRule extends RuleText {
  readonly kind: 'use';
  /** `at-once`: at ingest; `joined`: when late job events have had their time. */
  readonly when: 'streaming' | 'joined';
  /** Whether uses that differ in nothing but their time may be told apart by it. */
  readonly dependsOnTime?: true;
  readonly fires: (use: InspectedUse, context: UseContext) => Fired | undefined;
}

/** Fires on what many uses amount to; see `rules/` for what each looks at. */
export interface AggregateRule extends RuleText {
  readonly kind: 'aggregate';
}

export type Rule = UseRule | AggregateRule;
