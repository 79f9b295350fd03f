import type { AuthorIndex } from './author-index.ts';
import type { Candidate } from './candidate.ts';
import { acquainted, isDoubtful, ofSession, isOfItsOwn, isSessionSound, ofJob } from './certainty.ts';
import { contrarySignOf, queryServiceOf } from './contrary-signs.ts';
import type { Day, Observation } from './day.ts';
import { evidence, ofPlace } from './evidence.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import type { JudgementBook } from './judgement-book.ts';
import { lessonsOf } from './lessons.ts';
import { LiveIndex } from './live-index.ts';
import { bestFirst, narrowed } from './narrow.ts';
import { roleNameOf } from './role-key.ts';
import { bucketOf } from './s3-path.ts';
import { isShared, names, type SessionBook } from './session-book.ts';
import { habitOf, isNamedLikeJobs } from './session-habit.ts';
import { type Sighting, sightingOf } from './sighting.ts';
import { subject } from './subjects.ts';
import { type Acquaintance, isNamedBySageMaker, type Weighed, weighAll } from './weigh.ts';

const nobody: readonly string[] = [];
const nothing: readonly Observation[] = [];

/** Judges the uses of one role. */
export class RoleJudge {
  readonly roleKey: string;
  readonly #roleName: string;
  readonly #issuedSubject: string;
  readonly #ground: string;
  readonly #olderGround: string;
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
    this.#olderGround = `${this.#ground}; the session is older, and may be one that jobs of the role share`;
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
    const known = this.#acquaintance(sighting, live.length > 1, day);
    const { weighed, standing, denials } = weighAll(live, sighting, known);
    if (weighed.length === 0) {
      return (
        (denials.has('session-older') ? this.#inOlderSession(use, sighting, live, known, day) : undefined) ??
        this.#book.denied(denials, this.#roleName)
      );
    }
    const query = queryServiceOf(use);
    if (query !== undefined && !weighed.some(({ bits }) => (bits & ofJob) !== 0)) {
      return this.#book.none(
        `the call was made through ${query}, in a session of ${this.#roleName} that is not known to be a job's`,
      );
    }
    if (this.#isForeign(sighting, day) && !weighed.some(({ bits }) => (bits & acquainted) !== 0)) {
      return this.#book.none(
        `SageMaker's assuming the role ${this.#roleName} is on record, and this session is none of those it began`,
      );
    }
    const found = bestFirst(narrowed(weighed, sighting.isOutput), sighting.timeMs);
    const [best] = found;
    if (best === undefined) {
      return this.#book.notAlive(this.#roleName);
    }
    const author = this.#authorOf(sighting, day, best);
    const facts = { ground: this.#ground, keyArn: sighting.keyArn, author };
    const left = found;
    if (found.every(({ bits, candidate }) => (bits & ofSession) === 0 && ((bits & evidence.laterSession) !== 0 || candidate.isLongLived))) {
      const older = denials.has('session-older') ? this.#placedInOlderSession(use, sighting, live, known, day) : [];
      const more = [...weighed.filter(({bits}) => (bits & evidence.sessionStart) !== 0), ...standing];
      const others = [...more, ...older].filter(({ candidate }) => !left.some((each) => each.candidate === candidate));
      if (others.length > 0) {
        return this.#book.ambiguous(bestFirst([...left, ...others], sighting.timeMs), { ...facts, ground: older.length > 0 ? this.#olderGround : this.#ground });
      }
    }
    if (author !== undefined && (best.bits & (evidence.input | ofJob)) === 0) {
      return this.#book.ambiguous(left, facts);
    }
    if (left.length === 1 && isDoubtful(best, sighting, known.sessions, day)) {
      return this.#book.ambiguous(left, facts);
    }
    const isStrong = isOfItsOwn(best, sighting) && isSessionSound(best, sighting, known.sessions, day);
    return this.#book.found(isStrong ? 'strong' : 'probable', left, facts);
  }

  /**
   * The jobs whose declared places a use lies in, though its session is older than they are: those of a role may share
   * sessions. Doubtful always, and not thought of where the day shows how jobs come by theirs, or it is known whose
   * this one is.
   */
  #inOlderSession(
    use: JudgedUse,
    sighting: Sighting,
    live: readonly Candidate[],
    known: Acquaintance,
    day: Day,
  ): Judgement | undefined {
    const left = bestFirst(this.#placedInOlderSession(use, sighting, live, known, day), sighting.timeMs);
    const [best] = left;
    return best === undefined
      ? undefined
      : this.#book.ambiguous(left, {
          ground: this.#olderGround,
          keyArn: sighting.keyArn,
          author: this.#authorOf(sighting, day, best),
        });
  }

  #placedInOlderSession(
    use: JudgedUse,
    sighting: Sighting,
    live: readonly Candidate[],
    known: Acquaintance,
    day: Day,
  ): readonly Weighed[] {
    if (
      !isNamedBySageMaker(sighting) ||
      queryServiceOf(use) !== undefined ||
      this.#isForeign(sighting, day)
    ) {
      return [];
    }
    const placed = weighAll(live, sighting, { ...known, sessions: 'shared' }).weighed.filter(
      ({ bits }) => (bits & (known.sessions !== 'unknown' ? (ofPlace & ~evidence.bucket) : ofPlace)) !== 0,
    );
    return narrowed(placed, sighting.isOutput);
  }

  /** What speaks against every job: in the call, or in others of its session that day. */
  #signAgainst(use: JudgedUse, { session }: Sighting, day: Day): string | undefined {
    const sign = contrarySignOf(use);
    if (sign !== undefined || session === undefined) {
      return sign;
    }
    day.ask(session.known);
    return day.observed(session.outside)[0];
  }

  #isForeign({ session, accessKeyHash, sessionStartMs, timeMs }: Sighting, day: Day): boolean {
    day.ask(this.#issuedSubject);
    return (
      session !== undefined &&
      this.#sessions.of(session.known).length === 0 &&
      this.#sessions.isForeign(this.roleKey, accessKeyHash, sessionStartMs, timeMs)
    );
  }

  /** What a use of this role teaches; whatever else is known. */
  observe(use: JudgedUse): readonly Observation[] {
    const live = this.#index.liveAt(use.eventTimeMs);
    return live.length === 0 ? nothing : lessonsOf(use, this.roleKey, live);
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
  #acquaintance(sighting: Sighting, isOfSeveral: boolean, day: Day): Acquaintance {
    const { session, keyArn } = sighting;
    let facts = noFacts;
    let observed = nobody;
    if (session !== undefined) {
      facts = this.#sessions.of(session.known);
      observed = day.observed(session.known);
    }
    let usersOfKey = nobody;
    // Who used the key tells in which order to list them.
    if (isOfSeveral && keyArn !== undefined) {
      const key = subject.keyOfRole(this.roleKey, keyArn);
      day.ask(key);
      usersOfKey = day.observed(key);
    }
    day.ask(subject.habits);
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

const noFacts: ReturnType<SessionBook['of']> = [];
