import { pseudoRoleOf } from '../cloudtrail/aws-pseudo-role.ts';
import type { Day } from './day.ts';
import { evidence } from './evidence.ts';
import { type GrantIndex, type GrantOwner, isVolume, mayBe } from './grant-index.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import type { JudgementCache } from './judgement-cache.ts';
import type { NamedJudge } from './named-judge.ts';
import { bestFirst } from './narrow.ts';
import type { RegionJobs } from './region-jobs.ts';
import { roleKeyOf, roleNameOf } from './role-key.ts';
import type { ScoredCandidate } from './score-candidates.ts';
import { habitsOf } from './session-habit.ts';
import { subject } from './subjects.ts';

/** Judges uses of grants, and of the volumes that grants are for. */
export class GrantJudge {
  readonly #grants: GrantIndex;
  readonly #regionJobsOf: (accountId: string, region: string) => RegionJobs | undefined;
  readonly #named: NamedJudge;
  readonly #judgements: JudgementCache;

  constructor(
    grants: GrantIndex,
    regionJobsOf: (accountId: string, region: string) => RegionJobs | undefined,
    named: NamedJudge,
    judgements: JudgementCache,
  ) {
    this.#grants = grants;
    this.#regionJobsOf = regionJobsOf;
    this.#named = named;
    this.#judgements = judgements;
  }

  /** @returns undefined if the use names no known grant or volume */
  judge(use: JudgedUse, day: Day): Judgement | undefined {
    const grantId = use.grant?.id;
    if (grantId !== undefined) {
      day.ask(subject.grant(grantId));
      const owner = this.#grants.ofId(grantId);
      const judgement = owner === undefined ? undefined : this.#judgeByOwner(owner, 'grant', use, day);
      if (judgement !== undefined) {
        return judgement;
      }
    }
    const volumeId = volumeIn(use);
    if (volumeId === undefined) {
      return undefined;
    }
    day.ask(subject.volume(volumeId));
    const owner = this.#grants.ofVolume(volumeId, use.keyArn);
    return (
      (owner === undefined ? undefined : this.#judgeByOwner(owner, 'volume', use, day)) ??
      this.#judgeByStartingJobs(use, day)
    );
  }

  #judgeByOwner(owner: GrantOwner, of: 'grant' | 'volume', use: JudgedUse, day: Day): Judgement | undefined {
    switch (owner.kind) {
      case 'named':
        return this.#named.judgeOfGrant(owner.resource, owner.grant, use, day);
      case 'made':
        return mayActFor(use, owner.roleKey) ? this.#judgeCreated(owner, of, day) : undefined;
      case 'unknown':
        return undefined;
      default:
        return owner satisfies never;
    }
  }

  #judgeCreated(owner: GrantOwner & { kind: 'made' }, of: 'grant' | 'volume', day: Day): Judgement {
    const { roleKey, isSure, grant } = owner;
    const scored = isSure ? owner.scored : possibleOwners(owner, day);
    const what = of === 'grant' ? 'the grant' : "the volume's grant";
    const who = roleKey === undefined ? 'SageMaker' : `the role ${roleNameOf(roleKey)}`;
    const facts = { ground: `${who} created ${what} when its instances were made`, keyArn: grant.keyArn };
    return scored.length === 0
      ? this.#judgements.none(`${who} created ${what} while no job that could have was alive`)
      : this.#judgements.found(isSure ? 'strong' : 'probable', bestFirst(scored, grant.timeMs), facts);
  }

  /**
   * Judges a use of a volume whose grant is unknown, by a service, or by SageMaker with the launcher's rights: it
   * belongs to a job that was starting and declares the key.
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
   */
  #judgeByStartingJobs(use: JudgedUse, day: Day): Judgement | undefined {
    const { accountId, region, keyArn, eventTimeMs, principal } = use;
    const isByService = isByAwsService(use);
    const mayBeLauncher = principal.via?.includes('sagemaker') === true;
    if (
      (!isByService && !mayBeLauncher) ||
      accountId === undefined ||
      region === undefined ||
      keyArn === undefined
    ) {
      return undefined;
    }
    day.ask(subject.regionJobs(accountId, region));
    const all = this.#regionJobsOf(accountId, region)?.startingWith(keyArn, eventTimeMs) ?? [];
    const starting = isByService ? all : all.filter(({ job }) => mayBe(job.launcher?.id, principal.id));
    const scored = bestFirst(
      starting.map((candidate) => ({ candidate, bits: evidence.declaredKey, place: undefined })),
      eventTimeMs,
    );
    const facts = {
      ground: isByService
        ? 'its instances were made when a service used the volume'
        : 'its instances were made when SageMaker used the volume with the rights of whoever launched it',
      keyArn,
    };
    return scored.length === 0 ? undefined : this.#judgements.found('probable', scored, facts);
  }
}

/**
 * The jobs that may own a grant, by how the day shows jobs to get their sessions: if they share sessions, all jobs that
 * were starting with the key; if the day shows nothing, these as well.
 */
function possibleOwners(
  { scored, starting }: GrantOwner & { kind: 'made' },
  day: Day,
): readonly ScoredCandidate[] {
  const isSessionKnown = scored.some(({ bits }) => (bits & evidence.session) !== 0);
  if (starting.length === 0 || isSessionKnown) {
    return scored;
  }
  day.ask(subject.habits);
  switch (habitsOf(day).habit) {
    case 'shared':
      return starting;
    case 'unknown':
      return [
        ...scored,
        ...starting.filter(({ candidate }) => !scored.some((each) => each.candidate === candidate)),
      ];
    default:
      return scored;
  }
}

/** The EBS volume that a use, or the grant that it creates, names. */
function volumeIn(use: JudgedUse): string | undefined {
  const inContext = use.encryptionContext?.['aws:ebs:id'];
  if (inContext !== undefined && isVolume(inContext)) {
    return inContext;
  }
  if (use.grant?.constraints === undefined) {
    return undefined;
  }
  for (const constraint of Object.values(use.grant.constraints)) {
    const volumeId = constraint['aws:ebs:id'];
    if (volumeId !== undefined && isVolume(volumeId)) {
      return volumeId;
    }
  }
  return undefined;
}

/**
 * Whether a use of a job's grant or volume may be the job's own: by its role, by a service, or by the pseudo role of
 * the instance that the volume is attached to. No other principal acts for the job.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/services-ebs.html
 */
function mayActFor(use: JudgedUse, roleKey: string | undefined): boolean {
  const { type, id, via } = use.principal;
  return (
    isByAwsService(use) ||
    via?.includes('sagemaker') === true ||
    (type === 'role' && id !== undefined && roleKey !== undefined && roleKeyOf(id) === roleKey)
  );
}

function isByAwsService({ principal: { type, id } }: JudgedUse): boolean {
  return type === 'service' || (id !== undefined && pseudoRoleOf(id) === 'aws:ec2-infrastructure');
}
