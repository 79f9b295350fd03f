import type { InspectedUse } from '../expectations/inspected-use.ts';
import type { Verdict } from '../expectations/verdict.ts';
import type { Job } from '../sagemaker/job.ts';
import type { Alert } from './alert.ts';
import type { RuleId, Severity } from './rule-id.ts';
import type { Subject } from './subject.ts';

/** What a rule may ask about, apart from the use itself. */
export interface UseContext {
  readonly verdict: Verdict;
  /** Whether any known job runs under the role. */
  readonly isJobRole: (principalId: string) => boolean;
  /** Whether some job of the role may have been alive at that time, allowances included. */
  readonly isJobAlive: (principalId: string, timeMs: number) => boolean;
  /** The run of a job. @param createdMs tells runs of one name apart */
  readonly job: (arn: string, createdMs: number | undefined) => Job | undefined;
  /** The job that the encryption context names, or the only job that writes in the folder of the S3 object it names. */
  readonly authorOf: (use: InspectedUse) => Job | undefined;
  /** The job that the session of the use is known to be of, by what the job wrote in it. */
  readonly sessionJobOf: (use: InspectedUse) => Job | undefined;
  /**
   * Whether SageMaker has renewed the session since before the history of its account and Region began: its job is then
   * unknown.
   */
  readonly isOlderThanHistory: (use: InspectedUse) => boolean;
  /** ARNs of the keys that a job or its maker declares; undefined when one of the aliases cannot be resolved. */
  readonly declaredKeys: (job: Job) => readonly string[] | undefined;
  /** Whether an expectation marks the key of a use as retired. */
  readonly isRetired: (use: InspectedUse) => boolean;
  /** Whether some job's request names a key by an alias, given by its alias key. */
  readonly isAliasDeclared: (alias: string) => boolean;
  /** Whether a principal may be given grants on a key: expected, or known on the key. */
  readonly isKnownGrantee: (keyArn: string | undefined, grantee: string, timeMs: number) => boolean;
}

/** What a rule found: its subject, and sentences about what else the record shows. */
export interface Fired {
  readonly subject: Subject;
  /** When it differs from the rule's. */
  readonly severity?: Severity;
  readonly details?: readonly string[];
}

interface RuleText {
  readonly id: RuleId;
  readonly severity: Severity;
  /** One sentence about what happened. */
  readonly titleOf: (subject: Subject) => string;
  /** Two or three concrete steps. */
  readonly checkNext: (alert: Alert) => readonly string[];
  /** When it fires although nothing is wrong. */
  readonly falsePositives: readonly string[];
}

/** A rule about a single use. `fires` is a pure predicate. */
export interface UseRule extends RuleText {
  readonly kind: 'use';
  /** `streaming`: also at ingest; `joined`: only when the join is final. */
  readonly when: 'streaming' | 'joined';
  /** Set when the answer can differ between uses that differ only in time, session or encryption context. */
  readonly isAskedForEach?: true;
  /** Whether the rule can fire for uses of this kind, whatever their time, session and encryption context. */
  readonly concerns?: (use: InspectedUse) => boolean;
  readonly fires: (use: InspectedUse, context: UseContext) => Fired | undefined;
}

/** A rule about many uses or jobs together. The rule's file says which function finds them. */
export interface AggregateRule extends RuleText {
  readonly kind: 'aggregate';
}

export type Rule = UseRule | AggregateRule;
