/**
 * Evidence that one job made a use, as bits of a number: millions of uses are judged, and two uses with the same bits
 * share one judgement.
 */
export const evidence = {
  /** An object that only this job writes. */
  ownObject: 1 << 0,
  /** The session is known to be the job's. */
  session: 1 << 1,
  /** The session name contains the job's name. */
  sessionName: 1 << 2,
  /** An object below a place that the job declares as input. */
  input: 1 << 3,
  /** An object below a place that the job declares as output, where others may write too. */
  output: 1 << 4,
  /** A bucket that the job reads or writes. With a Bucket Key no more is known. */
  bucket: 1 << 5,
  /** A key that the job's request names. */
  declaredKey: 1 << 6,
  /** A key that the job was observed to use that day. */
  usedKey: 1 << 7,
  /** The session began between the job's creation and shortly after its start. */
  sessionStart: 1 << 8,
  /** The source identity of the session is that of the person who launched the job. */
  person: 1 << 9,
  /** The session began so long after the start that it may follow an earlier session of the job. */
  laterSession: 1 << 10,
  /** The session name is unlike those of the role's jobs of its type that day. This counts against the job. */
  unlikeName: 1 << 11,
  /** The job's request names no key for its output, so the output is encrypted with the bucket's default key. */
  defaultKey: 1 << 12,
  /** The use was recorded in the job's Region: S3 calls KMS in the Region of the bucket, EBS in that of the volume. */
  sameRegion: 1 << 13,
  /** The session began a whole number of hours after the job's first may have. */
  onTheHour: 1 << 14,
  /** Sessions of such jobs are known to be named so, or it has the job's name. */
  knownName: 1 << 15,
  /** Only other names are known of the sessions of other jobs, and none of such jobs. This counts against the job. */
  strangeName: 1 << 16,
  /** Where jobs share sessions: this one began with the job, and may be its own all the same. */
  mayBeFirst: 1 << 17,
  /** The session began with the job, and other uses of it are in folders that the job declares. */
  placedSession: 1 << 18,
  /** The session began whole hours, to the second, after another that began with the job and with no other. */
  renewal: 1 << 19,
  /** The object is one of the job's own checkpoints, which it reads again. */
  checkpoint: 1 << 20,
} as const;

const tied = evidence.session | evidence.sessionName;

/** The session began with the job, or renewed one that did. */
export const ofBeginning = evidence.sessionStart | evidence.mayBeFirst | evidence.renewal;

/** The use is in a folder that the job declares. */
export const ofFolder = evidence.ownObject | evidence.input | evidence.output;

/** The use is in a folder or a bucket that the job declares. */
export const ofPlace = ofFolder | evidence.bucket;

/** Evidence in order of importance. If some candidates have a tier's evidence, those without any of it are dropped. */
export const tiers: readonly number[] = [
  tied,
  ofFolder,
  evidence.bucket,
  evidence.sameRegion,
  evidence.sessionStart,
  evidence.person,
];

/**
 * The tiers for uses that write data: it is encrypted with a key that the job's request names, or else with the
 * bucket's default. Data that is read has its author's key, which is no evidence about the reader.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html
 */
export const writingTiers: readonly number[] = [...tiers, evidence.declaredKey | evidence.defaultKey];

/** The order of importance for sorting a list. */
const ranked: readonly number[] = [evidence.ownObject, ...tiers, evidence.declaredKey, evidence.usedKey];

/** The higher, the stronger the evidence. */
export function scoreOf(bits: number): number {
  let score = 0;
  for (const tier of ranked) {
    score = score * 2 + ((bits & tier) === 0 ? 0 : 1);
  }
  return score;
}
