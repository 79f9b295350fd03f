import type { PrincipalType } from '../cloudtrail/identity.ts';
import type { AliasFact } from '../kms/alias-timeline.ts';
import type { KeyArn } from '../kms/key-use.ts';

/**
 * What one record or state change tells of one SageMaker resource, of a grant or of a session. Facts are a set
 * that only grows: order and repetition mean nothing, and two facts are one exactly when their JSON is. So a
 * fact is plain JSON, its absent members are absent, and it holds nothing that differs between two deliveries of
 * one event. Times are epoch milliseconds UTC.
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
  /** When the record or state change says that it happened. */
  readonly timeMs: number;
}

/** What kind of event told it: what the account asked for, what SageMaker did, or how a resource stood. */
export type FactSource = 'create' | 'service-event' | 'update' | 'start' | 'stop' | 'delete' | 'state-change';

/**
 * Of a resource that runs under a role and uses keys, or that such resources belong to: a job, an endpoint, a
 * notebook, a feature group, a domain, a tuning job.
 */
export interface ResourceFact extends FactOfAccount {
  readonly kind: 'resource';
  /** Whole; names reused give one ARN several runs, which `createdMs` tells apart. */
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
  /** The others, where it declares several: a tuning job's definitions, a cluster's instance groups. */
  readonly moreRoleArns?: readonly string[];
  /** Who asked for it. */
  readonly launcher?: {
    readonly id?: string;
    readonly type: PrincipalType;
    readonly sourceIdentity?: string;
  };
  readonly inputs?: readonly S3Location[];
  readonly outputs?: readonly S3Location[];
  readonly checkpoints?: readonly S3Location[];
  /** Of a managed Spot job its waiting for capacity is in it. */
  readonly maxRuntimeSeconds?: number;
  /** How long it may wait for capacity before it runs. */
  readonly maxPendingSeconds?: number;
  /** Keys as the request called them: ARN, bare id, alias, alias ARN. */
  readonly volumeKeys?: readonly string[];
  readonly outputKeys?: readonly string[];
  readonly dataKeys?: readonly string[];
  readonly instanceTypes?: readonly string[];
  /** ARNs of what it belongs to: a tuning job, an AutoML job, a pipeline execution. */
  readonly parents?: readonly string[];
  readonly models?: readonly string[];
  readonly endpointConfig?: string;
}

/** A place in S3, without `s3://`. */
export interface S3Location {
  readonly bucket: string;
  /** As declared, no slash at either end; empty for the whole bucket. */
  readonly prefix: string;
  /** Whether what is written lies below the job's name in it (output of training without `removeJobNameFromS3OutputPath`). */
  readonly belowJobName?: true;
}

export interface ModelFact extends FactOfAccount {
  readonly kind: 'model';
  readonly name: string;
  /** Absent where neither its creation nor a state change that tells it is what was seen. */
  readonly createdMs?: number;
  readonly roleArn?: string;
  /** Where its data lie. */
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

/** A grant that was created. Found among KMS records. */
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
 * What is known of temporary credentials. `job`: they wrote to the log stream of a job, of this name, whose log
 * group tells the type. `issued`: SageMaker took them on for a role.
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
 * What key an alias meant: many records' worth of what each day's seal learns anyway, told beforehand, so that the
 * keys that jobs declare by aliases are known before the first day is sealed.
 */
export interface AliasOfKeyFact extends FactOfAccount {
  readonly kind: 'alias';
  /** `alias/…` */
  readonly alias: string;
  readonly is: AliasFact['kind'];
  readonly keyArn?: KeyArn;
}
