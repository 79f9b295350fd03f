import type { JudgedUse } from './judgement.ts';
import { s3PathIn } from './s3-path.ts';
import { type SessionSubjects, subjectsOfSession } from './subjects.ts';

/** The features of a use that are compared with each candidate. */
export interface UseFeatures {
  readonly timeMs: number;
  readonly region: string | undefined;
  readonly keyArn: string | undefined;
  readonly isWrite: boolean;
  /** Whether it writes an object in S3, not data that the caller keeps elsewhere. */
  readonly isOutput: boolean;
  /** `bucket/key`, or the bucket alone if it uses a Bucket Key. */
  readonly path: string | undefined;
  readonly sessionName: string | undefined;
  readonly sessionStartMs: number | undefined;
  /** Undefined if nothing distinguishes the session from others of the role. */
  readonly session: SessionSubjects | undefined;
  readonly accessKeyHash: string | undefined;
  readonly sourceIdentity: string | undefined;
}

export function featuresOf(use: JudgedUse, roleKey: string): UseFeatures {
  const { principal, join } = use;
  const path = s3PathIn(use.encryptionContext);
  return {
    timeMs: use.eventTimeMs,
    region: use.region,
    keyArn: use.keyArn,
    isWrite: isWrite(use.operation),
    isOutput: path !== undefined && isWrite(use.operation),
    path,
    sessionName: principal.session,
    sessionStartMs: join?.sessionStartMs,
    session: sessionOf(roleKey, join?.accessKeyHash, principal.session, join?.sessionStartMs),
    accessKeyHash: join?.accessKeyHash,
    sourceIdentity: principal.sourceIdentity,
  };
}

/**
 * Sessions are identified by their access key, or, if AWS withholds it, by the second in which they began. Two sessions
 * of one role may share that second; they are then treated as one.
 */
export function sessionOf(
  roleKey: string,
  accessKeyHash: string | undefined,
  name: string | undefined,
  startMs: number | undefined,
): SessionSubjects | undefined {
  if (accessKeyHash !== undefined) {
    return subjectsOfSession(accessKeyHash);
  }
  return startMs === undefined ? undefined : subjectsOfSession(`${roleKey}/${name ?? ''}@${startMs}`);
}

/** Whether an operation encrypts new data, so that the caller writes it. Other operations may be a reader's. */
export function isWrite(operation: string): boolean {
  return operation.startsWith('GenerateDataKey') || operation === 'Encrypt' || operation === 'ReEncrypt';
}
