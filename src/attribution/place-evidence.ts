import type { Candidate } from './candidate.ts';
import { evidence } from './evidence.ts';
import { bucketOfPath, isBelow, namesBelow } from './s3-path.ts';

interface PlaceEvidence {
  readonly bits: number;
  /** The place in S3 that the evidence is about. */
  readonly place: string | undefined;
}

/** What an object's place shows about a job, and the place. */
export function placeEvidence(candidate: Candidate, path: string | undefined): PlaceEvidence {
  if (path === undefined) {
    return { bits: 0, place: undefined };
  }
  let place: string | undefined;
  let bit = 0;
  for (const output of candidate.outputs) {
    if (!isBelow(path, output.place) || output.place.length <= (place?.length ?? 0)) {
      continue;
    }
    const isFolder = output.place.includes('/');
    const own = evidence.ownObject | (output.isCheckpoint ? evidence.checkpoint : 0);
    if (output.isOwn) {
      bit = own;
      place = output.place;
    } else if (namesBelow(path, output.place, candidate.job.name)) {
      bit = own;
      place = `${output.place}/…${candidate.job.name}`;
    } else if (isFolder) {
      bit = evidence.output;
      place = output.place;
    }
  }
  if ((bit & evidence.ownObject) === 0) {
    for (const input of candidate.inputs) {
      if (path.startsWith(input) && input.includes('/') && input.length > (place?.length ?? 0)) {
        bit = evidence.input;
        place = input;
      }
    }
  }
  if (bit === 0) {
    const bucket = bucketOfPath(path);
    if (candidate.buckets.has(bucket)) {
      bit = evidence.bucket;
      place = bucket;
    }
  }
  return { bits: bit, place };
}
