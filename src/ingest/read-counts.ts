/** What reading files gave, before the history says what of it is new. */
export interface ReadCounts {
  files: number;
  /** Files known by their bytes and not read again, which count in nothing else. */
  unchangedFiles: number;
  /** CloudTrail records and envelopes, and whatever else is in quarantine. */
  records: number;
  /** Those of other services, which say nothing of keys and jobs. */
  otherRecords: number;
  /** Those of `kms.amazonaws.com` among them. */
  kmsEvents: number;
  /** SageMaker records and state changes. */
  jobEvents: number;
}

export function noCounts(): ReadCounts {
  return { files: 0, unchangedFiles: 0, records: 0, otherRecords: 0, kmsEvents: 0, jobEvents: 0 };
}

export function addReadCounts(total: ReadCounts, counts: ReadCounts): void {
  total.files += counts.files;
  total.unchangedFiles += counts.unchangedFiles;
  total.records += counts.records;
  total.otherRecords += counts.otherRecords;
  total.kmsEvents += counts.kmsEvents;
  total.jobEvents += counts.jobEvents;
}
