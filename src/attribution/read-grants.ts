import type { GrantFact } from '../sagemaker/job-fact.ts';
import { type Candidate, provisioningMs } from './candidate.ts';
import type { RegionJobs } from './region-jobs.ts';
import { type RunningResource, runningResourceOf } from './running-resource.ts';

/** Whose data a grant gives a job that was just being created: not its own, but those of the job it names. */
interface ReadGrant {
  readonly timeMs: number;
  /** The jobs that were created then; of one it is the grant. */
  readonly readers: readonly Candidate[];
}

/** How far apart the clocks of two services may be. */
const clocksDifferMs = 15_000;

const noGrants: readonly ReadGrant[] = [];

/**
 * The grants that were created for a job to read what an earlier one wrote: they name that earlier job while another
 * is being created.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-customize-mtrl-encryption-at-rest.html
 */
export class ReadGrants {
  readonly #byAuthor = new Map<string, ReadGrant[]>();
  readonly #regionJobsOf: (accountId: string, region: string) => RegionJobs | undefined;

  constructor(
    grants: readonly GrantFact[],
    regionJobsOf: (accountId: string, region: string) => RegionJobs | undefined,
  ) {
    this.#regionJobsOf = regionJobsOf;
    for (const { contextValues = [], timeMs } of grants) {
      for (const value of contextValues) {
        const author = runningResourceOf(value);
        const readers = author === undefined ? [] : this.createdAt(author, timeMs);
        if (readers.length > 0) {
          this.#byAuthor.set(value, [...(this.#byAuthor.get(value) ?? []), { timeMs, readers }]);
        }
      }
    }
  }

  /** The jobs of the author's kind that a grant was created for; none where it is for the author itself. */
  createdAt({ arn, type, accountId, region }: RunningResource, timeMs: number): readonly Candidate[] {
    const near = (this.#regionJobsOf(accountId, region)?.liveAt(timeMs) ?? []).filter(
      ({ job, createdMs }) => job.type === type && Math.abs(createdMs - timeMs) <= provisioningMs,
    );
    const nearest = Math.min(...near.map(({ createdMs }) => Math.abs(createdMs - timeMs)));
    const created = near.filter(({ createdMs }) => Math.abs(createdMs - timeMs) === nearest);
    return created.some(({ job }) => job.arn === arn) ? [] : created;
  }

  /** The jobs that were given an author's data by then and are alive. */
  readersOf(authorArn: string, timeMs: number): readonly Candidate[] {
    const readers = new Map<string, Candidate>();
    for (const grant of this.#byAuthor.get(authorArn) ?? noGrants) {
      for (const reader of grant.timeMs <= timeMs + clocksDifferMs ? grant.readers : []) {
        if (timeMs < reader.toMs) {
          readers.set(reader.job.id, reader);
        }
      }
    }
    return [...readers.values()];
  }
}
