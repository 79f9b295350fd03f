import type { ResourceFact, S3Location } from './job-fact.ts';

/** How a time is known: stated in a state change (`told`), the time of an event itself, or an upper bound. */
export type TimeFrom = 'told' | 'event' | 'maximum-runtime' | 'next-run';

export interface KnownTime {
  readonly timeMs: number;
  readonly from: TimeFrom;
}

/**
 * One run of a SageMaker resource that runs under a role and uses keys, built from its facts. An ARN and a creation time
 * identify a run, since names are reused.
 */
export interface Job {
  /** `<arn>|<created>`. The creation time is in epoch milliseconds, and empty if unknown. */
  readonly id: string;
  readonly arn: string;
  readonly type: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly status?: string;
  readonly created?: KnownTime;
  readonly started?: KnownTime;
  /** Absent if no record shows an end and nothing bounds it, as for a running endpoint or notebook. */
  readonly ended?: KnownTime;
  /** The role it runs under; for an endpoint or transform job the roles of its models. */
  readonly roleArns: readonly string[];
  readonly launcher?: ResourceFact['launcher'];
  readonly inputs: readonly S3Location[];
  readonly outputs: readonly S3Location[];
  readonly checkpoints: readonly S3Location[];
  readonly maxRuntimeSeconds?: number;
  /** References as in the requests; `declaredKeysOf` resolves them. */
  readonly volumeKeys: readonly string[];
  readonly outputKeys: readonly string[];
  readonly dataKeys: readonly string[];
  readonly instanceTypes: readonly string[];
  /** Whether records show that it has a volume; for the kinds whose instance types do not show it. */
  readonly hasVolume?: true;
  /** Whether a record has the contents of a request for it, which CloudTrail may leave out. */
  readonly isRequestKnown?: true;
  /** ARNs. */
  readonly parents: readonly string[];
  readonly children: readonly string[];
}
