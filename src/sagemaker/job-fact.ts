import type { PrincipalType } from '../cloudtrail/identity.ts';
import type { AliasFact } from '../kms/alias-timeline.ts';
import type { KeyArn } from '../kms/key-use.ts';

/**
 * What one record or state change shows about one SageMaker resource, grant, session or alias. Facts form a set that
 * only grows: order and repetition do not matter, and facts with equal JSON are one fact. So a fact is plain JSON, has no
 * undefined members, and contains nothing that differs between two deliveries of one event. Times are epoch
 * milliseconds UTC.
 */
export type JobFact =
  | ResourceFact
  | ModelFact
  | EndpointConfigFact
  | PipelineStepFact
  | GrantFact
  | SessionFact
  | AliasOfKeyFact;

interface FactOfAccount {
  readonly accountId: string;
  readonly region: string;
  /** The time in the record or state change. */
  readonly timeMs: number;
}

/** The kind of event that a fact comes from: a request, an action of SageMaker, or a state change. */
export type FactSource = 'create' | 'service-event' | 'update' | 'start' | 'stop' | 'delete' | 'state-change';

/**
 * A fact about a resource that runs under a role and uses keys, or that is the parent of such resources: a job, an
 * endpoint, a notebook, a feature group, a domain, a tuning job.
 */
export interface ResourceFact extends FactOfAccount {
  readonly kind: 'resource';
  /** The whole ARN. Reused names give one ARN several runs, which differ in `createdMs`. */
  readonly arn: string;
  /** The resource type in the ARN: `training-job`, `endpoint`, `job` for the newer kinds. */
  readonly type: string;
  readonly name: string;
  readonly toldBy: FactSource;
  readonly status?: string;
  readonly createdMs?: number;
  readonly startedMs?: number;
  readonly endedMs?: number;
  readonly roleArn?: string;
  /** Further roles, as for the definitions of a tuning job or the instance groups of a cluster. */
  readonly moreRoleArns?: readonly string[];
  /** Who requested it. */
  readonly launcher?: {
    readonly id?: string;
    readonly type: PrincipalType;
    readonly sourceIdentity?: string;
  };
  readonly inputs?: readonly S3Location[];
  readonly outputs?: readonly S3Location[];
  readonly checkpoints?: readonly S3Location[];
  /** For a managed Spot job it includes the wait for capacity. */
  readonly maxRuntimeSeconds?: number;
  /** How long it may wait for capacity before it runs. */
  readonly maxPendingSeconds?: number;
  /** Keys as the request called them: ARN, bare id, alias, alias ARN. */
  readonly volumeKeys?: readonly string[];
  readonly outputKeys?: readonly string[];
  readonly dataKeys?: readonly string[];
  readonly instanceTypes?: readonly string[];
  /** Whether it has a volume, for kinds whose instance types do not show it. */
  readonly hasVolume?: true;
  /** ARNs of its parents: a tuning job, an AutoML job, a pipeline execution. */
  readonly parents?: readonly string[];
  readonly models?: readonly string[];
  readonly endpointConfig?: string;
}

/** A place in S3, without `s3://`. */
export interface S3Location {
  readonly bucket: string;
  /** As declared, no slash at either end; empty for the whole bucket. */
  readonly prefix: string;
  /** Whether output is below the job's name in it, as for training without `removeJobNameFromS3OutputPath`. */
  readonly belowJobName?: true;
}

export interface ModelFact extends FactOfAccount {
  readonly kind: 'model';
  readonly name: string;
  /** Present if the fact comes from its creation or from a state change with the creation time. */
  readonly createdMs?: number;
  readonly roleArn?: string;
  /** The locations of its data. */
  readonly artifacts?: readonly S3Location[];
  readonly isDeleted?: true;
}

export interface EndpointConfigFact extends FactOfAccount {
  readonly kind: 'endpoint-config';
  readonly name: string;
  readonly createdMs?: number;
  readonly roleArn?: string;
  readonly models?: readonly string[];
  readonly volumeKeys?: readonly string[];
  readonly outputKeys?: readonly string[];
  readonly dataKeys?: readonly string[];
  readonly outputs?: readonly S3Location[];
  readonly instanceTypes?: readonly string[];
  readonly isDeleted?: true;
}

/** A step of a pipeline execution that runs a job. */
export interface PipelineStepFact extends FactOfAccount {
  readonly kind: 'pipeline-step';
  readonly executionArn: string;
  readonly jobArn: string;
}

/** The creation of a grant, from a KMS record. */
export interface GrantFact extends FactOfAccount {
  readonly kind: 'grant';
  readonly grantId: string;
  readonly keyArn?: string;
  /** Who created it; a role by its ARN. */
  readonly creator?: string;
  readonly grantee?: string;
  /** Values of its encryption context constraints: SageMaker ARNs, EBS volume ids. */
  readonly contextValues?: readonly string[];
  readonly accessKeyHash?: string;
  readonly sessionStartMs?: number;
}

/**
 * A fact about temporary credentials. `job`: they opened the log stream of a job with this name; the log group shows its
 * type. `issued`: SageMaker received them by assuming a role.
 */
export interface SessionFact extends FactOfAccount {
  readonly kind: 'session';
  readonly accessKeyHash: string;
  readonly is: 'job' | 'issued';
  readonly roleArn?: string;
  readonly jobType?: string;
  readonly jobName?: string;
}

/**
 * The key that an alias meant, summarised from many records. Sealing learns the same day by day; this fact makes the keys
 * that jobs declare by alias known before the first day is sealed.
 */
export interface AliasOfKeyFact extends FactOfAccount {
  readonly kind: 'alias';
  /** `alias/…` */
  readonly alias: string;
  readonly is: AliasFact['kind'];
  readonly keyArn?: KeyArn;
}
