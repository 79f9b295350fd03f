import type { GrantFact } from '../sagemaker/job-fact.ts';
import { compareTexts } from '../text/text-order.ts';
import { beforeCreationMs, type Candidate, provisioningMs } from './candidate.ts';
import { counterEvidenceOf } from './counter-evidence.ts';
import type { Day } from './day.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import type { JudgementCache } from './judgement-cache.ts';
import type { ReadGrants } from './read-grants.ts';
import type { RoleJudge } from './role-judge.ts';
import { roleKeyOf } from './role-key.ts';
import type { RunningResource } from './running-resource.ts';
import { isBelow } from './s3-path.ts';
import { subject } from './subjects.ts';
import { isWrite } from './use-features.ts';

/** The part of a record that names a resource. */
export type NamedBy = 'the encryption context' | "the grant's constraint" | 'the scope of the credentials';

/** Judges the uses that name a resource by its ARN. */
export class NamedJudge {
  readonly #runs: ReadonlyMap<string, readonly Candidate[]>;
  readonly #judgeOf: (roleKey: string) => RoleJudge | undefined;
  readonly #readGrants: ReadGrants;
  readonly #judgements: JudgementCache;

  /** @param runs by ARN, ordered by their creation */
  constructor(
    runs: ReadonlyMap<string, readonly Candidate[]>,
    judgeOf: (roleKey: string) => RoleJudge | undefined,
    readGrants: ReadGrants,
    judgements: JudgementCache,
  ) {
    this.#readGrants = readGrants;
    this.#runs = runs;
    this.#judgeOf = judgeOf;
    this.#judgements = judgements;
  }

  /**
   * The named resource made the use, unless it had ended: then a later job of its role, or somebody else, reads its
   * data.
   */
  judge(resource: RunningResource, by: NamedBy, use: JudgedUse, day: Day): Judgement {
    day.ask(subject.arn(resource.arn));
    const run = runAt(this.#runs.get(resource.arn) ?? [], use.eventTimeMs);
    const sentence = `${by} names ${resource.arn}`;
    if (by === 'the scope of the credentials') {
      return this.#judgements.exactly(resource, run, sentence);
    }
    if (run !== undefined && isOfSomebodyElse(use, run)) {
      return this.#judgements.written(
        resource.arn,
        `${sentence}, but neither its role nor a service used the key`,
      );
    }
    day.ask(subject.regionJobs(resource.accountId, resource.region));
    const readers = this.#readersOf(resource, run, use);
    if (readers.length > 0) {
      return this.#judgements.reading(
        'exact',
        readers,
        resource.arn,
        `${sentence}, whose data a grant gave to this job when it was created`,
      );
    }
    if (run === undefined) {
      return this.#judgements.exactly(resource, undefined, sentence);
    }
    const isAlive = use.eventTimeMs >= run.fromMs - provisioningMs && use.eventTimeMs < run.toMs;
    return isAlive && !this.#isReadByLater(run, use, day)
      ? this.#judgements.exactly(resource, run, sentence)
      : this.#read(resource, run, use, day, sentence);
  }

  /** Judges a use of a grant that names a resource: it belongs to the job that the grant was created for. */
  judgeOfGrant(resource: RunningResource, grant: GrantFact, use: JudgedUse, day: Day): Judgement {
    day.ask(subject.arn(resource.arn));
    day.ask(subject.regionJobs(resource.accountId, resource.region));
    const run = runAt(this.#runs.get(resource.arn) ?? [], grant.timeMs);
    const sentence = `the grant's constraint names ${resource.arn}`;
    if (run !== undefined && isOfSomebodyElse(use, run)) {
      return this.#judgements.written(
        resource.arn,
        `${sentence}, but neither its role nor a service used the key`,
      );
    }
    const readers = this.#readGrants.createdAt(resource, grant.timeMs);
    return readers.length > 0
      ? this.#judgements.reading(
          'exact',
          readers,
          resource.arn,
          `${sentence}, whose data a grant gave to this job when it was created`,
        )
      : this.#judgements.exactly(resource, run, sentence);
  }

  /** The jobs that read the data of another under a grant: of its creation, or of a later use that does not write. */
  #readersOf(
    resource: RunningResource,
    author: Candidate | undefined,
    { operation, eventTimeMs }: JudgedUse,
  ): readonly Candidate[] {
    if (operation === 'CreateGrant') {
      return this.#readGrants.createdAt(resource, eventTimeMs);
    }
    const mayBeOver = author === undefined || !author.isEndKnown || eventTimeMs >= author.toMs;
    return mayBeOver && !isWrite(operation) ? this.#readGrants.readersOf(resource.arn, eventTimeMs) : [];
  }

  /** Judges a use that names a job which had ended: a later job of its role reads what it wrote. */
  #read(resource: RunningResource, author: Candidate, use: JudgedUse, day: Day, sentence: string): Judgement {
    const readers = this.#laterJobs(author, use, day);
    const declaring = readers.filter((reader) => readsFrom(reader, author));
    const [reader] = declaring.length > 0 ? declaring : readers;
    if (declaring.length === 1 && reader !== undefined) {
      return this.#judgements.reading(
        'exact',
        [reader],
        resource.arn,
        `${sentence}, which was over; ${reader.job.name} of its role declares that job's output as its input`,
      );
    }
    if (reader === undefined) {
      return this.#judgements.written(
        resource.arn,
        `${sentence}, which was over, and no later job of its role was alive`,
      );
    }
    const left = declaring.length > 0 ? declaring : readers;
    return this.#judgements.reading(
      'probable',
      left,
      resource.arn,
      `${sentence}, which was over; of its role ${left.length === 1 ? 'only this job' : 'several jobs'} then read`,
    );
  }

  /**
   * Whether a job of which no record shows the end was over: a later one of its role that declares its output as input
   * was alive, and data is read.
   */
  #isReadByLater(run: Candidate, use: JudgedUse, day: Day): boolean {
    return (
      !run.isEndKnown &&
      !isWrite(use.operation) &&
      use.operation !== 'CreateGrant' &&
      this.#laterJobs(run, use, day).some((later) => readsFrom(later, run))
    );
  }

  #laterJobs(author: Candidate, use: JudgedUse, day: Day): readonly Candidate[] {
    const found = new Map<string, Candidate>();
    for (const roleArn of author.job.roleArns) {
      const roleKey = roleKeyOf(roleArn);
      if (roleKey === undefined) {
        continue;
      }
      day.ask(subject.role(roleKey));
      for (const candidate of this.#judgeOf(roleKey)?.liveAt(use.eventTimeMs) ?? []) {
        if (candidate.job.type === author.job.type && candidate.createdMs > author.createdMs) {
          found.set(candidate.job.id, candidate);
        }
      }
    }
    return [...found.values()].sort((a, b) => b.startedMs - a.startedMs || compareTexts(a.job.id, b.job.id));
  }
}

/**
 * Whether neither the job nor a service that acts for it used the key. A person who reads what the job wrote needs the
 * same encryption context, and may even have the job's role.
 */
function isOfSomebodyElse(use: JudgedUse, run: Candidate): boolean {
  const { principal } = use;
  if (use.grant?.constraints !== undefined || principal.type === 'service' || principal.id === undefined) {
    return false;
  }
  if (principal.via?.includes('sagemaker') === true || run.job.roleArns.length === 0) {
    return false;
  }
  const roleKey = roleKeyOf(principal.id);
  const sessionStartMs = use.join?.sessionStartMs;
  return (
    !run.job.roleArns.some((roleArn) => roleKeyOf(roleArn) === roleKey) ||
    (sessionStartMs !== undefined && sessionStartMs < run.createdMs - beforeCreationMs) ||
    counterEvidenceOf(use) !== undefined
  );
}

function readsFrom(reader: Candidate, author: Candidate): boolean {
  return reader.inputs.some((input) =>
    author.outputs.some(({ place }) => isBelow(input, place) || isBelow(place, input)),
  );
}

/** The latest of several runs of one ARN that had been created by a time. */
function runAt(runs: readonly Candidate[], timeMs: number): Candidate | undefined {
  return runs.findLast((run) => run.fromMs - provisioningMs <= timeMs) ?? runs[0];
}
