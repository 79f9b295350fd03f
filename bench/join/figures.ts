import type { JobEvidence } from '../../src/attribution/attributor.ts';
import type { AttributionStatus } from '../../src/attribution/judgement.ts';
import { roleKeyOf } from '../../src/attribution/role-key.ts';
import type { Judged } from './judged-account.ts';
import { LiveJobs } from './live-jobs.ts';

/** How well uses were joined. Uses of jobs that no record is about, or whose role none has, are counted apart. */
export interface Figures {
  readonly uses: number;
  readonly ofUnknownJobs: number;
  readonly exact: Share;
  readonly strong: Share;
  readonly probable: Share;
  /** Of the uses of jobs, those whose judgement lists the job. */
  readonly listed: Share;
  /** Of the uses whose role had one job alive, theirs, those that were not given it. */
  readonly missed: Share;
  /** Of the uses of nobody's job by a role that jobs run under, those that were given one; how many are ambiguous. */
  readonly misgiven: Share;
  readonly outsideAmbiguous: Share;
  /** Ambiguous judgements that list one job. */
  readonly aloneAmbiguous: number;
  /** The ambiguous judgements, and the jobs that they list. */
  readonly ambiguous: Share;
  readonly authors: Share;
}

/** How many of how many. */
export interface Share {
  readonly part: number;
  readonly of: number;
}

export function figuresOf(judged: readonly Judged[], evidence: JobEvidence): Figures {
  const roles = new Set(evidence.jobs.flatMap(({ roleArns }) => roleArns.map(roleKeyOf)));
  const live = new LiveJobs(evidence);
  const counted = judged.filter(({ truth }) => truth.jobArn === null || truth.isJobKnown);
  const ofJobs = counted.filter(({ truth }) => truth.jobArn !== null);
  const alone = ofJobs.filter(({ use, truth }) => live.isOnly(use, truth.jobArn));
  const outside = counted.filter(
    ({ truth, use: { principal } }) =>
      truth.jobArn === null &&
      principal.type === 'role' &&
      principal.id !== undefined &&
      roles.has(roleKeyOf(principal.id)),
  );
  const ambiguous = counted.filter(isAmbiguous);
  const authored = counted.filter(({ truth }) => truth.authorJobArn !== undefined);
  const ofStatus = (status: AttributionStatus): Share => {
    const having = counted.filter(({ judgement }) => judgement.status === status);
    return { part: having.filter(isRight).length, of: having.length };
  };
  return {
    uses: counted.length,
    ofUnknownJobs: judged.length - counted.length,
    exact: ofStatus('exact'),
    strong: ofStatus('strong'),
    probable: ofStatus('probable'),
    listed: share(ofJobs, isRight),
    missed: share(alone, (each) => !isRight(each) || isAmbiguous(each)),
    misgiven: share(outside, (each) => isGiven(each) && !isRight(each)),
    outsideAmbiguous: share(outside, isAmbiguous),
    aloneAmbiguous: ambiguous.filter(({ judgement }) => judgement.jobs.length < 2).length,
    ambiguous: {
      part: ambiguous.length,
      of: ambiguous.reduce((sum, { judgement }) => sum + judgement.jobs.length, 0),
    },
    authors: share(authored, ({ truth, judgement }) => judgement.authorJobArn === truth.authorJobArn),
  };
}

function share(some: readonly Judged[], has: (each: Judged) => boolean): Share {
  return { part: some.filter(has).length, of: some.length };
}

/** No job where there was none; else the job is listed, or what it belongs to. */
export function isRight({ truth, judgement }: Judged): boolean {
  return truth.jobArn === null
    ? judgement.jobs.every(({ arn }) => arn === truth.withinArn)
    : judgement.jobs.some(({ arn }) => arn === truth.jobArn || arn === truth.withinArn);
}

function isAmbiguous({ judgement }: Judged): boolean {
  return judgement.status === 'ambiguous';
}

function isGiven({ judgement }: Judged): boolean {
  return judgement.jobs.length > 0 && judgement.status !== 'ambiguous';
}

/** The figures of two groups of accounts together. */
export function addFigures(sum: Figures | undefined, more: Figures): Figures {
  if (sum === undefined) {
    return more;
  }
  const add = (member: ShareMember): Share => ({
    part: sum[member].part + more[member].part,
    of: sum[member].of + more[member].of,
  });
  return {
    uses: sum.uses + more.uses,
    ofUnknownJobs: sum.ofUnknownJobs + more.ofUnknownJobs,
    exact: add('exact'),
    strong: add('strong'),
    probable: add('probable'),
    listed: add('listed'),
    missed: add('missed'),
    misgiven: add('misgiven'),
    outsideAmbiguous: add('outsideAmbiguous'),
    aloneAmbiguous: sum.aloneAmbiguous + more.aloneAmbiguous,
    ambiguous: add('ambiguous'),
    authors: add('authors'),
  };
}

type ShareMember = {
  [Member in keyof Figures]: Figures[Member] extends Share ? Member : never;
}[keyof Figures];
