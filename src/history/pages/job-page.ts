import type { JobPart } from '../../sagemaker/encryption-posture.ts';
import type { StoredBody } from '../../table/corrupt-item.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import { compareTexts } from '../../text/text-order.ts';
import { type KeyDay, MEMBER } from './key-day.ts';

/** What one run of a job did with one key under one principal for one of its parts in a day. Times are epoch milliseconds. */
export interface JobUse {
  /** See `keyNameOf`. */
  readonly keyName: string;
  /** Null where it is not known. */
  readonly principal: string | null;
  /** The run by its creation time; null where it is not known. */
  readonly createdMs: number | null;
  /** What of the job it concerns; null where that is not known. */
  readonly part: JobPart | null;
  /** Rows that list the job, and those of them that are ambiguous. */
  readonly count: number;
  readonly ambiguousCount: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The uses that list one job, on one day. */
export interface JobDay {
  readonly arn: string;
  readonly uses: readonly JobUse[];
}

/** Which jobs used which keys on a day, out of its key-days; sorted by ARN. */
export function jobDaysOf(keyDays: readonly KeyDay[]): JobDay[] {
  const byJob = new Map<string, Map<string, { -readonly [M in keyof JobUse]: JobUse[M] }>>();
  for (const { keyName, groups } of keyDays) {
    for (const { members, count, firstMs, lastMs } of groups) {
      const principal = members[MEMBER.principalId];
      const jobs = members[MEMBER.jobs];
      const ambiguousCount = members[MEMBER.status] === 'ambiguous' ? count : 0;
      const part = members[MEMBER.part];
      for (const [place, arn] of jobs.entries()) {
        const createdMs = members[MEMBER.runs][place] ?? null;
        let uses = byJob.get(arn);
        if (uses === undefined) {
          uses = new Map();
          byJob.set(arn, uses);
        }
        const name = `${keyName}\n${principal ?? ''}\n${createdMs ?? ''}\n${part ?? ''}`;
        const use = uses.get(name);
        if (use === undefined) {
          uses.set(name, {
            keyName,
            principal,
            createdMs,
            part,
            count,
            ambiguousCount,
            firstMs,
            lastMs,
          });
        } else {
          use.count += count;
          use.ambiguousCount += ambiguousCount;
          use.firstMs = Math.min(use.firstMs, firstMs);
          use.lastMs = Math.max(use.lastMs, lastMs);
        }
      }
    }
  }
  return [...byJob]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([arn, uses]) => ({
      arn,
      uses: [...uses].sort(([a], [b]) => compareTexts(a, b)).map(([, use]) => use),
    }));
}

interface StoredJobUse extends Omit<JobUse, 'keyName'> {
  readonly partition: string;
}

interface StoredJobPage {
  readonly format: 1;
  readonly days: readonly { readonly arn: string; readonly uses: readonly StoredJobUse[] }[];
}

/** A page: the job-days of one bucket of jobs. */
export function encodeJobPage(days: readonly JobDay[]): Uint8Array {
  const stored = days.map(({ arn, uses }) => ({
    arn,
    uses: uses.map(({ keyName, ...use }) => ({ partition: keyName, ...use })),
  }));
  return encodeJson({ format: 1, days: stored } satisfies StoredJobPage);
}

/** @throws KeytrailError `corrupt-item` */
export function decodeJobPage(item: StoredBody): readonly JobDay[] {
  return decodeJson<StoredJobPage>(item, 'A page of job-days').days.map(({ arn, uses }) => ({
    arn,
    uses: uses.map(({ partition, ...use }) => ({ keyName: partition, ...use })),
  }));
}
