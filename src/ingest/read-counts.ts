/** What reading files gave, before the history says what of it is new. */
export interface ReadCounts {
  files: number;
  /** CloudTrail records and envelopes. */
  records: number;
  /** Those of `kms.amazonaws.com` among them. */
  kmsEvents: number;
  /** SageMaker records and state changes. */
  jobEvents: number;
}

export function noCounts(): ReadCounts {
  return { files: 0, records: 0, kmsEvents: 0, jobEvents: 0 };
}

export function addReadCounts(total: ReadCounts, counts: ReadCounts): void {
  total.files += counts.files;
  total.records += counts.records;
  total.kmsEvents += counts.kmsEvents;
  total.jobEvents += counts.jobEvents;
}
