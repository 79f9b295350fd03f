import { appendToList } from '../append-to-list.ts';
import type { GrantFact } from '../sagemaker/job-fact.ts';
import { canonicalText, compareTexts } from '../text/text-order.ts';
import { type Candidate, mayDeclare } from './candidate.ts';
import { evidence } from './evidence.ts';
import { narrowed } from './narrow.ts';
import { isStarting, type RegionJobs } from './region-jobs.ts';
import type { RoleJudge } from './role-judge.ts';
import { roleKeyOf } from './role-key.ts';
import { type RunningResource, runningResourceOf } from './running-resource.ts';
import { type ScoredCandidate, scoreCandidates } from './score-candidates.ts';
import { inAnySession, noContext } from './session-context.ts';
import { namesJob, type SessionIndex } from './session-index.ts';
import { subject } from './subjects.ts';
import type { UseFeatures } from './use-features.ts';

/** The owner of a grant. */
export type GrantOwner =
  /** Its constraint names the resource. */
  | { readonly kind: 'named'; readonly resource: RunningResource; readonly grant: GrantFact }
  /** Created by the role of these jobs or by a service, while the jobs might have caused it. */
  | {
      readonly kind: 'made';
      readonly grant: GrantFact;
      /** The role that created it; undefined if a service did. */
      readonly roleKey: string | undefined;
      readonly scored: readonly ScoredCandidate[];
      /** The role's jobs that were starting and may declare the key, in any session, since jobs may share theirs. */
      readonly starting: readonly ScoredCandidate[];
      /** Whether the only scored candidate is certain. */
      readonly isSure: boolean;
    }
  | { readonly kind: 'unknown'; readonly grant: GrantFact };

/** The known grants, by their ids and by the EBS volumes that their constraints name. */
export class GrantIndex {
  readonly #byId = new Map<string, GrantFact>();
  readonly #byVolume = new Map<string, GrantFact[]>();
  readonly #owners = new Map<GrantFact, GrantOwner>();
  readonly #judgeOf: (roleKey: string) => RoleJudge | undefined;
  readonly #regionJobsOf: (accountId: string, region: string) => RegionJobs | undefined;
  readonly #sessions: SessionIndex;

  constructor(
    grants: readonly GrantFact[],
    judgeOf: (roleKey: string) => RoleJudge | undefined,
    regionJobsOf: (accountId: string, region: string) => RegionJobs | undefined,
    sessions: SessionIndex,
  ) {
    this.#judgeOf = judgeOf;
    this.#regionJobsOf = regionJobsOf;
    this.#sessions = sessions;
    for (const grant of [...grants].sort(byTime)) {
      this.#byId.set(grant.grantId, grant);
      for (const volumeId of volumesOf(grant)) {
        appendToList(this.#byVolume, volumeId, grant);
      }
    }
  }

  ofId(grantId: string): GrantOwner | undefined {
    const grant = this.#byId.get(grantId);
    return grant === undefined ? undefined : this.#ownerOf(grant);
  }

  /** The owner of the volume's first grant on the key. Later grants belong to instances of the same job. */
  ofVolume(volumeId: string, keyArn: string | undefined): GrantOwner | undefined {
    const grants = this.#byVolume.get(volumeId);
    const grant = grants?.find((each) => keyArn === undefined || each.keyArn === keyArn);
    return grant === undefined ? undefined : this.#ownerOf(grant);
  }

  #ownerOf(grant: GrantFact): GrantOwner {
    const known = this.#owners.get(grant);
    if (known !== undefined) {
      return known;
    }
    const owner = this.#findOwner(grant);
    this.#owners.set(grant, owner);
    return owner;
  }

  #findOwner(grant: GrantFact): GrantOwner {
    for (const value of grant.contextValues ?? []) {
      const resource = runningResourceOf(value);
      if (resource !== undefined) {
        return { kind: 'named', resource, grant };
      }
    }
    const roleKey = grant.creator === undefined ? undefined : roleKeyOf(grant.creator);
    const judge = roleKey === undefined ? undefined : this.#judgeOf(roleKey);
    if (judge === undefined) {
      return this.#ownerAmongStarting(grant, roleKey);
    }
    const features = featuresOfGrant(grant);
    const facts =
      grant.accessKeyHash === undefined ? [] : this.#sessions.of(subject.session(grant.accessKeyHash));
    const known = {
      ...noContext,
      isForVolume: (candidate: Candidate) =>
        isStarting(candidate, grant.timeMs) && mayHaveVolume(candidate, grant.keyArn),
      isSessionKnown: facts.length > 0,
      isSessionOf: (candidate: Candidate) => facts.some((fact) => namesJob(fact, candidate)),
    };
    const live = judge.liveAt(grant.timeMs).filter(({ job }) => job.region === grant.region);
    const { scored } = scoreCandidates(live, features, known);
    const starting = scoreCandidates(live, features, inAnySession(known)).scored.filter(({ candidate }) =>
      known.isForVolume(candidate),
    );
    if (scored.length > 0) {
      return { kind: 'made', grant, roleKey, starting, ...narrowedOwners(scored, grant, starting) };
    }
    return starting.length === 0
      ? this.#ownerAmongStarting(grant, roleKey)
      : { kind: 'made', grant, roleKey, scored: starting, starting, isSure: false };
  }

  /**
   * The owner of a volume's grant whose record lacks the job's role: a service created it, or SageMaker did with the
   * launcher's rights. The job was starting then.
   */
  #ownerAmongStarting(grant: GrantFact, roleKey: string | undefined): GrantOwner {
    const { accountId, region, timeMs, keyArn, creator } = grant;
    const starting =
      keyArn === undefined ? [] : (this.#regionJobsOf(accountId, region)?.startingWith(keyArn, timeMs) ?? []);
    const able =
      roleKey === undefined ? starting : starting.filter(({ job }) => mayBe(job.launcher?.id, creator));
    return able.length === 0
      ? { kind: 'unknown', grant }
      : {
          kind: 'made',
          grant,
          roleKey,
          scored: able.map((candidate) => ({ candidate, bits: evidence.declaredKey, place: undefined })),
          starting: [],
          isSure: false,
        };
  }
}

/** Whether a principal may have launched a job. Roles are compared by name; an unknown launcher may be anybody. */
export function mayBe(launcher: string | undefined, creator: string | undefined): boolean {
  if (creator === undefined) {
    return false;
  }
  if (launcher === undefined) {
    return true;
  }
  const roleKey = roleKeyOf(launcher);
  return launcher === creator || (roleKey !== undefined && roleKey === roleKeyOf(creator));
}

/**
 * Narrows the jobs that might have caused a volume's grant to those that declare its key for their volumes, and then to
 * those whose instances were starting. The remaining one is certain only if no other job that may declare the key was
 * starting, in any session, since jobs may share theirs.
 */
function narrowedOwners(
  scored: readonly ScoredCandidate[],
  grant: GrantFact,
  starting: readonly ScoredCandidate[],
): { readonly scored: readonly ScoredCandidate[]; readonly isSure: boolean } {
  const { keyArn } = grant;
  const declaring = scored.filter(({ candidate }) => mayHaveVolume(candidate, keyArn));
  const able = declaring.length > 0 ? declaring : scored;
  const ready = able.filter(({ candidate }) => isStarting(candidate, grant.timeMs));
  const left = narrowed(ready.length > 0 ? ready : able, true);
  const [only] = left;
  return {
    scored: left,
    isSure:
      left.length === 1 &&
      only !== undefined &&
      starting.every(({ candidate }) => candidate === only.candidate) &&
      ((only.bits & evidence.session) !== 0 ||
        (declaring.length === 1 &&
          ready.length === 1 &&
          keyArn !== undefined &&
          only.candidate.volumeKeys.arns.has(keyArn))),
  };
}

function mayHaveVolume({ volumeKeys }: Candidate, keyArn: string | undefined): boolean {
  return keyArn !== undefined && mayDeclare(volumeKeys, keyArn);
}

function featuresOfGrant(grant: GrantFact): UseFeatures {
  return {
    timeMs: grant.timeMs,
    region: grant.region,
    keyArn: grant.keyArn,
    isWrite: true,
    isOutput: false,
    path: undefined,
    sessionName: undefined,
    sessionStartMs: grant.sessionStartMs,
    session: undefined,
    accessKeyHash: undefined,
    sourceIdentity: undefined,
  };
}

/** The EBS volumes that a grant's constraints name. */
export function volumesOf(grant: GrantFact): readonly string[] {
  return (grant.contextValues ?? []).filter(isVolume);
}

export function isVolume(value: string): boolean {
  return value.startsWith('vol-');
}

/** Orders facts by their contents, so that the same set always has the same first one. */
function byTime(a: GrantFact, b: GrantFact): number {
  return (
    a.timeMs - b.timeMs ||
    compareTexts(a.grantId, b.grantId) ||
    compareTexts(canonicalText(a), canonicalText(b))
  );
}
