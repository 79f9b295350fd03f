import type { Candidate } from './candidate.ts';
import { bucketOfPath } from './s3-path.ts';
import { subject } from './subjects.ts';

const keptFolders = 50_000;

/** A folder in S3. */
interface Folder {
  /** The jobs that own the innermost owned place around it, ordered by their creation. */
  readonly writers: readonly Candidate[];
  /** The subjects that the writers depend on. */
  readonly subjects: readonly string[];
}

const nowhere: Folder = { writers: [], subjects: [] };

/** Finds the job that wrote an object by the path alone: jobs own the places that contain their names. */
export class AuthorIndex {
  readonly #byPlace = new Map<string, Candidate[]>();
  readonly #byFolder = new Map<string, Folder>();

  /** @param candidates ordered by their creation */
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

  /** The folder of an object. */
  folderOf(path: string): Folder {
    const end = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(end, 0));
    const known = this.#byFolder.get(folder);
    if (known !== undefined) {
      return known;
    }
    if (this.#byFolder.size >= keptFolders) {
      this.#byFolder.clear();
    }
    const found = folder.includes('/') ? this.#lookedUp(folder) : nowhere;
    this.#byFolder.set(folder, found);
    return found;
  }

  #lookedUp(folder: string): Folder {
    const bucketEnd = folder.indexOf('/');
    const subjects = new Set<string>();
    let writers: readonly Candidate[] | undefined;
    for (let end = folder.length; end > bucketEnd; end = folder.lastIndexOf('/', end - 1)) {
      const place = folder.slice(0, end);
      writers ??= this.#byPlace.get(place);
      subjects.add(subjectOfPlace(place));
    }
    return { writers: writers ?? nowhere.writers, subjects: [...subjects] };
  }
}

/** The latest writer of a folder that had been created by a time. */
export function authorAt({ writers }: Folder, timeMs: number): Candidate | undefined {
  return writers.findLast(({ fromMs }) => fromMs <= timeMs);
}

/** The places that only this job writes to. A whole bucket is never one. */
function ownPlacesOf({ outputs }: Candidate): string[] {
  return outputs.filter(({ isOwn, place }) => isOwn && place.includes('/')).map(({ place }) => place);
}

/** The subjects that stand for the own places of a candidate. */
export function authorSubjectsOf(candidate: Candidate): ReadonlySet<string> {
  return new Set(ownPlacesOf(candidate).map(subjectOfPlace));
}

/** Made of the bucket and the last name of the path, which often is the job's, so that few places share a subject. */
function subjectOfPlace(place: string): string {
  return subject.written(bucketOfPath(place), shelfOf(place.slice(place.lastIndexOf('/') + 1)));
}

/** The number of subjects for the places of a bucket, and so the most that the readers of a day depend on. */
const shelves = 256;

/** @see http://www.isthe.com/chongo/tech/comp/fnv/ FNV-1a, over UTF-16 units. */
function shelfOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  }
  return (hash ^ (hash >>> 16)) & (shelves - 1);
}
