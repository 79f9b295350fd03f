import type { AuthorIndex } from './author-index.ts';
import type { Candidate } from './candidate.ts';
import { contrarySignOf, queryServiceOf } from './contrary-signs.ts';
import { evidence } from './evidence.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import type { JudgementBook } from './judgement-book.ts';
import { LiveIndex } from './live-index.ts';
import { bestFirst, narrowed } from './narrow.ts';
import { isStarting } from './place-jobs.ts';
import { roleNameOf } from './role-key.ts';
import { bucketOf } from './s3-path.ts';
import { isShared, names, type SessionBook } from './session-book.ts';
import { kindOfSessionName, type SessionNameKind, sessionNameKinds } from './session-name.ts';
import { type Sighting, sightingOf } from './sighting.ts';
import { subject } from './subjects.ts';
import {
  type Acquaintance,
  beginningOf,
  type SessionHabit,
  stranger,
  type Weighed,
  weighAll,
} from './weigh.ts';

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
/** Of a use that is looked at for what it teaches, whatever its session. */
const openMinded: Acquaintance = { ...stranger, sessions: 'shared' };

/** Judges the uses of one role. */
export class RoleJudge {
  readonly roleKey: string;
  readonly #roleName: string;
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
    const live = this.#index.liveAt(use.eventTimeMs);
    if (live.length === 0) {
      return this.#book.notAlive(this.#roleName);
    }
    const sighting = sightingOf(use, this.roleKey);
    const sign = this.#signAgainst(use, sighting, day);
    if (sign !== undefined) {
      return this.#book.none(`${sign}, so no job of the role ${this.#roleName} made it`);
    }
    const known = this.#acquaintance(sighting, day);
    const { weighed, denials } = weighAll(live, sighting, known);
    if (weighed.length === 0) {
      return this.#book.denied(denials, this.#roleName);
    }
    const query = queryServiceOf(use);
    if (query !== undefined && !weighed.some(({ bits }) => (bits & ofJob) !== 0)) {
      return this.#book.none(
        `the call was made through ${query}, in a session of ${this.#roleName} that is not known to be a job's`,
      );
    }
    if (this.#isForeign(sighting, day) && !weighed.some(({ bits }) => (bits & acquainted) !== 0)) {
      return this.#book.none(
        `SageMaker's taking on of sessions of the role ${this.#roleName} is on record, and this session is none of them`,
      );
    }
    const left = bestFirst(narrowed(weighed, sighting.isOutput), sighting.timeMs);
    const [best, ...others] = left;
    if (best === undefined) {
      return this.#book.notAlive(this.#roleName);
    }
    const author = this.#authorOf(sighting, day, best);
    const facts = { ground: this.#ground, keyArn: sighting.keyArn, author };
    if (others.length === 0 && isDoubtful(best, sighting.isWrite)) {
      return this.#book.ambiguous(left, facts);
    }
    const isStrong = isOfItsOwn(best, sighting) && isSessionSound(best, sighting, known.sessions, day);
    return this.#book.found(isStrong ? 'strong' : 'probable', left, facts);
  }

  /** What speaks against every job: in the call, or in others of its session that day. */
  #signAgainst(use: JudgedUse, { session }: Sighting, day: Day): string | undefined {
    const sign = contrarySignOf(use);
    if (sign !== undefined || session === undefined) {
      return sign;
    }
    day.ask(session);
    return day.observed(subject.outside(session))[0];
  }

  #isForeign({ session, accessKeyHash, sessionStartMs, timeMs }: Sighting, day: Day): boolean {
    day.ask(this.#issuedSubject);
    return (
      session !== undefined &&
      this.#sessions.of(session).length === 0 &&
      this.#sessions.isForeign(this.roleKey, accessKeyHash, sessionStartMs, timeMs)
    );
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
    const { session } = sighting;
    const sign = contrarySignOf(use);
    if (sign !== undefined) {
      return session === undefined ? nothing : [[subject.outside(session), sign]];
    }
    if (queryServiceOf(use) !== undefined) {
      return nothing;
    }
    if (sighting.path === undefined || !sighting.isWrite) {
      return use.operation === 'CreateGrant' ? this.#lessonsOfVolume(live, sighting) : nothing;
    }
    const [only, ...others] = narrowed(weighAll(live, sighting, openMinded).weighed, true);
    if (only === undefined || others.length > 0 || !isOfItsOwn(only, sighting)) {
      return nothing;
    }
    return this.#lessonsOf(only, sighting);
  }

  /** The grant of a volume shows when sessions begin, where one job alone was being given its instances. */
  #lessonsOfVolume(
    live: readonly Candidate[],
    { keyArn, sessionStartMs, timeMs }: Sighting,
  ): readonly Observation[] {
    const [only, ...others] = live.filter(
      (candidate) =>
        keyArn !== undefined && candidate.volumeKeys.arns.has(keyArn) && isStarting(candidate, timeMs),
    );
    if (only === undefined || others.length > 0 || sessionStartMs === undefined) {
      return nothing;
    }
    const habit = beginningOf(sessionStartMs, only) === 'first' ? 'first' : 'shared';
    return [[subject.sessions[habit], only.job.id]];
  }

  #lessonsOf({ candidate }: Weighed, sighting: Sighting): readonly Observation[] {
    const { session, sessionName, sessionStartMs, keyArn, timeMs } = sighting;
    const { id, name } = candidate.job;
    const lessons: Observation[] = [];
    const when = sessionStartMs === undefined ? 'first' : beginningOf(sessionStartMs, candidate);
    if (sessionStartMs !== undefined) {
      lessons.push(
        ...habitsShown(when, timeMs - candidate.startedMs).map(
          (habit): Observation => [subject.sessions[habit], id],
        ),
      );
    }
    if (session !== undefined) {
      lessons.push([subject.sharing(session), id]);
    }
    if (when === 'before' || when === 'between') {
      return lessons;
    }
    if (session !== undefined) {
      lessons.push([session, id], [subject.sessionsOf(id), id]);
    }
    if (keyArn !== undefined) {
      lessons.push([subject.keyOfRole(this.roleKey, keyArn), id]);
    }
    if (sessionName !== undefined) {
      lessons.push([subject.sessionsNamed[kindOfSessionName(sessionName, name)], id]);
    }
    return lessons;
  }

  /** Who wrote what is read, where its path tells that another job did. */
  #authorOf({ path, isWrite, timeMs }: Sighting, day: Day, reader: Weighed): string | undefined {
    if (path === undefined || isWrite || (reader.bits & evidence.ownObject) !== 0) {
      return undefined;
    }
    day.ask(subject.written(bucketOf(path)));
    const arn = this.#authors.authorOf(path, timeMs)?.job.arn;
    return arn === reader.candidate.job.arn ? undefined : arn;
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
      sessions: isShared(facts) ? 'shared' : habitOf(day),
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

/** What shows a session to be a job's. */
const ofJob = evidence.session | evidence.sessionName;

/** What a job's own session shows, whether or not its beginning is on record. */
const acquainted = evidence.ownObject | evidence.session | evidence.sessionName;

/**
 * Whether nothing ties a use to the only job left but that it was alive: the session began long after it and may as
 * well be of a person who took on the role, or the resource is one in which people work.
 */
function isDoubtful({ candidate, bits }: Weighed, isWrite: boolean): boolean {
  if ((bits & (evidence.session | evidence.sessionName | evidence.sessionStart)) !== 0) {
    return false;
  }
  const isOwn = (bits & evidence.ownObject) !== 0;
  return candidate.isLongLived ? !isOwn : (bits & evidence.laterSession) !== 0 && !(isOwn && isWrite);
}

/**
 * Whether nothing of the session makes it doubtful that a job's own object was touched by the job: that it is none of
 * the first ones, or that the job is known to have another and this one only reads. What lives for months has to have
 * new sessions.
 */
function isSessionSound(
  { candidate, bits }: Weighed,
  { isWrite, session }: Sighting,
  habit: SessionHabit,
  day: Day,
): boolean {
  if ((bits & evidence.sessionName) !== 0) {
    return true;
  }
  if (habit === 'shared') {
    return session === undefined || day.observed(subject.sharing(session)).length > 1;
  }
  if ((bits & evidence.laterSession) !== 0) {
    return isWrite && candidate.isLongLived;
  }
  return (
    isWrite ||
    (bits & evidence.session) !== 0 ||
    day.observed(subject.sessionsOf(candidate.job.id)).length === 0
  );
}

/** For how long a job must have worked before a session that is still its first shows that they last. */
const longerThanSessionsMs = 90 * 60_000;

/** What a job's work in a session shows of how jobs come by their sessions. */
function habitsShown(
  when: ReturnType<typeof beginningOf>,
  workedMs: number,
): readonly ('first' | 'follow' | 'last' | 'shared')[] {
  switch (when) {
    case 'before':
    case 'between':
      return ['shared'];
    case 'first':
      return workedMs >= longerThanSessionsMs ? ['first', 'last'] : ['first'];
    case 'later':
      return ['follow'];
    default:
      return when satisfies never;
  }
}

/** The habit that enough jobs showed; sharing only where as many shared as had one of their own. */
function habitOf(day: Day): SessionHabit {
  const jobs = (habit: 'first' | 'follow' | 'last' | 'shared'): number =>
    day.observed(subject.sessions[habit]).length;
  const shared = jobs('shared');
  if (shared >= enoughNamed && shared >= jobs('first')) {
    return 'shared';
  }
  if (jobs('last') >= enoughNamed && jobs('last') >= jobs('follow') * oneIn) {
    return 'last';
  }
  return jobs('follow') >= enoughNamed ? 'follow' : 'unknown';
}

/**
 * How many jobs' sessions have to be known before one that is named otherwise is thought not to be a job's, and of
 * how many of them at least one has to be named like it.
 */
const enoughNamed = 3;
const oneIn = 4;

function isNamedLikeJobs(kind: SessionNameKind, day: Day): boolean {
  let named = 0;
  for (const other of sessionNameKinds) {
    named += day.observed(subject.sessionsNamed[other]).length;
  }
  return named < enoughNamed || day.observed(subject.sessionsNamed[kind]).length * oneIn >= named;
}

const noFacts: ReturnType<SessionBook['of']> = [];
