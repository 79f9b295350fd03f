import { runningResourceIn } from '../../attribution/running-resource.ts';
import { s3PathIn } from '../../attribution/s3-path.ts';
import { AWS_DNS_SUFFIX } from '../../cloudtrail/aws-dns-suffix.ts';
import { pseudoRoleOf } from '../../cloudtrail/aws-pseudo-role.ts';
import type { InspectedUse } from '../../expectations/inspected-use.ts';
import type { ExpectationJudge } from '../../expectations/verdict.ts';
import type { JobKnowledge } from '../../history/query/history-view.ts';
import { declaredKeysOf, resolverOf } from '../../sagemaker/declared-keys.ts';
import type { Job } from '../../sagemaker/job.ts';
import type { UseContext } from '../rule.ts';
import type { FirstSeenIndex } from './first-seen-index.ts';
import { JobLifetimes } from './job-lifetimes.ts';

/** What rules ask about, apart from the use itself, and what stays the same for all uses of a day. */
export type RuleContext = Omit<UseContext, 'verdict' | 'isFirstSeen'>;

const SERVICE_HOST = new RegExp(String.raw`^[a-z0-9.-]+\.${AWS_DNS_SUFFIX}$`);
/** A role that only a service can assume. */
const ROLE_OF_SERVICE = /^arn:[a-z0-9-]+:iam::\d{12}:role\/aws-service-role\//;

/**
 * The longest session that a caller can ask for; an older one is renewed by a service.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html "Maximum session duration"
 */
const LONGEST_SESSION_MS = 12 * 3_600_000;

/** Whether a principal is an AWS service, AWS infrastructure or a role that only a service can assume. */
export function isAwsPrincipal(principalId: string): boolean {
  return (
    SERVICE_HOST.test(principalId) ||
    ROLE_OF_SERVICE.test(principalId) ||
    pseudoRoleOf(principalId) !== undefined
  );
}

/** Whether AWS itself made a use. New services appear on a key all the time, so they are never new principals. */
export function isUseByAws({ principal }: InspectedUse): boolean {
  return principal.type === 'service' || (principal.id !== undefined && isAwsPrincipal(principal.id));
}

/** By evidence, which many days share. */
const lifetimesByEvidence = new WeakMap<JobKnowledge['evidence'], JobLifetimes>();

function lifetimesOf(evidence: JobKnowledge['evidence']): JobLifetimes {
  let lifetimes = lifetimesByEvidence.get(evidence);
  if (lifetimes === undefined) {
    lifetimes = new JobLifetimes(evidence.jobs);
    lifetimesByEvidence.set(evidence, lifetimes);
  }
  return lifetimes;
}

/**
 * Answers what rules ask about jobs and grantees.
 * @param knowledge the jobs of some days, and the aliases
 * @param historyFirstMs the time of the first recorded use, epoch milliseconds
 */
export function ruleContextOf(
  { evidence, aliases }: JobKnowledge,
  expectations: ExpectationJudge,
  seen: FirstSeenIndex,
  historyFirstMs: number,
): RuleContext {
  const lifetimes = lifetimesOf(evidence);
  const resolve = resolverOf(aliases);
  const declared = new Map<string, readonly string[] | undefined>();
  return {
    isJobRole: (principalId) => lifetimes.isJobRole(principalId),
    isJobAlive: (principalId, timeMs) => lifetimes.isJobAlive(principalId, timeMs),
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

/** Whether a principal may be given grants on a key. The key must be loaded in `seen`. */
export function isKnownGrantee(
  keyArn: string | undefined,
  grantee: string,
  timeMs: number,
  expectations: ExpectationJudge,
  seen: FirstSeenIndex,
): boolean {
  if (isAwsPrincipal(grantee) || expectations.allowsPrincipal(keyArn, grantee, timeMs)) return true;
  if (keyArn === undefined || expectations.namesKey(keyArn, undefined, timeMs)) return false;
  // Without expectations: everybody during learning, and whoever used the key before.
  return (
    timeMs < seen.learnedMs(keyArn) || (seen.firstMs(keyArn, grantee) ?? Number.POSITIVE_INFINITY) < timeMs
  );
}
