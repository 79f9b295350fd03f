import type { Candidate } from './candidate.ts';
import { evidence } from './evidence.ts';
import type { AttributionStatus, JudgedJob, Judgement } from './judgement.ts';
import { exclusionSentence, type Facts, reasonsFor } from './reasons.ts';
import type { RunningResource } from './running-resource.ts';
import type { ScoredCandidate } from './score-candidates.ts';
import type { Exclusion } from './session-context.ts';

/** The most jobs that an ambiguous judgement lists. */
const longestList = 50;

const keptJudgements = 50_000;
/** Judgements kept for one job; few have so many. */
const keptForOneJob = 40;

/** A judgement that names one job, and the inputs that it was made from. */
interface Entry {
  readonly scored: ScoredCandidate;
  readonly facts: Facts;
  readonly judgement: Judgement;
}

/** Evidence whose sentences name the key: without it, which key was used makes no other judgement. */
const ofKey = evidence.declaredKey | evidence.usedKey;

function matchesEntry(
  entry: Entry,
  status: AttributionStatus,
  { bits, place }: ScoredCandidate,
  { ground, keyArn, author }: Facts,
): boolean {
  return (
    entry.scored.bits === bits &&
    entry.judgement.status === status &&
    (entry.facts.keyArn === keyArn || (bits & ofKey) === 0) &&
    entry.scored.place === place &&
    entry.facts.ground === ground &&
    entry.facts.author === author
  );
}

/** Makes judgements and caches them, so that equal uses of a job share one object. */
export class JudgementCache {
  readonly #kept = new Map<string, Judgement>();
  readonly #ofOne = new Map<Candidate, Entry[]>();

  none(reason: string): Judgement {
    return this.#shared(reason, () => ({ status: 'none', jobs: [], reasons: [reason] }));
  }

  /** The same sentence also if no job ever had the role, since records may be missing. */
  notAlive(roleName: string): Judgement {
    return this.none(`no SageMaker job is known to have been alive under the role ${roleName}`);
  }

  excluded(exclusions: ReadonlySet<Exclusion>, roleName: string): Judgement {
    const reasons = [...exclusions].sort().map((exclusion) => exclusionSentence(exclusion, roleName));
    return reasons.length > 0
      ? this.#shared(reasons.join('\n'), () => ({ status: 'none', jobs: [], reasons }))
      : this.none(
          `of the role ${roleName} only long-lived resources were alive, and nothing of the use is theirs`,
        );
  }

  /**
   * The only job, with this status; or, for several jobs, an ambiguous judgement. Runs of one name count as one job,
   * represented by the best.
   * @param scored best first, not empty
   */
  found(status: AttributionStatus, scored: readonly ScoredCandidate[], facts: Facts): Judgement {
    const left = oneRunEach(scored, ({ candidate }) => candidate);
    const [only] = left;
    return only === undefined || left.length > 1
      ? this.ambiguous(left, facts)
      : this.#single(status, only, facts);
  }

  #single(status: AttributionStatus, scored: ScoredCandidate, facts: Facts): Judgement {
    let known = this.#ofOne.get(scored.candidate);
    if (known === undefined) {
      known = [];
      this.#ofOne.set(scored.candidate, known);
    }
    for (const each of known) {
      if (matchesEntry(each, status, scored, facts)) {
        return each.judgement;
      }
    }
    const judgement: Judgement = {
      status,
      jobs: [judgedJob(scored.candidate, reasonsFor(scored, facts))],
      ...authored(facts),
    };
    if (known.length >= keptForOneJob) {
      known.shift();
    }
    known.push({ scored, facts, judgement });
    return judgement;
  }

  /** The resource that a use names, with its run if that is known. */
  exactly(resource: RunningResource, run: Candidate | undefined, sentence: string): Judgement {
    return this.#shared(`exact\n${run?.job.id ?? resource.arn}\n${sentence}`, () => ({
      status: 'exact',
      jobs: [
        run === undefined
          ? { arn: resource.arn, type: resource.type, reasons: [sentence] }
          : judgedJob(run, [sentence]),
      ],
    }));
  }

  /** Jobs that read what another job wrote. */
  reading(
    statusOfOne: AttributionStatus,
    among: readonly Candidate[],
    authorJobArn: string,
    sentence: string,
  ): Judgement {
    const readers = oneRunEach(among, (reader) => reader);
    const status = readers.length === 1 ? statusOfOne : 'ambiguous';
    const ids = readers.map(({ job }) => job.id).join('\n');
    return this.#shared(`${status}\n${ids}\n${sentence}`, () => ({
      status,
      jobs: readers.slice(0, longestList).map((reader) => judgedJob(reader, [sentence])),
      authorJobArn,
    }));
  }

  /** No job's use, of data whose author is known. */
  written(authorJobArn: string, sentence: string): Judgement {
    return this.#shared(sentence, () => ({ status: 'none', jobs: [], reasons: [sentence], authorJobArn }));
  }

  /**
   * Lists all jobs and chooses none. Runs of one name count as one job, represented by the best.
   * @param scored best first
   */
  ambiguous(scored: readonly ScoredCandidate[], facts: Facts): Judgement {
    const left = oneRunEach(scored, ({ candidate }) => candidate);
    const [only, another] = left;
    // One job is not several: it is likely, or whoever asks says that it is none.
    if (only !== undefined && another === undefined) {
      return this.#single('probable', only, facts);
    }
    const listed = left.slice(0, longestList);
    const more = left.length - listed.length;
    const key = `${listed.map(keyOf).join('\n')}\n${more}\n${facts.keyArn}\n${facts.ground}\n${facts.author}`;
    return this.#shared(key, () => ({
      status: 'ambiguous',
      jobs: listed.map((each, index) =>
        judgedJob(each.candidate, [
          ...reasonsFor(each, facts),
          ...(index === 0 && more > 0 ? [`${more} more jobs are possible and not listed`] : []),
        ]),
      ),
      ...authored(facts),
    }));
  }

  #shared(key: string, make: () => Judgement): Judgement {
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      return kept;
    }
    if (this.#kept.size >= keptJudgements) {
      this.#kept.clear();
    }
    const made = make();
    this.#kept.set(key, made);
    return made;
  }
}

function oneRunEach<Item>(items: readonly Item[], candidateOf: (item: Item) => Candidate): readonly Item[] {
  if (items.length < 2) {
    return items;
  }
  const arns = new Set<string>();
  return items.filter((item) => {
    const { arn } = candidateOf(item).job;
    return !arns.has(arn) && arns.add(arn);
  });
}

function authored({ author }: Facts): Pick<Judgement, 'authorJobArn'> {
  return author === undefined ? {} : { authorJobArn: author };
}

function keyOf({ candidate, bits, place }: ScoredCandidate): string {
  return `${candidate.job.id} ${bits} ${place}`;
}

function judgedJob({ job }: Candidate, reasons: readonly string[]): JudgedJob {
  return job.created === undefined
    ? { arn: job.arn, type: job.type, reasons }
    : { arn: job.arn, type: job.type, createdMs: job.created.timeMs, reasons };
}
