import type { AttributionStatus, JudgedJob, Judgement } from '../../attribution/judgement.ts';
import type { JobPart } from '../../sagemaker/encryption-posture.ts';
import { isoTime } from '../../utc-time.ts';
import type { RowSet } from './row-set.ts';

type StoredJob = readonly [arn: string, type: string, createdMs: number | null, reasons: readonly string[]];

/** A judgement as rows keep it, by position. Append only. */
type StoredJudgement = readonly [
  status: AttributionStatus,
  jobs: readonly StoredJob[],
  reasons: readonly string[],
  authorJobArn: string | null,
  part: JobPart | null,
];

/** @param part what of its job the use concerns, where one made it */
export function judgementText(judgement: Judgement, part: JobPart | undefined): string {
  const stored: StoredJudgement = [
    judgement.status,
    judgement.jobs.map(storedJob),
    judgement.reasons ?? [],
    judgement.authorJobArn ?? null,
    part ?? null,
  ];
  return JSON.stringify(stored);
}

/** How many of some rows are not attributed to exactly one job. */
export function unattributedAmong({ judgement, judgements }: RowSet, rows: readonly number[]): number {
  const isOpen = judgements.texts.map(
    (text) => text.startsWith('["none"') || text.startsWith('["ambiguous"'),
  );
  return rows.reduce((sum, row) => sum + (isOpen[judgement[row] as number] === true ? 1 : 0), 0);
}

function storedJob({ arn, type, createdMs, reasons }: JudgedJob): StoredJob {
  return [arn, type, createdMs ?? null, reasons];
}

/** What this file wrote. */
function parse(text: string): StoredJudgement {
  return JSON.parse(text) as StoredJudgement;
}

/** The parts of a judgement that groups and filters use. */
export interface JudgedJobs {
  readonly status: AttributionStatus;
  /** ARNs; two runs of one name count as one job. */
  readonly jobs: readonly string[];
  /** For each job its run, by its creation time; null where that is not known or several. */
  readonly runs: readonly (number | null)[];
  readonly part: JobPart | null;
}

export function judgedJobs(text: string): JudgedJobs {
  const [status, list, , , part] = parse(text);
  const runs = new Map<string, number | null>();
  for (const [arn, , createdMs] of list) runs.set(arn, runs.has(arn) ? null : createdMs);
  return { status, jobs: [...runs.keys()], runs: [...runs.values()], part };
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
    ...(authorJobArn === null ? {} : { authorJob: { arn: authorJobArn } }),
  };
}

interface AttributedJob {
  readonly arn: string;
  readonly type: string;
  readonly createdTime?: string;
  /** Absent only where they are masked. */
  readonly reasons?: readonly string[];
}

export interface Attribution {
  readonly status: AttributionStatus;
  readonly jobs: readonly AttributedJob[];
  /** Why no job explains the use; present where `status` is `none`. */
  readonly reasons?: readonly string[];
  readonly authorJob?: { readonly arn: string };
}
