import type { ResourceFact, S3Location } from './job-fact.ts';

/** How a time is known: a record or state change says it, it is the time of such an event, or a bound of it. */
export type TimeFrom = 'told' | 'event' | 'maximum-runtime' | 'next-run';

export interface KnownTime {
  readonly timeMs: number;
  readonly from: TimeFrom;
}

/**
 * One run of a SageMaker resource that runs under a role and uses keys: what its facts amount to. A run is an ARN
 * and a creation time, since names are reused.
 */
export interface Job {
  /** `<arn>|<created>`: names the run; the creation time is epoch milliseconds, empty where none is known. */
  readonly id: string;
  readonly arn: string;
  readonly type: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly status?: string;
  readonly created?: KnownTime;
  readonly started?: KnownTime;
  /** Absent where no record tells of an end and nothing bounds it: an endpoint, a notebook. */
  readonly ended?: KnownTime;
  /** The role it runs under; of an endpoint or transform job its models'. */
  readonly roleArns: readonly string[];
  readonly launcher?: ResourceFact['launcher'];
  readonly inputs: readonly S3Location[];
  readonly outputs: readonly S3Location[];
  readonly checkpoints: readonly S3Location[];
  readonly maxRuntimeSeconds?: number;
  /** As called in the requests; `declaredKeysOf` resolves them. */
  readonly volumeKeys: readonly string[];
  readonly outputKeys: readonly string[];
  readonly dataKeys: readonly string[];
  readonly instanceTypes: readonly string[];
  /** ARNs. */
  readonly parents: readonly string[];
  readonly children: readonly string[];
}
