import { beforeCreationMs, type Candidate, instancesThereMs, mayDeclare } from './candidate.ts';
import { LiveIndex } from './live-index.ts';

/** The jobs of an account in a Region, whatever their role. */
export class RegionJobs {
  readonly #index: LiveIndex<Candidate>;

  constructor(candidates: readonly Candidate[]) {
    this.#index = new LiveIndex(candidates);
  }

  liveAt(timeMs: number): readonly Candidate[] {
    return this.#index.liveAt(timeMs);
  }

  /** Those whose instances were just being made and that declare a key for their volumes. */
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

/** Whether a job's instances may just have been being made. */
export function isStarting(candidate: Candidate, timeMs: number): boolean {
  return timeMs >= candidate.createdMs - beforeCreationMs && timeMs <= instancesThereMs(candidate);
}
