import { beforeCreationMs, type Candidate, instancesThereMs, mayDeclare } from './candidate.ts';
import { LiveIndex } from './live-index.ts';

/** All jobs of an account in a Region. */
export class RegionJobs {
  readonly #index: LiveIndex<Candidate>;

  constructor(candidates: readonly Candidate[]) {
    this.#index = new LiveIndex(candidates);
  }

  liveAt(timeMs: number): readonly Candidate[] {
    return this.#index.liveAt(timeMs);
  }

  /** The jobs whose instances were starting and that may declare the key for their volumes. */
  startingWith(keyArn: string, timeMs: number): readonly Candidate[] {
    return this.#index
      .liveAt(timeMs)
      .filter(
        (candidate) =>
          isStarting(candidate, timeMs) &&
          candidate.job.volumeKeys.length > 0 &&
          mayDeclare(candidate.volumeKeys, keyArn),
      );
  }
}

/** Whether the instances of a job may have been starting at a time. */
export function isStarting(candidate: Candidate, timeMs: number): boolean {
  return timeMs >= candidate.createdMs - beforeCreationMs && timeMs <= instancesThereMs(candidate);
}
