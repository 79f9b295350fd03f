import { type AuthorIndex, authorAt } from './author-index.ts';
import type { Candidate } from './candidate.ts';
import { isLikely, isOfItsOwn, isSessionSound, mayBeForeign, ofJob } from './certainty.ts';
import { queryServiceOf, signOfCall, signOfName } from './counter-evidence.ts';
import type { Day, Observation } from './day.ts';
import { evidence } from './evidence.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import type { JudgementCache } from './judgement-cache.ts';
import { LiveIndex } from './live-index.ts';
import { anyGroup, groupOf, nameStandingOf } from './name-habit.ts';
import { bestFirst, narrowed } from './narrow.ts';
import { observationsOf } from './observations.ts';
import { foreignSentence, outsiderSentence, unsupportedSentence } from './reasons.ts';
import { placedInAnySession, rivalsOf } from './rivals.ts';
import { roleNameOf } from './role-key.ts';
import {
  isNamedBySageMaker,
  type ScoredCandidate,
  type Scoring,
  scoreCandidates,
} from './score-candidates.ts';
import type { SessionContext } from './session-context.ts';
import { beginningOf, habitsOf, isRenewal } from './session-habit.ts';
import { isShared, namesJob, type SessionIndex } from './session-index.ts';
import { isNamedAfter } from './session-name.ts';
import { subject } from './subjects.ts';
import { featuresOf, type UseFeatures } from './use-features.ts';

const nobody: readonly string[] = [];
const nothing: readonly Observation[] = [];
const noneScored: readonly ScoredCandidate[] = [];

/** Judges the uses of one role. */
export class RoleJudge {
  readonly roleKey: string;
  readonly #roleName: string;
  readonly #issuedSubject: string;
  readonly #ground: string;
  readonly #sharedGround: string;
  readonly #index: LiveIndex<Candidate>;
  readonly #sessions: SessionIndex;
  readonly #authors: AuthorIndex;
  readonly #judgements: JudgementCache;

  constructor(
    roleKey: string,
    candidates: readonly Candidate[],
    sessions: SessionIndex,
    authors: AuthorIndex,
    judgements: JudgementCache,
  ) {
    this.roleKey = roleKey;
    this.#roleName = roleNameOf(roleKey);
    this.#issuedSubject = subject.issued(roleKey);
    this.#ground = `the role ${this.#roleName} and the time agree`;
    this.#sharedGround = `${this.#ground}; the session may be one that jobs of the role share`;
    this.#index = new LiveIndex(candidates);
    this.#sessions = sessions;
    this.#authors = authors;
    this.#judgements = judgements;
  }

  liveAt(timeMs: number): readonly Candidate[] {
    return this.#index.liveAt(timeMs);
  }

  judge(use: JudgedUse, day: Day): Judgement {
    const features = featuresOf(use, this.roleKey);
    const live = this.#liveFor(use, features);
    if (live.length === 0) {
      return this.#judgements.notAlive(this.#roleName);
    }
    const sign = this.#signAgainst(use, features, live, day);
    if (sign !== undefined) {
      return this.#judgements.none(outsiderSentence(sign, this.#roleName));
    }
    const known = this.#sessionContext(features, live, day);
    const scoring = scoreCandidates(live, features, known);
    const { scored, exclusions } = scoring;
    const isElsewhere = exclusions.has('session-older') || exclusions.has('session-of-another');
    const placed = (): readonly ScoredCandidate[] =>
      isElsewhere && this.#mayBeShared(use, features, day)
        ? placedInAnySession(live, features, known)
        : noneScored;
    if (scored.length === 0) {
      return this.#inSharedSession(placed(), exclusions, features, day);
    }
    const query = queryServiceOf(use);
    if (query !== undefined && !scored.some(({ bits }) => (bits & ofJob) !== 0)) {
      return this.#judgements.none(
        `the call was made through ${query}, in a session of ${this.#roleName} that is not known to be a job's`,
      );
    }
    const isForeign = this.#isForeign(features, day);
    if (isForeign && !scored.some((each) => mayBeForeign(each, features))) {
      return this.#judgements.none(foreignSentence(this.#roleName));
    }
    const left = bestFirst(narrowed(scored, features.isOutput), features.timeMs);
    const [best] = left;
    if (best === undefined) {
      return this.#judgements.notAlive(this.#roleName);
    }
    const rivals = rivalsOf(left, scoring, placed, features);
    if (rivals.length > 0) {
      const ground = isElsewhere ? this.#sharedGround : this.#ground;
      return this.#ambiguous([...left, ...rivals], ground, features, day);
    }
    const author = this.#authorOf(features, day, best);
    const facts = { ground: this.#ground, keyArn: features.keyArn, author };
    if (left.length > 1) {
      return this.#judgements.found('probable', left, facts);
    }
    const isUndeclaredReader = author !== undefined && (best.bits & (evidence.input | ofJob)) === 0;
    const sharing = features.session === undefined ? 0 : day.observed(features.session.sharing).length;
    const doubt = { habits: known.habits, sharing, isForeign, isUndeclaredReader };
    if (!isLikely(best, features, doubt)) {
      const others = scored.filter((each) => each !== best && isLikely(each, features, doubt));
      return others.length > 0
        ? this.#ambiguous([best, ...others], this.#ground, features, day)
        : this.#judgements.none(unsupportedSentence(best.candidate.job, this.#roleName));
    }
    const isStrong =
      !isForeign &&
      !isUndeclaredReader &&
      isOfItsOwn(best, features) &&
      isSessionSound(best, features, known.habits, day);
    return this.#judgements.found(isStrong ? 'strong' : 'probable', left, facts);
  }

  /** Judges a use whose session may only be one that jobs share, by the jobs that declare its place. */
  #inSharedSession(
    placed: readonly ScoredCandidate[],
    exclusions: Scoring['exclusions'],
    features: UseFeatures,
    day: Day,
  ): Judgement {
    const [only, ...others] = placed;
    if (only === undefined) {
      return this.#judgements.excluded(exclusions, this.#roleName);
    }
    // A session that began before the only job may be a person's, who reads what the job reads.
    const makesItsOwn = features.isOutput && (only.bits & evidence.ownObject) !== 0;
    const isNothingKnown = habitsOf(day).habit === 'unknown' && (only.bits & evidence.ownObject) === 0;
    return others.length > 0 || makesItsOwn || isNothingKnown
      ? this.#ambiguous(placed, this.#sharedGround, features, day)
      : this.#judgements.none(unsupportedSentence(only.candidate.job, this.#roleName));
  }

  #ambiguous(some: readonly ScoredCandidate[], ground: string, features: UseFeatures, day: Day): Judgement {
    const left = bestFirst(some, features.timeMs);
    const [best] = left;
    return this.#judgements.ambiguous(left, {
      ground,
      keyArn: features.keyArn,
      author: best === undefined ? undefined : this.#authorOf(features, day, best),
    });
  }

  /** Whether the session may be one that jobs of the role share. */
  #mayBeShared(use: JudgedUse, features: UseFeatures, day: Day): boolean {
    return (
      isNamedBySageMaker(features) && queryServiceOf(use) === undefined && !this.#isForeign(features, day)
    );
  }

  /** The jobs of the role that were alive; for a grant or a volume those in its Region, where their instances are. */
  #liveFor(use: JudgedUse, { region }: UseFeatures): readonly Candidate[] {
    const live = this.#index.liveAt(use.eventTimeMs);
    const isOfInstances =
      use.operation.endsWith('Grant') || use.encryptionContext?.['aws:ebs:id'] !== undefined;
    return isOfInstances ? live.filter(({ job }) => job.region === region) : live;
  }

  /**
   * Counter-evidence to every job: in the call, in other calls of its session that day, or in the session's name, unless
   * the session is known to be a job's or such names are.
   */
  #signAgainst(
    use: JudgedUse,
    { session, sessionName }: UseFeatures,
    live: readonly Candidate[],
    day: Day,
  ): string | undefined {
    if (session !== undefined) day.ask(session.known);
    const sign = signOfCall(use) ?? (session === undefined ? undefined : day.observed(session.outside)[0]);
    const signInName = signOfName(use);
    if (sign !== undefined || signInName === undefined || sessionName === undefined) {
      return sign;
    }
    const isKnown =
      session !== undefined &&
      (day.observed(session.known).length > 0 || this.#sessions.of(session.known).length > 0);
    const isOfJobs = live.some(
      ({ job }) =>
        isNamedAfter(sessionName, job.name) ||
        ['known', 'elsewhere'].includes(nameStandingOf('outsider', this.#groupOf(job.type, day), day)),
    );
    return isKnown || isOfJobs ? undefined : signInName;
  }

  /** The group of the role's jobs of a type whose sessions may be named alike. */
  #groupOf(jobType: string, day: Day): string {
    const group = groupOf(jobType, this.roleKey);
    day.ask(subject.names(group));
    day.ask(subject.names(anyGroup));
    return group;
  }

  /** Whether the session's credentials are known not to have been issued to SageMaker. */
  #isForeign({ session, accessKeyHash, sessionStartMs, timeMs }: UseFeatures, day: Day): boolean {
    day.ask(this.#issuedSubject);
    return (
      session !== undefined &&
      this.#sessions.of(session.known).length === 0 &&
      this.#sessions.isForeign(this.roleKey, accessKeyHash, sessionStartMs, timeMs) &&
      // Where a job worked in such a session, not all that SageMaker was issued is on record.
      !habitsOf(day).areUnissued
    );
  }

  /** Whether a job is known to have begun with another session. One whose access key was renewed began at one time. */
  #hasAnotherSession(jobId: string, sessionStartMs: number, day: Day): boolean {
    const begun = subject.begunWith(jobId);
    day.ask(begun);
    const known = day.observed(begun);
    return known.length > 0 && !known.includes(`${sessionStartMs}`);
  }

  readonly #isUnissued = ({ accessKeyHash, sessionStartMs, timeMs }: UseFeatures): boolean =>
    this.#sessions.isForeign(this.roleKey, accessKeyHash, sessionStartMs, timeMs);

  /** The observations of a use of this role. They do not depend on other observations. */
  observe(use: JudgedUse): readonly Observation[] {
    const live = this.#index.liveAt(use.eventTimeMs);
    return live.length === 0 ? nothing : observationsOf(use, this.roleKey, live, this.#isUnissued);
  }

  /** The ARN of the author of what is read, if the path shows that another job wrote it. */
  #authorOf({ path, isWrite, timeMs }: UseFeatures, day: Day, reader: ScoredCandidate): string | undefined {
    if (path === undefined || isWrite || (reader.bits & evidence.ownObject) !== 0) {
      return undefined;
    }
    const folder = this.#authors.folderOf(path);
    for (const about of folder.subjects) {
      day.ask(about);
    }
    const arn = authorAt(folder, timeMs)?.job.arn;
    return arn === reader.candidate.job.arn ? undefined : arn;
  }

  /** What is known about the session and the key besides the use itself. */
  #sessionContext(features: UseFeatures, live: readonly Candidate[], day: Day): SessionContext {
    const { session, sessionStartMs, keyArn } = features;
    let facts = noFacts;
    let observed = nobody;
    if (session !== undefined) {
      facts = this.#sessions.of(session.known);
      observed = day.observed(session.known);
    }
    const placed = session === undefined ? nobody : day.observed(session.placed);
    let usersOfKey = nobody;
    // Earlier users of the key only decide the order of several jobs.
    if (live.length > 1 && keyArn !== undefined) {
      const key = subject.keyOfRole(this.roleKey, keyArn);
      day.ask(key);
      usersOfKey = day.observed(key);
    }
    day.ask(subject.habits);
    // Without an access key a session is known by its second, in which those of several jobs may have begun.
    const worked = isOneOfSeveral(features, live) ? nobody : observed;
    return {
      isSessionKnown: facts.length > 0 || worked.length > 0,
      isSessionOf: (candidate) =>
        worked.includes(candidate.job.id) || facts.some((fact) => namesJob(fact, candidate)),
      isSessionPlacedBy: ({ job }) => placed.includes(job.id),
      isRenewalOf: ({ job }) => {
        const begun = [subject.sessionsWith(job.id), subject.later(job.id)];
        for (const about of begun) day.ask(about);
        return begun
          .flatMap((about) => day.observed(about))
          .some((startMs) => isRenewal(sessionStartMs, Number(startMs)));
      },
      usersOfKey,
      habits: isShared(facts) ? { ...habitsOf(day), habit: 'shared' } : habitsOf(day),
      hasAnotherSession: ({ job }) =>
        sessionStartMs !== undefined && this.#hasAnotherSession(job.id, sessionStartMs, day),
      mayHaveAnotherSession: ({ job }) => {
        const begun = subject.sessionsWith(job.id);
        day.ask(begun);
        return day.observed(begun).some((startMs) => startMs !== `${sessionStartMs}`);
      },
      nameStanding: (kind, jobType) => nameStandingOf(kind, this.#groupOf(jobType, day), day),
    };
  }
}

/** Whether the session is told from others only by its second, and several live jobs may have begun then. */
function isOneOfSeveral({ accessKeyHash, sessionStartMs }: UseFeatures, live: readonly Candidate[]): boolean {
  if (accessKeyHash !== undefined || sessionStartMs === undefined) return false;
  return live.filter((candidate) => beginningOf(sessionStartMs, candidate) === 'first').length > 1;
}

const noFacts: ReturnType<SessionIndex['of']> = [];
