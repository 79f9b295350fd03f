import type { JobEvidence } from '../../src/attribution/attributor.ts';
import type { AttributionStatus } from '../../src/attribution/judgement.ts';
import { roleKeyOf } from '../../src/attribution/role-key.ts';
import type { Judged } from './judged-account.ts';

/** How well uses were joined, over those whose job, if any, some record tells of. */
export interface Figures {
  readonly uses: number;
  /** Uses of jobs that no record tells of: left out of everything else. */
  readonly ofUnknownJobs: number;
  readonly byStatus: Readonly<Record<AttributionStatus, { readonly count: number; readonly right: number }>>;
  readonly ofJobs: number;
  /** Of the uses that a job made, those that list it. */
  readonly listed: number;
  readonly ofNoJob: number;
  /** Of the uses that no job made, those that were given one. */
  readonly misgiven: number;
  /** Jobs that ambiguous judgements list, in all. */
  readonly ambiguousListed: number;
  /** Uses that no job made, by a role that jobs run under; how many of them are ambiguous, how many given a job. */
  readonly ofRolesOutside: number;
  readonly outsideAmbiguous: number;
  readonly outsideGiven: number;
  readonly authors: number;
  readonly authorsRight: number;
}

export function figuresOf(judged: readonly Judged[], evidence: JobEvidence): Figures {
  const roles = new Set(evidence.jobs.flatMap(({ roleArns }) => roleArns.map(roleKeyOf)));
  const counted = judged.filter(({ truth }) => truth.jobArn === null || truth.isJobKnown);
  const ofJobs = counted.filter(({ truth }) => truth.jobArn !== null);
  const ofNoJob = counted.filter(({ truth }) => truth.jobArn === null);
  const outside = ofNoJob.filter(
    ({ use: { principal } }) =>
      principal.type === 'role' && principal.id !== undefined && roles.has(roleKeyOf(principal.id)),
  );
  const ambiguous = counted.filter(isAmbiguous);
  const authored = counted.filter(({ truth }) => truth.authorJobArn !== undefined);
  const ofStatus = (status: AttributionStatus): { readonly count: number; readonly right: number } => {
    const having = counted.filter(({ judgement }) => judgement.status === status);
    return { count: having.length, right: having.filter(isRight).length };
  };
  return {
    uses: counted.length,
    ofUnknownJobs: judged.length - counted.length,
    byStatus: {
      exact: ofStatus('exact'),
      strong: ofStatus('strong'),
      probable: ofStatus('probable'),
      ambiguous: ofStatus('ambiguous'),
      none: ofStatus('none'),
    },
    ofJobs: ofJobs.length,
    listed: ofJobs.filter(isListed).length,
    ofNoJob: ofNoJob.length,
    misgiven: ofNoJob.filter(isGiven).length,
    ambiguousListed: ambiguous.reduce((sum, { judgement }) => sum + judgement.jobs.length, 0),
    ofRolesOutside: outside.length,
    outsideAmbiguous: outside.filter(isAmbiguous).length,
    outsideGiven: outside.filter(isGiven).length,
    authors: authored.length,
    authorsRight: authored.filter(({ truth, judgement }) => judgement.authorJobArn === truth.authorJobArn)
      .length,
  };
}

/** None where there was none, the job alone where there was one, among others where it is ambiguous. */
export function isRight({ truth, judgement }: Judged): boolean {
  return truth.jobArn === null
    ? judgement.jobs.length === 0
    : judgement.jobs.some(({ arn }) => arn === truth.jobArn);
}

function isListed({ truth, judgement }: Judged): boolean {
  return judgement.jobs.some(({ arn }) => arn === truth.jobArn);
}

function isAmbiguous({ judgement }: Judged): boolean {
  return judgement.status === 'ambiguous';
}

function isGiven({ judgement }: Judged): boolean {
  return judgement.jobs.length === 1 && judgement.status !== 'ambiguous';
}

/** The figures of two groups of accounts together. */
export function addFigures(sum: Figures | undefined, more: Figures): Figures {
  if (sum === undefined) {
    return more;
  }
  const add = (member: Exclude<keyof Figures, 'byStatus'>): number => sum[member] + more[member];
  const ofStatus = (status: AttributionStatus): { readonly count: number; readonly right: number } => ({
    count: sum.byStatus[status].count + more.byStatus[status].count,
    right: sum.byStatus[status].right + more.byStatus[status].right,
  });
  return {
    uses: add('uses'),
    ofUnknownJobs: add('ofUnknownJobs'),
    byStatus: {
      exact: ofStatus('exact'),
      strong: ofStatus('strong'),
      probable: ofStatus('probable'),
      ambiguous: ofStatus('ambiguous'),
      none: ofStatus('none'),
    },
    ofJobs: add('ofJobs'),
    listed: add('listed'),
    ofNoJob: add('ofNoJob'),
    misgiven: add('misgiven'),
    ambiguousListed: add('ambiguousListed'),
    ofRolesOutside: add('ofRolesOutside'),
    outsideAmbiguous: add('outsideAmbiguous'),
    outsideGiven: add('outsideGiven'),
    authors: add('authors'),
    authorsRight: add('authorsRight'),
  };
}

/** Each figure with what is wanted of it, measured of two joins. */
export function tableOf(ours: Figures, naive: Figures): (readonly [string, string, string, string])[] {
  const row = (name: string, wanted: string, cell: (figures: Figures) => string) =>
    [name, wanted, cell(ours), cell(naive)] as const;
  const ofStatus = (status: AttributionStatus) => (figures: Figures) =>
    share(figures.byStatus[status].right, figures.byStatus[status].count);
  return [
    row('exact, right', 'all', ofStatus('exact')),
    row('strong, right', 'all', ofStatus('strong')),
    row('probable, right', '95 %', ofStatus('probable')),
    row('uses of a job that list it', '99 %', ({ listed, ofJobs }) => share(listed, ofJobs)),
    row('uses of no job given one', '0.5 %', ({ misgiven, ofNoJob }) => share(misgiven, ofNoJob)),
    row('jobs an ambiguous one lists', '5', ({ ambiguousListed, byStatus }) =>
      byStatus.ambiguous.count === 0
        ? '-'
        : `${(ambiguousListed / byStatus.ambiguous.count).toFixed(1)} of ${byStatus.ambiguous.count}`,
    ),
    row('by job roles outside jobs, ambiguous', '30 %', (figures) =>
      share(figures.outsideAmbiguous, figures.ofRolesOutside),
    ),
    row('by job roles outside jobs, given a job', '5 %', (figures) =>
      share(figures.outsideGiven, figures.ofRolesOutside),
    ),
    row('authors told', '', ({ authors, authorsRight }) => share(authorsRight, authors)),
    row('uses of jobs no record tells of, left out', '', ({ ofUnknownJobs }) => `${ofUnknownJobs}`),
  ];
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)} % of ${whole.toLocaleString('en')}`;
}
