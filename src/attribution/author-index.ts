import type { Candidate } from './candidate.ts';
import { bucketOf } from './s3-path.ts';

const keptFolders = 50_000;
const nobody: readonly Candidate[] = [];

/** Which jobs write below their own names, so that an object's path alone tells who wrote it. */
export class AuthorIndex {
  readonly #byPlace = new Map<string, Candidate[]>();
  readonly #byFolder = new Map<string, readonly Candidate[]>();

  /** @param candidates The earlier before the later. */
  constructor(candidates: readonly Candidate[]) {
    for (const candidate of candidates) {
      for (const place of ownPlacesOf(candidate)) {
        const known = this.#byPlace.get(place);
        if (known === undefined) {
          this.#byPlace.set(place, [candidate]);
        } else if (known.at(-1) !== candidate) {
          known.push(candidate);
        }
      }
    }
  }

  /** The job that wrote an object by then: of the innermost place, the latest run that had been created. */
  authorOf(path: string, timeMs: number): Candidate | undefined {
    const end = path.lastIndexOf('/');
    return end === -1
      ? undefined
      : this.#writersIn(path.slice(0, end)).findLast(({ fromMs }) => fromMs <= timeMs);
  }

  #writersIn(folder: string): readonly Candidate[] {
    const known = this.#byFolder.get(folder);
    if (known !== undefined) {
      return known;
    }
    if (this.#byFolder.size >= keptFolders) {
      this.#byFolder.clear();
    }
    const writers = this.#innermostOf(folder);
    this.#byFolder.set(folder, writers);
    return writers;
  }

  #innermostOf(folder: string): readonly Candidate[] {
    for (let end = folder.length; end > 0; end = folder.lastIndexOf('/', end - 1)) {
      const writers = this.#byPlace.get(folder.slice(0, end));
      if (writers !== undefined) {
        return writers;
      }
    }
    return nobody;
  }
}

/** The places that a job alone writes to; a whole bucket is never one. */
function ownPlacesOf({ outputs }: Candidate): string[] {
  return outputs.filter(({ isOwn, place }) => isOwn && place.includes('/')).map(({ place }) => place);
}

/** The buckets in which a job writes below its name. */
export function ownBucketsOf(candidate: Candidate): ReadonlySet<string> {
  return new Set(ownPlacesOf(candidate).map(bucketOf));
}
