/**
 * What speaks for one job having made a use, as bits of a number: judged a million times, and two uses with the
 * same bits share one judgement.
 */
export const evidence = {
  /** An object that only this job writes. */
  ownObject: 1 << 0,
  /** The session is known to be the job's. */
  session: 1 << 1,
  /** The session bears the job's name. */
  sessionName: 1 << 2,
  /** An object below a place the job says it reads. */
  input: 1 << 3,
  /** An object below a place the job says it writes, which others may too. */
  output: 1 << 4,
  /** A bucket that the job reads or writes; of a Bucket Key no more is known. */
  bucket: 1 << 5,
  /** A key that the job's request names. */
  declaredKey: 1 << 6,
  /** A key that the job was seen using that day. */
  usedKey: 1 << 7,
  /** The session began between the job's creation and shortly after its start. */
  sessionStart: 1 << 8,
  /** The person who launched it stands in the session's source identity. */
  person: 1 << 9,
  /** The session began so long after the start that it may have followed an earlier one of the job. */
  laterSession: 1 << 10,
  /** It is named unlike the sessions of jobs that day: it speaks against, not for. */
  unlikeName: 1 << 11,
  /** Its request names no key for what it writes: that is encrypted with whichever is its bucket's default. */
  defaultKey: 1 << 12,
} as const;

const tied = evidence.session | evidence.sessionName;
/** In which folder a use is, among those that a job declares. */
export const ofFolder = evidence.ownObject | evidence.input | evidence.output;

/** Where a use is, among the places that a job declares. */
export const ofPlace = ofFolder | evidence.bucket;

/** In what order evidence tells jobs apart: where some have it, those that have none of it are left out. */
export const tiers: readonly number[] = [
  tied,
  ofFolder,
  evidence.bucket,
  evidence.sessionStart,
  evidence.person,
];

/**
 * The same of what makes data: it is encrypted with a key that the job's request names, or with the bucket's default
 * where it names none. Of what is read the key is that of whoever wrote it.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html
 */
export const writingTiers: readonly number[] = [...tiers, evidence.declaredKey | evidence.defaultKey];

/** How much the evidence says, for the order of a list: the same order of importance. */
const ranked: readonly number[] = [evidence.ownObject, ...tiers, evidence.declaredKey, evidence.usedKey];

export function scoreOf(bits: number): number {
  let score = 0;
  for (const tier of ranked) {
    score = score * 2 + ((bits & tier) === 0 ? 0 : 1);
  }
  return score;
}
