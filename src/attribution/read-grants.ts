import type { GrantFact } from '../sagemaker/job-fact.ts';
import { type Candidate, provisioningMs } from './candidate.ts';
import type { RegionJobs } from './region-jobs.ts';
import { type RunningResource, runningResourceOf } from './running-resource.ts';

/** A grant that lets new jobs read the data of an earlier one, which its constraint names. */
interface ReadGrant {
  readonly timeMs: number;
  /** The jobs that were created then; the grant is for one of them. */
  readonly readers: readonly Candidate[];
}

/** The largest assumed difference between the clocks of two services. */
const clocksDifferMs = 15_000;

const noGrants: readonly ReadGrant[] = [];

/**
 * The grants that let a job read what an earlier one wrote: they name the earlier job while another is being created.
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

  /**
   * The jobs of the author's type that a grant may be created for; none if the author itself had just begun: there is
   * nothing of it yet that another could read.
   */
  createdAt({ arn, type, accountId, region }: RunningResource, timeMs: number): readonly Candidate[] {
    const near = (this.#regionJobsOf(accountId, region)?.liveAt(timeMs) ?? []).filter(
      ({ job, createdMs }) => job.type === type && Math.abs(createdMs - timeMs) <= provisioningMs,
    );
    if (near.some(({ job }) => job.arn === arn && !(job.ended !== undefined && job.ended.timeMs <= timeMs))) {
      return [];
    }
    const nearest = Math.min(...near.map(({ createdMs }) => Math.abs(createdMs - timeMs)));
    return near.filter(({ createdMs }) => Math.abs(createdMs - timeMs) === nearest);
  }

  /** The jobs that had been granted an author's data by a time and are alive then. */
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
