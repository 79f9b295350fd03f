import { appendToList } from '../../append-to-list.ts';
import type { Evidence } from '../../history/evidence/evidence-book.ts';
import type { HistoryView } from '../../history/query/history-view.ts';
import type { Job } from '../../sagemaker/job.ts';
import { contentName } from '../../table/content-name.ts';
import type { Table } from '../../table/table.ts';
import { DAY_MS, dayOf, dayStart } from '../../utc-time.ts';

const JOBS_PK = 'watched-jobs';

/** How far back what is new of a job is looked for: the longest that one runs, and more. */
export const JOBS_LOOK_BACK_MS = 35 * DAY_MS;

/** The jobs of one day of creation, and how they stood when they were watched. */
export interface JobsOfDay {
  readonly day: string;
  readonly name: string;
}

/** The days of creation of which there is something new, among those between two times. Epoch milliseconds. */
export async function changedJobs(
  table: Table,
  { jobs }: Evidence,
  fromMs: number,
  toMs: number,
): Promise<JobsOfDay[]> {
  const byDay = new Map<string, Job[]>();
  for (const job of jobs) {
    const createdMs = job.created?.timeMs;
    if (createdMs !== undefined && createdMs >= fromMs && createdMs < toMs)
      appendToList(byDay, dayOf(createdMs), job);
  }
  const known = new Map((await table.query(JOBS_PK)).map(({ sk, fields }) => [sk, fields?.['name']]));
  // What came later may tell that a job was created on another day.
  const days = new Set([...byDay.keys(), ...known.keys()]);
  return [...days]
    .filter((day) => dayStart(day) + DAY_MS > fromMs && dayStart(day) < toMs)
    .map((day) => ({ day, name: nameOf(byDay.get(day) ?? []) }))
    .filter(({ day, name }) => known.get(day) !== name)
    .sort((a, b) => (a.day < b.day ? -1 : 1));
}

export async function putWatchedJobs(table: Table, { day, name }: JobsOfDay): Promise<void> {
  await table.put({ pk: JOBS_PK, sk: day, fields: { name } });
}

/** The days of creation of jobs that uses of some days are of. */
export async function creationDays(
  view: HistoryView,
  days: readonly string[],
  evidence: Evidence,
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

/** What of jobs their keys hang on. */
function nameOf(jobs: readonly Job[]): string {
  const told = jobs.map(
    ({ id, volumeKeys, outputKeys, dataKeys, outputs, instanceTypes, parents, launcher }) => [
      ...[id, volumeKeys, outputKeys, dataKeys, outputs.length, instanceTypes, parents],
      launcher !== undefined,
    ],
  );
  return contentName(Buffer.from(JSON.stringify(told.map((one) => JSON.stringify(one)).sort())));
}
