import type { Candidate } from './candidate.ts';
import { evidence } from './evidence.ts';
import type { AttributionStatus, JudgedJob, Judgement } from './judgement.ts';
import { exclusionSentence, type Facts, reasonsFor } from './reasons.ts';
import type { RunningResource } from './running-resource.ts';
import type { Exclusion, ScoredCandidate } from './score-candidates.ts';

/** How many jobs an ambiguous judgement lists. */
const longestList = 50;

const keptJudgements = 50_000;
/** Of one job; few have so many. */
const keptFindings = 40;

/** A judgement that names one job, and what it came from. */
interface Finding {
  readonly scored: ScoredCandidate;
  readonly facts: Facts;
  readonly judgement: Judgement;
}

/** JobEvidence whose sentences name the key: without it, which key was used makes no other judgement. */
const ofKey = evidence.declaredKey | evidence.usedKey;

function isSameFinding(
  found: Finding,
  status: AttributionStatus,
  { bits, place }: ScoredCandidate,
  { ground, keyArn, author }: Facts,
): boolean {
  return (
    found.scored.bits === bits &&
    found.judgement.status === status &&
    (found.facts.keyArn === keyArn || (bits & ofKey) === 0) &&
    found.scored.place === place &&
    found.facts.ground === ground &&
    found.facts.author === author
  );
}

/** Makes judgements, each once: the uses of a job share theirs. */
export class JudgementCache {
  readonly #kept = new Map<string, Judgement>();
  readonly #ofOne = new Map<Candidate, Finding[]>();

  none(reason: string): Judgement {
    return this.#shared(reason, () => ({ status: 'none', jobs: [], reasons: [reason] }));
  }

  /** The same sentence of a role that no job has ever had: what no record tells of may have been. */
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
   * The only job, with this status, or several, of which none is chosen. Two runs of one name count as one job: the
   * better one stands for it.
   * @param scored Best first, not empty.
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
      if (isSameFinding(each, status, scored, facts)) {
        return each.judgement;
      }
    }
    const judgement: Judgement = {
      status,
      jobs: [judgedJob(scored.candidate, reasonsFor(scored, facts))],
      ...authored(facts),
    };
    if (known.length >= keptFindings) {
      known.shift();
    }
    known.push({ scored, facts, judgement });
    return judgement;
  }

  /** The resource that a use names, with its run where that is known. */
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

  /** Jobs that read what another one wrote. */
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

  /** Nobody's use, of data whose author is known. */
  written(authorJobArn: string, sentence: string): Judgement {
    return this.#shared(sentence, () => ({ status: 'none', jobs: [], reasons: [sentence], authorJobArn }));
  }

  /**
   * None of them is chosen; each run of one name stands for the others of it.
   * @param scored Best first.
   */
  ambiguous(scored: readonly ScoredCandidate[], facts: Facts): Judgement {
    const left = oneRunEach(scored, ({ candidate }) => candidate);
    const listed = left.slice(0, longestList);
    const more = left.length - listed.length;
    const key = `${listed.map(spelled).join('\n')}\n${more}\n${facts.keyArn}\n${facts.ground}\n${facts.author}`;
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

function spelled({ candidate, bits, place }: ScoredCandidate): string {
  return `${candidate.job.id} ${bits} ${place}`;
}

function judgedJob({ job }: Candidate, reasons: readonly string[]): JudgedJob {
  return job.created === undefined
    ? { arn: job.arn, type: job.type, reasons }
    : { arn: job.arn, type: job.type, createdMs: job.created.timeMs, reasons };
}
