/**
 * What really happened in a simulation, written beside the logs. Times are ISO 8601 UTC. A member that does not apply is
 * absent.
 */
export type TruthLine = KmsTruth | JobTruth | IncidentTruth;

/** The best evidence in the record for the job of a use: how difficult the join is. */
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
  /** For an owner's copy of a cross-account call: the event id of the caller's copy, if it was recorded. */
  readonly duplicateOf?: string;
  /** For an addendum: the event that it corrects. */
  readonly supersedes?: string;
  /** The account whose log has it. */
  readonly accountId: string;
  readonly region: string;
  /** The true key, even if the record has only an alias or nothing; for ReEncrypt the destination. */
  readonly keyArn?: string;
  /** ReEncrypt only. */
  readonly sourceKeyArn?: string;
  /** How the record names the key, unless by its ARN. */
  readonly keyRef?: string;
  /** Whether the record has the key's ARN. */
  readonly keyNamed: boolean;
  readonly principalId: string;
  readonly operation: string;
  readonly outcome: 'success' | 'denied' | 'failed' | 'probe';
  readonly eventTime: string;
  /** The job that made the use; `null` if none did. */
  readonly jobArn: string | null;
  /** Distinguishes the runs of a reused name. */
  readonly jobCreatedTime?: string;
  /** Whether any record or state change of the simulation is about that job. */
  readonly jobKnown?: boolean;
  /** The job that wrote the data, if the event names it and another one reads. */
  readonly authorJobArn?: string;
  readonly evidence: Evidence;
  /** How many times the files have it; 0 if its delivery failed. */
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
  /** Whether its create record was written, and whether a state change was. */
  readonly createRecord: boolean;
  readonly stateChanges: boolean;
  readonly known: boolean;
  /** How many `Create…` calls of this name failed before. */
  readonly failedCreates: number;
  readonly reusesName: boolean;
}

/** An incident planted for an alert rule. */
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
  /** The time of its first event. */
  readonly time: string;
  /** The ids of its events, at most 20. */
  readonly eventIds?: readonly string[];
}
