/**
 * What kind of use it is, in one word, so that the failures of a join can be tabulated: what a job touched, or who
 * it was if no job.
 */
export const USE_CLASSES = [
  // Made by or for a job, or another SageMaker resource.
  'volume', // the grant and data key of an EBS volume, by whoever makes them
  'attach', // Decrypt of a volume's data key by whoever attaches it
  'retire', // of a grant
  'input', // an object below a declared input
  'manifest', // an input that only a manifest names, not the create call
  'chain', // an input that is another job's output
  'source', // the training script, which the launcher uploaded below the job's name
  'model', // model artifacts that a transform job or endpoint loads
  'output', // an object below an output of the job's own
  'shared', // an object below an output that other jobs write to as well
  'checkpoint',
  'bucket', // S3 Bucket Keys: the context is the bucket
  'far', // a bucket and key in another Region
  'cross', // a key of another account
  'direct', // KMS called by the code itself, without a context
  'denied', // refused to a job
  'secret',
  'parameter',
  'image',
  'logs',
  'stream',
  'table',
  'files', // EFS
  'scoped', // inScopeOf names the job
  'named', // the context or a constraint names the job
  'author', // the context names an earlier job, whose data this one reads
  'capture', // an endpoint's captured data
  'notebook',
  'feature',
  'domain',
  'card',
  // Made by no job.
  'studio', // code in a Studio app
  'upload', // the launcher's upload of the script, before the job exists
  'download', // somebody fetches a job's output
  'person',
  'cli',
  'lambda',
  'glue',
  'steps',
  'batch',
  'athena',
  'ci',
  'bystander', // a role or user that no job runs under, on the same keys and prefixes
  'service',
  'guest', // another account, on a key here
  'management',
] as const;

export type UseClass = (typeof USE_CLASSES)[number];

/** What really happened, of one KMS event. */
export interface UseTruth {
  readonly eventId: string;
  readonly class: UseClass;
  /**
   * The SageMaker resource that truly acted, or for which SageMaker acted: a job, an endpoint, a notebook
   * instance, a feature group, a domain, a model card; `null` where none did.
   */
  readonly jobArn: string | null;
  /**
   * Tells the runs of a reused name apart. To the millisecond, by a true clock; records may say it rounded and
   * some seconds off.
   */
  readonly jobCreatedTime?: string;
  /** Whether a SageMaker record or state change tells of that run; absent where there is no job. */
  readonly jobKnown?: boolean;
  /** Whether such records, or its model's, also say which role it runs under; absent where there is no job. */
  readonly roleKnown?: boolean;
  /** By a role that jobs run under, though no job made it. */
  readonly roleMadeOutsideAnyJob: boolean;
  /** The job that wrote the data, where the event names it and another one reads it. */
  readonly authorJobArn?: string;
  /**
   * What it belongs to: a tuning or AutoML job, a pipeline execution; of Studio code, which is no job, the domain.
   * Naming it is less than the truth and not against it.
   */
  readonly withinArn?: string;
}

/** A run of a job, or the life of another resource that uses keys under a role. Times by a true clock. */
export interface JobTruth {
  readonly arn: string;
  /** The resource type in the ARN. */
  readonly type: string;
  /** Absent of a model card, which acts by its callers. */
  readonly roleArn?: string;
  readonly createdTime: string;
  readonly startedTime: string;
  /** Records may tell of an end minutes before or after, or of none. */
  readonly endedTime: string;
  readonly isKnown: boolean;
  readonly withinArn?: string;
}

/** A truth before its event has an id. */
export type Deed = Omit<UseTruth, 'eventId'>;
