import { type Customs, USUAL_CUSTOMS } from './customs.ts';

/** One simulated AWS account. */
interface AccountOptions {
  /** Twelve digits; of AWS's documentation accounts by default. */
  readonly id: string;
  readonly regions: readonly string[];
  /** Its share of the activity, relative to the other accounts. */
  readonly weight: number;
}

/** What to simulate. All shares are between 0 and 1. */
export interface SimulationOptions {
  /** The same options with the same seed give the same bytes. */
  readonly seed: number;
  /** The first moment of event time, ISO 8601 UTC; midnight is best. */
  readonly startTime: string;
  readonly days: number;
  /** Not empty; the second account, where there is one, is the first one's partner in cross-account uses. */
  readonly accounts: readonly AccountOptions[];
  /** Customer managed keys, over all accounts and Regions. AWS managed keys come on top. */
  readonly keys: number;
  /** Roles and users, over all accounts. AWS services come on top. */
  readonly principals: number;
  /** SageMaker jobs created a day, over all accounts; children of tuning jobs come on top. */
  readonly jobsPerDay: number;
  /** How many distinct KMS events to aim at; a cross-account use that two accounts log counts twice. */
  readonly uses: number;
  /** Share of records that are not of KMS. */
  readonly otherShare: number;
  /** Share of the key uses that jobs make. */
  readonly jobUseShare: number;
  readonly keySkew: 'zipf' | 'uniform';
  /** Share of records that a second file delivers again. */
  readonly duplicateShare: number;
  /** Share of records delivered hours late, in files of their own, with a `DELIVERY_DELAY` addendum on half. */
  readonly lateShare: number;
  /** Share of records moved out of their time order within a file. */
  readonly disorderShare: number;
  /** Share of the uses outside jobs that are denied, that fail, that are DryRun probes. */
  readonly deniedShare: number;
  readonly failedShare: number;
  readonly probeShare: number;
  /** Share of the uses outside jobs made on a key of another account. */
  readonly crossAccountShare: number;
  /** Share of KMS events that an `UPDATED_DATA` addendum corrects. */
  readonly addendumShare: number;
  /** Share of records with their members in an unusual order. */
  readonly reorderedShare: number;
  /** Share of hours in which little but the jobs' own beginnings and ends happens: small accounts are idle mostly. */
  readonly quietShare: number;
  /** Share of jobs whose create record is missing, and of those without any state change. */
  readonly missingCreateShare: number;
  readonly missingStateChangeShare: number;
  /** What AWS leaves open; see `variants.ts`. */
  readonly customs: Customs;
  /** Whether incidents for the alert rules are planted, and their truth told. */
  readonly incidents: boolean;
  /** 1 to 9 for `.json.gz`; 0 for plain `.json`. */
  readonly compressionLevel: number;
}

export const DEFAULT_OPTIONS: SimulationOptions = {
  seed: 1,
  startTime: '2026-03-01T00:00:00Z',
  days: 30,
  accounts: [
    { id: '111122223333', regions: ['us-east-1', 'eu-west-1'], weight: 6 },
    { id: '444455556666', regions: ['us-east-1'], weight: 3 },
    { id: '777788889999', regions: ['us-east-1'], weight: 1 },
  ],
  keys: 200,
  principals: 500,
  jobsPerDay: 200,
  uses: 1_000_000,
  otherShare: 0.8,
  jobUseShare: 0.55,
  keySkew: 'zipf',
  duplicateShare: 0.005,
  lateShare: 0.0005,
  disorderShare: 0.02,
  deniedShare: 0.01,
  failedShare: 0.004,
  probeShare: 0.001,
  crossAccountShare: 0.03,
  addendumShare: 0.0005,
  reorderedShare: 0.002,
  quietShare: 0,
  missingCreateShare: 0.03,
  missingStateChangeShare: 0.05,
  customs: USUAL_CUSTOMS,
  incidents: true,
  compressionLevel: 4,
};

/**
 * A week of one small account and its partner: about 5,000 key uses of 6 keys among 20,000 records, 20 jobs,
 * under 3 MB compressed. Bundled with the package as the sample to try it on.
 */
export const sampleAccount: SimulationOptions = {
  ...DEFAULT_OPTIONS,
  seed: 7,
  startTime: '2026-03-02T00:00:00Z',
  days: 7,
  accounts: [
    { id: '111122223333', regions: ['us-east-1'], weight: 4 },
    { id: '444455556666', regions: ['us-east-1'], weight: 1 },
  ],
  keys: 6,
  principals: 14,
  jobsPerDay: 2,
  uses: 5000,
  otherShare: 0.75,
  crossAccountShare: 0.04,
  lateShare: 0.001,
  addendumShare: 0.001,
  probeShare: 0.004,
  quietShare: 0.92,
  compressionLevel: 9,
};
