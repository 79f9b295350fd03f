import type { Customs } from '../../test/join-accounts/customs.ts';

/** Customs to hold still in the accounts of the independent generator; all others are drawn for each account. */
export const MADE_VARIANTS: Readonly<Record<string, Partial<Customs>>> = {
  'made: any': {},
  'made: sessions alike': { sessionName: 'SageMaker' },
  'made: sessions by job': { sessionName: 'job' },
  'made: sessions by number': { sessionName: 'random' },
  'made: sessions mixed': { sessionName: 'mixed' },
  'made: hourly sessions': { accessKey: 'hourly', sessionCreation: 'hourly' },
  'made: no access keys': { accessKey: 'absent' },
  'made: hourly, no access keys': { accessKey: 'absent', sessionCreation: 'hourly' },
  'made: shared credentials': { sharesCredentials: true },
  'made: two Regions': { usesSecondRegion: true, roles: 'one' },
  'made: records missing': { createShare: 0.6, stateChangeShare: 0.5, modelsAreLogged: true },
  'made: one role, 40 jobs': { roles: 'one', jobsAtOnce: 40 },
  'made: many outsiders': { outsideShare: 0.5, roles: 'one' },
};
