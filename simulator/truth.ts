/**
 * What really happened in a simulation, told apart from the logs. Times are ISO 8601 UTC; a member that does
 * not apply is absent.
 */
export type TruthLine = KmsTruth | JobTruth | IncidentTruth;

/** What in the record ties a use to its job, at best: the class of difficulty of the join. */
export type Evidence =
  /** A SageMaker ARN in the encryption context, a grant's constraint or `inScopeOf`. */
  | 'job-arn'
  /** An S3 object below a prefix that only this job has. */
  | 'job-object'
  /** A grant of this job, by its id, or an EBS volume that its grant names. */
  | 'grant'
  /** An S3 object below an input prefix, which other jobs may read too. */
  | 'input-object'
  /** Role, key and time only: bucket keys, secrets, direct calls. */
  | 'role-key-time'
  /** Nothing. */
  | 'none';

/** One KMS record, however often it was delivered. */
export interface KmsTruth {
  readonly truth: 'kms';
  readonly eventId: string;
  readonly sharedEventId?: string;
  /** Of an owner's copy of a cross-account call: the event id of the caller's copy, where that was recorded. */
  readonly duplicateOf?: string;
  /** Of an addendum: the event it corrects. */
  readonly supersedes?: string;
  /** Whose log holds it. */
  readonly accountId: string;
  readonly region: string;
  /** The true key, also where the record says only an alias or nothing; of ReEncrypt the destination. */
  readonly keyArn?: string;
  /** ReEncrypt only. */
  readonly sourceKeyArn?: string;
  /** What the record calls the key, where it is not by its ARN. */
  readonly keyRef?: string;
  /** Whether the key's ARN stands in the record. */
  readonly keyNamed: boolean;
  readonly principalId: string;
  readonly operation: string;
  readonly outcome: 'success' | 'denied' | 'failed' | 'probe';
  readonly eventTime: string;
  /** The job that truly acted, `null` where none did. */
  readonly jobArn: string | null;
  /** Tells the runs of a reused name apart. */
  readonly jobCreatedTime?: string;
  /** Whether any record or state change of the simulation tells of that job. */
  readonly jobKnown?: boolean;
  /** The job that wrote the data, where the event names it and another one reads. */
  readonly authorJobArn?: string;
  readonly evidence: Evidence;
  /** How many times the files hold it; 0 where its delivery failed. */
  readonly delivered: number;
}

/** A SageMaker resource that runs under a role and uses keys: a job, an endpoint, a notebook, a feature group. */
export interface JobTruth {
  readonly truth: 'job';
  readonly jobArn: string;
  readonly type: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly roleArn: string;
  readonly launcher: string;
  readonly createdTime: string;
  readonly startedTime: string;
  /** Absent while it still runs when the simulation ends. */
  readonly endedTime?: string;
  readonly status: string;
  readonly declaredKeys: { readonly volume?: string; readonly output?: string; readonly data?: string };
  readonly parentJobArn?: string;
  readonly sourceIdentity?: string;
  /** Whether its create record, or a state change, is among what was written. */
  readonly createRecord: boolean;
  readonly stateChanges: boolean;
  readonly known: boolean;
  /** How many `Create…` calls of this name failed before. */
  readonly failedCreates: number;
  readonly reusesName: boolean;
}

/** Something planted for a rule of the alerts to find. */
export interface IncidentTruth {
  readonly truth: 'incident';
  /** The rule that should fire, by its name in the documentation of alerts. */
  readonly rule: string;
  /** Rules that may rightly fire on the same events, depending on the expectations set. */
  readonly alsoRules?: readonly string[];
  readonly keyArn?: string;
  readonly principalId?: string;
  readonly grantee?: string;
  readonly jobArn?: string;
  readonly accountId?: string;
  readonly region?: string;
  /** The first event of it. */
  readonly time: string;
  /** The event ids that make it, at most 20 of them. */
  readonly eventIds?: readonly string[];
}
