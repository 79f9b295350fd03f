import type { GrantFact } from '../sagemaker/job-fact.ts';
import type { AuthorIndex } from './author-index.ts';
import type { Candidate } from './candidate.ts';
import { contrarySignOf } from './contrary-signs.ts';
import { evidence } from './evidence.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import type { JudgementBook } from './judgement-book.ts';
import { LiveIndex } from './live-index.ts';
import { bestFirst, narrowed } from './narrow.ts';
import { roleNameOf } from './role-key.ts';
import { bucketOf } from './s3-path.ts';
import { names, type SessionBook } from './session-book.ts';
import { kindOfSessionName, type SessionNameKind, sessionNameKinds } from './session-name.ts';
import { type Sighting, sightingOf } from './sighting.ts';
import { subject } from './subjects.ts';
import { type Acquaintance, stranger, type Weighed, weighAll } from './weigh.ts';

/** What the uses of a day told of sessions and keys, and where to say what a judgement hung on. */
export interface Day {
  /** Ids of the jobs that the day's observations tied to a subject. */
  observed(subject: string): readonly string[];
  /** Called with every subject whose evidence the answer hung on, also where there was none. */
  ask(subject: string): void;
}

/** That a use ties a subject to a job, by the job's id. */
export type Observation = readonly [subject: string, jobId: string];

const nobody: readonly string[] = [];
const nothing: readonly Observation[] = [];

/** Judges the uses of one role. */
export class RoleJudge {
  readonly roleKey: string;
  readonly #roleName: string;
  readonly #subject: string;
  readonly #issuedSubject: string;
  readonly #ground: string;
  readonly #index: LiveIndex<Candidate>;
  readonly #sessions: SessionBook;
  readonly #authors: AuthorIndex;
  readonly #book: JudgementBook;

  constructor(
    roleKey: string,
    candidates: readonly Candidate[],
    sessions: SessionBook,
    authors: AuthorIndex,
    book: JudgementBook,
  ) {
    this.roleKey = roleKey;
    this.#roleName = roleNameOf(roleKey);
    this.#subject = subject.role(roleKey);
    this.#issuedSubject = subject.issued(roleKey);
    this.#ground = `the role ${this.#roleName} and the time agree`;
    this.#index = new LiveIndex(candidates);
    this.#sessions = sessions;
    this.#authors = authors;
    this.#book = book;
  }

  liveAt(timeMs: number): readonly Candidate[] {
    return this.#index.liveAt(timeMs);
  }

  judge(use: JudgedUse, day: Day): Judgement {
    day.ask(this.#subject);
    const live = this.#index.liveAt(use.eventTimeMs);
    if (live.length === 0) {
      return this.#book.none(`no SageMaker job of the role ${this.#roleName} was alive`);
    }
    const sighting = sightingOf(use, this.roleKey);
    const sign = this.#signAgainst(use, sighting, day);
    if (sign !== undefined) {
      return this.#book.none(`${sign}, so no job of the role ${this.#roleName} made it`);
    }
    const { weighed, denials } = weighAll(live, sighting, this.#acquaintance(sighting, day));
    if (weighed.length === 0) {
      return this.#book.denied(denials, this.#roleName);
    }
    const left = oneRunEach(bestFirst(narrowed(weighed, sighting.isWrite), sighting.timeMs));
    const [only, ...others] = left;
    const author = this.#authorOf(sighting, day, only);
    const facts = { ground: this.#ground, keyArn: sighting.keyArn, author };
    if (only === undefined || others.length > 0) {
      return this.#book.ambiguous(left, facts);
    }
    return this.#book.single(isOfItsOwn(only, sighting) ? 'strong' : 'probable', only, facts);
  }

  /** What speaks against every job: in the call, in others of its session that day, in where its session is from. */
  #signAgainst(
    use: JudgedUse,
    { session, accessKeyHash, sessionStartMs }: Sighting,
    day: Day,
  ): string | undefined {
    const sign = contrarySignOf(use);
    if (sign !== undefined || session === undefined) {
      return sign;
    }
    day.ask(session);
    const [ofSession] = day.observed(subject.outside(session));
    if (ofSession !== undefined) {
      return ofSession;
    }
    day.ask(this.#issuedSubject);
    return this.#sessions.of(session).length === 0 &&
      this.#sessions.isForeign(this.roleKey, accessKeyHash, sessionStartMs)
      ? 'the sessions of the role that SageMaker took on are on record, and this is none of them'
      : undefined;
  }

  /**
   * What a use of this role teaches of its session and key: where it makes an object that only one job does, and
   * where it is none of a job's.
   */
  observe(use: JudgedUse): readonly Observation[] {
    const live = this.#index.liveAt(use.eventTimeMs);
    if (live.length === 0) {
      return nothing;
    }
    const sighting = sightingOf(use, this.roleKey);
    const { session, keyArn } = sighting;
    const sign = contrarySignOf(use);
    if (sign !== undefined) {
      return session === undefined ? nothing : [[subject.outside(session), sign]];
    }
    if (sighting.path === undefined || !sighting.isWrite) {
      return nothing;
    }
    const [only, ...others] = narrowed(weighAll(live, sighting, stranger).weighed, true);
    if (only === undefined || others.length > 0 || !isOfItsOwn(only, sighting)) {
      return nothing;
    }
    const { id, name } = only.candidate.job;
    const observations: Observation[] = [];
    if (session !== undefined) {
      observations.push([session, id]);
    }
    if (keyArn !== undefined) {
      observations.push([subject.keyOfRole(this.roleKey, keyArn), id]);
    }
    if (sighting.sessionName !== undefined) {
      observations.push([subject.sessionsNamed(kindOfSessionName(sighting.sessionName, name)), id]);
    }
    return observations;
  }

  /** Whose a grant of this role is, or the volume that it is for. */
  judgeGrant(
    of: 'grant' | 'volume',
    weighed: readonly Weighed[],
    isSure: boolean,
    grant: GrantFact,
  ): Judgement {
    const ground = `the role ${this.#roleName} created the ${of === 'grant' ? 'grant' : "volume's grant"} in its time`;
    const facts = { ground, keyArn: grant.keyArn };
    const [only, ...others] = weighed;
    if (only === undefined) {
      return this.#book.none(
        `the ${of === 'grant' ? 'grant' : "volume's grant"} was created by the role ${this.#roleName} while no job that could have was alive`,
      );
    }
    return others.length === 0
      ? this.#book.single(isSure ? 'strong' : 'probable', only, facts)
      : this.#book.ambiguous(bestFirst(weighed, grant.timeMs), facts);
  }

  /** Who wrote what is read, where its path tells that another job did. */
  #authorOf({ path, isWrite, timeMs }: Sighting, day: Day, reader: Weighed | undefined): string | undefined {
    if (path === undefined || isWrite || (reader !== undefined && (reader.bits & evidence.ownObject) !== 0)) {
      return undefined;
    }
    day.ask(subject.written(bucketOf(path)));
    const arn = this.#authors.authorOf(path, timeMs)?.job.arn;
    return arn === reader?.candidate.job.arn ? undefined : arn;
  }

  /** What is known of the session and the key beside the use itself. */
  #acquaintance(sighting: Sighting, day: Day): Acquaintance {
    const { session, keyArn } = sighting;
    let facts = noFacts;
    let observed = nobody;
    if (session !== undefined) {
      facts = this.#sessions.of(session);
      observed = day.observed(session);
    }
    let usersOfKey = nobody;
    if (keyArn !== undefined) {
      usersOfKey = day.observed(subject.keyOfRole(this.roleKey, keyArn));
    }
    return {
      isSessionKnown: facts.length > 0 || observed.length > 0,
      isSessionOf: (candidate) =>
        observed.includes(candidate.job.id) || facts.some((fact) => names(fact, candidate)),
      usersOfKey,
      isNamedLikeJobs: (kind) => isNamedLikeJobs(kind, day),
    };
  }
}

/**
 * Whether an object in a job's own place was made or read by the job. A reader may be a person: it is the job where
 * its session is, began with it, or is not told.
 */
function isOfItsOwn({ bits }: Weighed, { isWrite, sessionStartMs }: Sighting): boolean {
  return (
    (bits & evidence.ownObject) !== 0 &&
    (isWrite ||
      sessionStartMs === undefined ||
      (bits & (evidence.session | evidence.sessionName | evidence.sessionStart)) !== 0)
  );
}

/** How many jobs' sessions have to be known before one that is named otherwise is thought not to be a job's. */
const enoughNamed = 3;

function isNamedLikeJobs(kind: SessionNameKind, day: Day): boolean {
  if (day.observed(subject.sessionsNamed(kind)).length > 0) {
    return true;
  }
  let named = 0;
  for (const other of sessionNameKinds) {
    named += day.observed(subject.sessionsNamed(other)).length;
  }
  return named < enoughNamed;
}

/** Two runs of one name count as one job: the better one stands for it. */
function oneRunEach(weighed: readonly Weighed[]): readonly Weighed[] {
  if (weighed.length < 2) {
    return weighed;
  }
  const arns = new Set<string>();
  return weighed.filter(({ candidate: { job } }) => !arns.has(job.arn) && arns.add(job.arn));
}

const noFacts: ReturnType<SessionBook['of']> = [];
