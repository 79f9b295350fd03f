import type { Candidate } from './candidate.ts';
import { bucketOfPath } from './s3-path.ts';
import { subject } from './subjects.ts';

const keptFolders = 50_000;

/** What is known of a folder of S3. */
interface Folder {
  /** The jobs that write in the innermost place around it that is a job's own, the earlier before the later. */
  readonly writers: readonly Candidate[];
  /** What that hangs on. */
  readonly subjects: readonly string[];
}

const nowhere: Folder = { writers: [], subjects: [] };

/** Which jobs write below their own names, so that an object's path alone tells who wrote it. */
export class AuthorIndex {
  readonly #byPlace = new Map<string, Candidate[]>();
  readonly #byFolder = new Map<string, Folder>();

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

  /** Of the folder in which an object lies. */
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

/** Of the writers in a folder, the one that wrote an object by then: the latest run that had been created. */
export function authorAt({ writers }: Folder, timeMs: number): Candidate | undefined {
  return writers.findLast(({ fromMs }) => fromMs <= timeMs);
}

/** The places that a job alone writes to; a whole bucket is never one. */
function ownPlacesOf({ outputs }: Candidate): string[] {
  return outputs.filter(({ isOwn, place }) => isOwn && place.includes('/')).map(({ place }) => place);
}

/** Under which subjects a candidate's own places are asked for. */
export function authorSubjectsOf(candidate: Candidate): ReadonlySet<string> {
  return new Set(ownPlacesOf(candidate).map(subjectOfPlace));
}

/** By the bucket and the last name of the path, which often is the job's, so that few places share a subject. */
function subjectOfPlace(place: string): string {
  return subject.written(bucketOfPath(place), shelfOf(place.slice(place.lastIndexOf('/') + 1)));
}

/** How many subjects a bucket's places are spread over: as many as a day's readers ask for at most. */
const shelves = 256;

/** @see http://www.isthe.com/chongo/tech/comp/fnv/ FNV-1a, over UTF-16 units. */
function shelfOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  }
  return (hash ^ (hash >>> 16)) & (shelves - 1);
}
