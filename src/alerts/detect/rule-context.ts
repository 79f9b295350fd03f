import { roleKeyOf } from '../../attribution/role-key.ts';
import { runningResourceIn } from '../../attribution/running-resource.ts';
import { s3PathIn } from '../../attribution/s3-path.ts';
import type { ExpectationJudge } from '../../expectations/verdict.ts';
import type { JobKnowledge } from '../../history/query/history-view.ts';
import { declaredKeysOf, resolverOf } from '../../sagemaker/declared-keys.ts';
import type { Job } from '../../sagemaker/job.ts';
import type { UseContext } from '../rule.ts';
import { isAwsPrincipal } from './aws-principal.ts';
import type { FirstSeenIndex } from './first-seen-index.ts';
import { JobLifetimes } from './job-lifetimes.ts';
import { placeName } from './job-part.ts';

/** What rules ask about, apart from the use itself, and what stays the same for all uses of a day. */
export type RuleContext = Omit<UseContext, 'verdict'>;

/** What rules ask about that no single day knows. */
export interface WholeHistory {
  /** Role keys of the roles that jobs run under. */
  readonly jobRoles: ReadonlySet<string>;
  /** When the history of an account and Region begins, epoch milliseconds; infinity where it has none. */
  readonly beginsMs: (place: string) => number;
  /** Whether some job's request names a key by the alias, given by its alias key. */
  readonly isAliasDeclared: (alias: string) => boolean;
}

/** Collects what the findings of a day depend on beside its rows. */
export interface Dependencies {
  readonly olderIn: Set<string>;
  readonly movedAliases: Set<string>;
  /** `<key name>\n<grantee>` of grants to principals that may be known by their uses of the key. */
  readonly grantees: Set<string>;
}

/**
 * The longest session that a caller can ask for; an older one is renewed by a service.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html "Maximum session duration"
 */
const LONGEST_SESSION_MS = 12 * 3_600_000;

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

/** Answers what rules ask about jobs, aliases and grantees. @param knowledge the jobs of a day, and the aliases */
export function ruleContextOf(
  { evidence, aliases }: JobKnowledge,
  expectations: ExpectationJudge,
  seen: FirstSeenIndex,
  whole: WholeHistory,
  needs: Dependencies,
): RuleContext {
  const lifetimes = lifetimesOf(evidence);
  const declaredKeys = declaredKeysIn({ evidence, aliases });
  return {
    isJobRole: (principalId) => whole.jobRoles.has(roleKeyOf(principalId) ?? principalId),
    isJobAlive: (principalId, timeMs) => lifetimes.isJobAlive(principalId, timeMs),
    job: (arn, createdMs) => evidence.job(arn, createdMs),
    authorOf({ encryptionContext, eventTimeMs }) {
      const named = encryptionContext === undefined ? undefined : runningResourceIn(encryptionContext);
      if (named !== undefined) return evidence.job(named.arn, undefined);
      const path = s3PathIn(encryptionContext);
      if (path === undefined) return undefined;
      const { attributor } = evidence;
      // Before its first job exists, a folder that bears the job's name is that job's already.
      return attributor.authorOf(path, eventTimeMs) ?? attributor.authorOf(path, Number.POSITIVE_INFINITY);
    },
    sessionJobOf: () => undefined,
    isOlderThanHistory({ join, eventTimeMs, accountId, region }) {
      const startMs = join?.sessionStartMs;
      if (startMs === undefined || eventTimeMs - startMs <= LONGEST_SESSION_MS) return false;
      const place = placeName(accountId, region);
      needs.olderIn.add(place);
      return startMs < whole.beginsMs(place);
    },
    declaredKeys,
    isRetired: (use) => expectations.isRetired(use),
    isAliasDeclared(alias) {
      needs.movedAliases.add(alias);
      return whole.isAliasDeclared(alias);
    },
    isKnownGrantee(keyArn, grantee, timeMs) {
      const isKnown = isKnownGrantee(keyArn, grantee, timeMs, expectations, seen);
      if (keyArn !== undefined && !isAwsPrincipal(grantee)) needs.grantees.add(`${keyArn}\n${grantee}`);
      return isKnown;
    },
  };
}

/** The keys that a job declares itself, or that the job declares which made it. */
function declaredKeysIn({ evidence, aliases }: JobKnowledge): UseContext['declaredKeys'] {
  const resolve = resolverOf(aliases);
  const known = new Map<string, readonly string[] | undefined>();
  return (job) => {
    if (!known.has(job.id)) {
      const makers = job.parents.flatMap((arn): Job[] => {
        const maker = evidence.job(arn, undefined);
        return maker === undefined ? [] : [maker];
      });
      const declared = [job, ...makers].map((one) => declaredKeysOf(one, resolve));
      const isSure = declared.every(({ unresolved }) => unresolved.length === 0);
      const keys = declared.flatMap(({ volume, output, data }) => [...volume, ...output, ...data]);
      known.set(job.id, isSure ? keys : undefined);
    }
    return known.get(job.id);
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
  // Without expectations: whoever used the key before.
  return (seen.firstMs(keyArn, grantee) ?? Number.POSITIVE_INFINITY) < timeMs;
}
