import { type AuthorIndex, authorAt } from './author-index.ts';
import type { Candidate } from './candidate.ts';
import { evenForeign, isDoubtful, isOfItsOwn, isSessionSound, ofJob } from './certainty.ts';
import { contrarySignOf, queryServiceOf } from './contrary-signs.ts';
import type { Day, Observation } from './day.ts';
import { evidence } from './evidence.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import type { JudgementBook } from './judgement-book.ts';
import { lessonsOf } from './lessons.ts';
import { LiveIndex } from './live-index.ts';
import { bestFirst, narrowed } from './narrow.ts';
import { placedWhateverSession, rivalsOf } from './rivals.ts';
import { roleNameOf } from './role-key.ts';
import { isShared, names, type SessionBook } from './session-book.ts';
import { habitOf, isNamedLikeJobs } from './session-habit.ts';
import { type Sighting, sightingOf } from './sighting.ts';
import { subject } from './subjects.ts';
import { type Acquaintance, isNamedBySageMaker, type Weighed, weighAll } from './weigh.ts';

const nobody: readonly string[] = [];
const nothing: readonly Observation[] = [];
const nobodyWeighed: readonly Weighed[] = [];

/** Judges the uses of one role. */
export class RoleJudge {
  readonly roleKey: string;
  readonly #roleName: string;
  readonly #issuedSubject: string;
  readonly #ground: string;
  readonly #sharedGround: string;
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
    this.#sharedGround = `${this.#ground}; the session may be one that jobs of the role share`;
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
    const weighing = weighAll(live, sighting, known);
    const { weighed, denials } = weighing;
    const isElsewhere = denials.has('session-older') || denials.has('session-of-another');
    const placed = (): readonly Weighed[] =>
      isElsewhere && this.#mayBeShared(use, sighting, day)
        ? placedWhateverSession(live, sighting, known)
        : nobodyWeighed;
    if (weighed.length === 0) {
      const others = placed();
      return others.length === 0
        ? this.#book.denied(denials, this.#roleName)
        : this.#ambiguous(others, this.#sharedGround, sighting, day);
    }
    const query = queryServiceOf(use);
    if (query !== undefined && !weighed.some(({ bits }) => (bits & ofJob) !== 0)) {
      return this.#book.none(
        `the call was made through ${query}, in a session of ${this.#roleName} that is not known to be a job's`,
      );
    }
    const isForeign = this.#isForeign(sighting, day);
    if (isForeign && !weighed.some(({ bits }) => (bits & evenForeign) !== 0)) {
      return this.#book.none(
        `SageMaker's assuming the role ${this.#roleName} is on record, and this session is none of those it began`,
      );
    }
    const left = bestFirst(narrowed(weighed, sighting.isOutput), sighting.timeMs);
    const [best] = left;
    if (best === undefined) {
      return this.#book.notAlive(this.#roleName);
    }
    const rivals = rivalsOf(left, weighing, placed, sighting);
    if (rivals.length > 0) {
      const ground = isElsewhere ? this.#sharedGround : this.#ground;
      return this.#ambiguous([...left, ...rivals], ground, sighting, day);
    }
    const author = this.#authorOf(sighting, day, best);
    const facts = { ground: this.#ground, keyArn: sighting.keyArn, author };
    const isDeclaredReader = author === undefined || (best.bits & (evidence.input | ofJob)) !== 0;
    if (
      isForeign ||
      !isDeclaredReader ||
      (left.length === 1 && isDoubtful(best, sighting, known.sessions, day))
    ) {
      return this.#book.ambiguous(left, facts);
    }
    const isStrong = isOfItsOwn(best, sighting) && isSessionSound(best, sighting, known.sessions, day);
    return this.#book.found(isStrong ? 'strong' : 'probable', left, facts);
  }

  #ambiguous(some: readonly Weighed[], ground: string, sighting: Sighting, day: Day): Judgement {
    const left = bestFirst(some, sighting.timeMs);
    const [best] = left;
    return this.#book.ambiguous(left, {
      ground,
      keyArn: sighting.keyArn,
      author: best === undefined ? undefined : this.#authorOf(sighting, day, best),
    });
  }

  /** Whether jobs of the role may have worked in a session that does not seem to be theirs. */
  #mayBeShared(use: JudgedUse, sighting: Sighting, day: Day): boolean {
    return (
      isNamedBySageMaker(sighting) && queryServiceOf(use) === undefined && !this.#isForeign(sighting, day)
    );
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
    const folder = this.#authors.folderOf(path);
    for (const about of folder.subjects) {
      day.ask(about);
    }
    const arn = authorAt(folder, timeMs)?.job.arn;
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
