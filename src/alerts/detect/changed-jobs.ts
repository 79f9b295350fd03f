import { appendToList } from '../../append-to-list.ts';
import type { HistoryView, JobKnowledge } from '../../history/query/history-view.ts';
import type { Job } from '../../sagemaker/job.ts';
import { contentName } from '../../table/content-name.ts';
import type { Table } from '../../table/table.ts';
import { DAY_MS, dayOf, dayStart } from '../../utc-time.ts';

const CHECKED_JOBS_PK = 'watched-jobs';

/** How far back changed jobs are looked for: more than the longest time that a job runs. */
export const JOBS_LOOK_BACK_MS = 35 * DAY_MS;

/** The jobs created on one day, and a name made of what is known of their keys. */
export interface JobsOfDay {
  readonly day: string;
  readonly name: string;
}

/**
 * The creation days between two times whose jobs changed since they were last checked.
 * @param fromMs inclusive, epoch milliseconds
 * @param toMs exclusive
 */
export async function changedJobs(
  table: Table,
  { jobs }: JobKnowledge['evidence'],
  fromMs: number,
  toMs: number,
): Promise<JobsOfDay[]> {
  const byDay = new Map<string, Job[]>();
  for (const job of jobs) {
    const createdMs = job.created?.timeMs;
    if (createdMs !== undefined && createdMs >= fromMs && createdMs < toMs)
      appendToList(byDay, dayOf(createdMs), job);
  }
  const known = new Map((await table.query(CHECKED_JOBS_PK)).map(({ sk, fields }) => [sk, fields?.['name']]));
  // A later record can move a job to another creation day, so days that lost their jobs are compared too.
  const days = new Set([...byDay.keys(), ...known.keys()]);
  return [...days]
    .filter((day) => dayStart(day) + DAY_MS > fromMs && dayStart(day) < toMs)
    .map((day) => ({ day, name: nameOf(byDay.get(day) ?? []) }))
    .filter(({ day, name }) => known.get(day) !== name)
    .sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** Records that the jobs of a creation day were checked. */
export async function putCheckedJobs(table: Table, { day, name }: JobsOfDay): Promise<void> {
  await table.put({ pk: CHECKED_JOBS_PK, sk: day, fields: { name } });
}

/** The creation days of the jobs that made uses on some days. */
export async function creationDays(
  view: HistoryView,
  days: readonly string[],
  evidence: JobKnowledge['evidence'],
): Promise<Set<string>> {
  const created = new Set<string>();
  for (const jobDays of (await view.jobDaysOf(undefined, await view.open(days))).values()) {
    for (const { arn, uses } of jobDays) {
      for (const createdMs of new Set(uses.map((use) => use.createdMs))) {
        const timeMs = createdMs ?? evidence.job(arn, undefined)?.created?.timeMs;
        if (timeMs !== undefined) created.add(dayOf(timeMs));
      }
    }
  }
  return created;
}

/** A name made of every member of the jobs that `findJobsWithoutKey` depends on. */
function nameOf(jobs: readonly Job[]): string {
  const members = jobs.map(
    ({ id, volumeKeys, outputKeys, dataKeys, outputs, instanceTypes, parents, launcher }) => [
      ...[id, volumeKeys, outputKeys, dataKeys, outputs.length, instanceTypes, parents],
      launcher !== undefined,
    ],
  );
  return contentName(Buffer.from(JSON.stringify(members.map((one) => JSON.stringify(one)).sort())));
}
