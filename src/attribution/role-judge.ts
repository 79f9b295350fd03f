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
import { type Sighting, sightingOf } from './sighting.ts';
import { subject } from './subjects.ts';
import { type Acquaintance, type Denial, type Weighed, weigh } from './weigh.ts';

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
const stranger: Acquaintance = { isSessionKnown: false, isSessionOf: () => false, usersOfKey: nobody };

/** Judges the uses of one role. */
export class RoleJudge {
  readonly roleKey: string;
  readonly #roleName: string;
  readonly #subject: string;
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
    const { weighed, denials } = this.weighed(live, sighting, this.#acquaintance(sighting, day));
    if (weighed.length === 0) {
      return this.#book.denied(denials, this.#roleName);
    }
    const sign = contrarySignOf(use);
    if (sign !== undefined) {
      return this.#book.none(`${sign}, so no job of the role ${this.#roleName} made it`);
    }
    const left = oneRunEach(bestFirst(narrowed(weighed, sighting.isWrite), sighting.timeMs));
    const [only, ...others] = left;
    const author = this.#authorOf(sighting, day, only);
    const facts = { roleName: this.#roleName, keyArn: sighting.keyArn, author };
    if (only === undefined || others.length > 0) {
      return this.#book.ambiguous(left, facts);
    }
    return this.#book.single((only.bits & evidence.ownObject) === 0 ? 'probable' : 'strong', only, facts);
  }

  /** What a use of this role teaches of its session and key, where its own evidence names one job. */
  observe(use: JudgedUse): readonly Observation[] {
    const live = this.#index.liveAt(use.eventTimeMs);
    if (live.length === 0) {
      return nothing;
    }
    const sighting = sightingOf(use, this.roleKey);
    if (sighting.path === undefined || contrarySignOf(use) !== undefined) {
      return nothing;
    }
    const [only, ...others] = narrowed(this.weighed(live, sighting, stranger).weighed, sighting.isWrite);
    if (only === undefined || others.length > 0 || (only.bits & evidence.ownObject) === 0) {
      return nothing;
    }
    const { id } = only.candidate.job;
    const observations: Observation[] = [];
    if (sighting.session !== undefined) {
      observations.push([sighting.session, id]);
    }
    if (sighting.keyArn !== undefined) {
      observations.push([subject.keyOfRole(this.roleKey, sighting.keyArn), id]);
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
    const facts = { roleName: this.#roleName, keyArn: grant.keyArn, of };
    const [only, ...others] = weighed;
    if (only === undefined) {
      return this.#book.none(
        `the ${of}'s grant was created by the role ${this.#roleName} while no job that could have was alive`,
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
      day.ask(session);
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
    };
  }

  /** The jobs that may have made a use, weighed, and why others cannot have. */
  weighed(
    live: readonly Candidate[],
    sighting: Sighting,
    known: Acquaintance,
  ): { readonly weighed: readonly Weighed[]; readonly denials: ReadonlySet<Denial> } {
    const weighed: Weighed[] = [];
    const denials = new Set<Denial>();
    for (const candidate of live) {
      const found = weigh(candidate, sighting, known);
      if (typeof found === 'string') {
        denials.add(found);
      } else if (!candidate.isLongLived || (found.bits & agreement) !== 0) {
        weighed.push(found);
      }
    }
    return { weighed, denials };
  }
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

/** What must agree before a resource that is always alive is thought of. */
const agreement =
  evidence.ownObject |
  evidence.session |
  evidence.sessionName |
  evidence.output |
  evidence.bucket |
  evidence.declaredKey;
