import type { AttributionStatus, JudgedJob, Judgement } from '../attribution/judgement.ts';
import { isoTime } from './iso-time.ts';
import type { Attribution } from './usage-row.ts';

type StoredJob = readonly [arn: string, type: string, createdMs: number | null, reasons: readonly string[]];

/** A judgement as rows keep it, by position. Append only. */
type StoredJudgement = readonly [
  status: AttributionStatus,
  jobs: readonly StoredJob[],
  reasons: readonly string[],
  authorJobArn?: string,
];

export function judgementText(judgement: Judgement): string {
  const stored: StoredJudgement = [
    judgement.status,
    judgement.jobs.map(storedJob),
    judgement.reasons ?? [],
    ...(judgement.authorJobArn === undefined ? ([] as const) : ([judgement.authorJobArn] as const)),
  ];
  return JSON.stringify(stored);
}

function storedJob({ arn, type, createdMs, reasons }: JudgedJob): StoredJob {
  return [arn, type, createdMs ?? null, reasons];
}

/** What this file wrote. */
function parse(text: string): StoredJudgement {
  return JSON.parse(text) as StoredJudgement;
}

/** What groups and filters go by. */
export interface JudgedJobs {
  readonly status: AttributionStatus;
  /** ARNs; two runs of one name count as one job. */
  readonly jobs: readonly string[];
}

export function judgedJobs(text: string): JudgedJobs {
  const [status, jobs] = parse(text);
  return { status, jobs: [...new Set(jobs.map(([arn]) => arn))] };
}

export function attributionOf(text: string): Attribution {
  const [status, jobs, reasons, authorJobArn] = parse(text);
  return {
    status,
    jobs: jobs.map(([arn, type, createdMs, jobReasons]) => ({
      arn,
      type,
      ...(createdMs === null ? {} : { createdTime: isoTime(createdMs) }),
      reasons: jobReasons,
    })),
    ...(status === 'none' ? { reasons } : {}),
    ...(authorJobArn === undefined ? {} : { authorJob: { arn: authorJobArn } }),
  };
}
