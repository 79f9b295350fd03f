import { runningResourceIn } from '../../attribution/running-resource.ts';
import { s3PathIn } from '../../attribution/s3-path.ts';
import { pseudoRoleOf } from '../../cloudtrail/aws-pseudo-role.ts';
import type { InspectedUse } from '../../expectations/inspected-use.ts';
import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { type JobKnowledge, resolverOf } from '../../history/query/ask-jobs.ts';
import { declaredKeysOf } from '../../sagemaker/declared-keys.ts';
import type { Job } from '../../sagemaker/job.ts';
import { JobLives } from './job-lives.ts';
import type { SeenBook } from './seen-book.ts';
import type { Surroundings } from './watch-rows.ts';

/** Hosts of services, and roles that only a service can assume. */
const SERVICE = /^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$|^arn:[a-z0-9-]+:iam::\d{12}:role\/aws-service-role\//;

/**
 * A session that anybody may ask for lasts this long at most; an older one is kept up by a service.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html "Maximum session duration"
 */
const LONGEST_SESSION_MS = 12 * 3_600_000;

/** Whether a principal is a service of AWS, its infrastructure or a role that only a service can assume. */
export function isOfAws(principalId: string): boolean {
  return SERVICE.test(principalId) || pseudoRoleOf(principalId) !== undefined;
}

/** Whether a use is AWS's own: new services come to a key all the time. */
export function isServiceOfAws({ principal }: InspectedUse): boolean {
  return principal.type === 'service' || (principal.id !== undefined && isOfAws(principal.id));
}

/** Many days have the same evidence. */
const livesOfEvidence = new WeakMap<JobKnowledge['evidence'], JobLives>();

function livesOf(evidence: JobKnowledge['evidence']): JobLives {
  let lives = livesOfEvidence.get(evidence);
  if (lives === undefined) {
    lives = new JobLives(evidence.jobs);
    livesOfEvidence.set(evidence, lives);
  }
  return lives;
}

/**
 * What rules ask about jobs and grantees, with all that is known of the jobs of some days.
 * @param historyFirstMs the time of the first use on record, epoch milliseconds
 */
export function surroundingsOf(
  { evidence, aliases }: JobKnowledge,
  expectations: ExpectationJudge,
  seen: SeenBook,
  historyFirstMs: number,
): Surroundings {
  const lives = livesOf(evidence);
  const resolve = resolverOf(aliases);
  const declared = new Map<string, readonly string[] | undefined>();
  return {
    isJobRole: (principalId) => lives.isJobRole(principalId),
    isJobAlive: (principalId, timeMs) => lives.isJobAlive(principalId, timeMs),
    job: (arn, createdMs) => evidence.job(arn, createdMs),
    authorOf({ encryptionContext, eventTimeMs }) {
      const named = encryptionContext === undefined ? undefined : runningResourceIn(encryptionContext);
      if (named !== undefined) return evidence.job(named.arn, undefined);
      const path = s3PathIn(encryptionContext);
      return path === undefined ? undefined : evidence.attributor.authorOf(path, eventTimeMs);
    },
    isOlderThanHistory({ join, eventTimeMs }) {
      const startMs = join?.sessionStartMs;
      return startMs !== undefined && startMs < historyFirstMs && eventTimeMs - startMs > LONGEST_SESSION_MS;
    },
    declaredKeys(job: Job) {
      if (!declared.has(job.id)) {
        const { volume, output, data, unresolved } = declaredKeysOf(job, resolve);
        declared.set(job.id, unresolved.length > 0 ? undefined : [...volume, ...output, ...data]);
      }
      return declared.get(job.id);
    },
    isKnownGrantee: (keyArn, grantee, timeMs) => isKnownGrantee(keyArn, grantee, timeMs, expectations, seen),
  };
}

/** Whether a principal may be given grants on a key; what was seen on the key has been loaded. */
export function isKnownGrantee(
  keyArn: string | undefined,
  grantee: string,
  timeMs: number,
  expectations: ExpectationJudge,
  seen: SeenBook,
): boolean {
  if (isOfAws(grantee) || expectations.allowsPrincipal(keyArn, grantee, timeMs)) return true;
  if (keyArn === undefined || expectations.namesKey(keyArn, undefined, timeMs)) return false;
  // Of a key that is only learned: whoever used it before, and everyone while it was.
  return (
    timeMs < seen.learnedMs(keyArn) || (seen.firstMs(keyArn, grantee) ?? Number.POSITIVE_INFINITY) < timeMs
  );
}
