import type { JudgedUse } from './judgement.ts';
import { s3PathIn } from './s3-path.ts';
import { type SessionSubjects, subjectsOfSession } from './subjects.ts';

/** What a use of a role shows of who made it, worked out once and held against each job. */
export interface UseFeatures {
  readonly timeMs: number;
  readonly region: string | undefined;
  readonly keyArn: string | undefined;
  readonly isWrite: boolean;
  /** Whether it makes an object of S3, and not data of the caller's own. */
  readonly isOutput: boolean;
  /** `bucket/key`, or the bucket alone where it uses a Bucket Key. */
  readonly path: string | undefined;
  readonly sessionName: string | undefined;
  readonly sessionStartMs: number | undefined;
  /** Its session, where something tells it from other sessions of the role. */
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
 * Temporary credentials are told apart by their access key; where AWS withholds it, by the second they were made in,
 * which two sessions of one role may share: what is known of such a session is known of both.
 */
function sessionOf(
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

/** Operations that make data, and so tell of who writes; the others may be a reader's. */
export function isWrite(operation: string): boolean {
  return operation.startsWith('GenerateDataKey') || operation === 'Encrypt' || operation === 'ReEncrypt';
}
