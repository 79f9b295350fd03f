import { type Customs, USUAL_CUSTOMS } from './customs.ts';
import { DEFAULT_OPTIONS, type SimulationOptions } from './simulation-options.ts';

/** A busy small account for a few days, with people and services beside its jobs under their roles. */
const base: SimulationOptions = {
  ...DEFAULT_OPTIONS,
  days: 4,
  accounts: [{ id: '111122223333', regions: ['us-east-1', 'ap-northeast-2'], weight: 1 }],
  keys: 40,
  principals: 60,
  jobsPerDay: 60,
  uses: 12_000,
  otherShare: 0.2,
  jobUseShare: 0.6,
  incidents: false,
  compressionLevel: 0,
};

/** Customs that make the join hard: nothing of the sessions is on record but the uses themselves. */
const hard: Partial<Customs> = { sessionRecords: 'none', outsiderShare: 0.15 };

function variant(
  customs: Partial<Customs>,
  options: Partial<SimulationOptions> = {},
): Omit<SimulationOptions, 'seed'> {
  return { ...base, ...options, customs: { ...USUAL_CUSTOMS, ...hard, ...customs } };
}

/** Accounts that differ in what AWS does not document. In each the truth is known. */
export const VARIANTS: Readonly<Record<string, Omit<SimulationOptions, 'seed'>>> = {
  'sessions alike': variant({}),
  'sessions by job': variant({ sessionNames: 'by-job' }),
  'sessions by kind': variant({ sessionNames: 'by-kind' }),
  'sessions by number': variant({ sessionNames: 'random' }),
  'sessions of other jobs': variant({ sessionNames: 'of-another-job' }),
  'sessions like people': variant({ sessionNames: 'like-people' }),
  'people like sessions': variant({ outsiderNames: 'like-jobs' }),
  'people like sessions by job': variant({ sessionNames: 'by-job', outsiderNames: 'like-jobs' }),
  'people like sessions by number': variant({ sessionNames: 'random', outsiderNames: 'like-jobs' }),
  'hourly credentials': variant({ credentials: 'hourly' }),
  'hourly, by kind': variant({ credentials: 'hourly', sessionNames: 'by-kind' }),
  'hourly, no access key': variant({ credentials: 'hourly', withoutAccessKeyShare: 1 }),
  'hourly keys': variant({ credentials: 'hourly-keys' }),
  'shared credentials': variant({ credentials: 'shared' }),
  'shared, no access key': variant({ credentials: 'shared', withoutAccessKeyShare: 1 }),
  'sessions on record': variant({ sessionRecords: 'all' }),
  'hourly, all on record': variant({ credentials: 'hourly', sessionRecords: 'all' }),
  'hourly, first on record': variant({ credentials: 'hourly', sessionRecords: 'first-only' }),
  'records missing': variant({}, { missingCreateShare: 0.3, missingStateChangeShare: 0.3 }),
  'no create records': variant({}, { missingCreateShare: 1, missingStateChangeShare: 0 }),
  'no state changes': variant({}, { missingCreateShare: 0, missingStateChangeShare: 1 }),
  'Regions side by side': variant({ isSideBySide: true }),
  'Regions, no access key': variant({ isSideBySide: true, withoutAccessKeyShare: 1 }),
  'Regions, hourly': variant({ isSideBySide: true, credentials: 'hourly', withoutAccessKeyShare: 1 }),
  'endpoints read models': variant({ endpointsReadModels: true }),
  'endpoints, hourly': variant({
    endpointsReadModels: true,
    credentials: 'hourly',
    sessionNames: 'by-kind',
    withoutAccessKeyShare: 0.5,
  }),
};
