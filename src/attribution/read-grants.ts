import type { GrantFact } from '../sagemaker/job-fact.ts';
import { type Candidate, provisioningMs } from './candidate.ts';
import type { PlaceJobs } from './place-jobs.ts';
import { resourceArnOf } from './sagemaker-arn.ts';

/** Whose data a grant gives a job that was just being created: not its own, but those of the job it names. */
export interface ReadGrant {
  readonly timeMs: number;
  /** The jobs that were created then; of one it is the grant. */
  readonly readers: readonly Candidate[];
}

/**
 * The grants that were created for a job to read what an earlier one wrote: they name that earlier job, long after
 * it was created, while another is being created.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-customize-mtrl-encryption-at-rest.html
 */
export class ReadGrants {
  readonly #ofAuthor = new Map<string, ReadGrant[]>();
  readonly #placeOf: (accountId: string, region: string) => PlaceJobs | undefined;

  constructor(
    grants: readonly GrantFact[],
    authorOf: (arn: string, timeMs: number) => Candidate | undefined,
    placeOf: (accountId: string, region: string) => PlaceJobs | undefined,
  ) {
    this.#placeOf = placeOf;
    for (const { contextValues = [], timeMs } of grants) {
      for (const value of contextValues) {
        const author = resourceArnOf(value) === undefined ? undefined : authorOf(value, timeMs);
        if (author === undefined || timeMs <= author.createdMs + provisioningMs) {
          continue;
        }
        const readers = this.createdAt(author, timeMs);
        if (readers.length > 0) {
          this.#note(author.job.id, { timeMs, readers });
        }
      }
    }
  }

  #note(authorId: string, grant: ReadGrant): void {
    const known = this.#ofAuthor.get(authorId);
    if (known === undefined) {
      this.#ofAuthor.set(authorId, [grant]);
    } else {
      known.push(grant);
    }
  }

  /** The jobs of the author's kind, itself aside, that were being created. */
  createdAt({ job: { arn, type, accountId, region } }: Candidate, timeMs: number): readonly Candidate[] {
    const near = (this.#placeOf(accountId, region)?.liveAt(timeMs) ?? []).filter(
      ({ job, createdMs }) =>
        job.arn !== arn && job.type === type && Math.abs(createdMs - timeMs) <= provisioningMs,
    );
    const nearest = Math.min(...near.map(({ createdMs }) => Math.abs(createdMs - timeMs)));
    return near.filter(({ createdMs }) => Math.abs(createdMs - timeMs) === nearest);
  }

  /** The jobs that were given an author's data by then and are alive. */
  readersOf({ job: { id } }: Candidate, timeMs: number): readonly Candidate[] {
    const readers = new Map<string, Candidate>();
    for (const grant of this.#ofAuthor.get(id) ?? []) {
      for (const reader of grant.timeMs <= timeMs + provisioningMs ? grant.readers : []) {
        if (timeMs >= reader.fromMs && timeMs < reader.toMs) {
          readers.set(reader.job.id, reader);
        }
      }
    }
    return [...readers.values()];
  }
}
