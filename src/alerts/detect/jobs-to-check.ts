import { appendToList } from '../../append-to-list.ts';
import type { HistoryView, JobKnowledge } from '../../history/query/history-view.ts';
import type { Job } from '../../sagemaker/job.ts';
import { contentName } from '../../table/content-name.ts';
import type { Table } from '../../table/table.ts';
import { dayOf } from '../../utc-time.ts';
import { LASTING } from './job-part.ts';
import type { ChangedPart } from './job-parts.ts';

const CHECKED_JOBS_PK = 'watched-jobs';

/** The jobs of one part of the evidence that were created on one day, as an item names them. */
interface JobsOfDay {
  readonly sk: string;
  readonly day: string;
  readonly name: string;
}

/** Notes the creation days whose jobs in a part of the evidence have changed: they are due until they were checked. */
export async function noteChangedJobs(table: Table, { name: part, jobs }: ChangedPart): Promise<void> {
  const suffix = part === LASTING ? `#${LASTING}` : '';
  const byDay = new Map<string, Job[]>();
  for (const job of jobs) if (job.created !== undefined) appendToList(byDay, dayOf(job.created.timeMs), job);
  const isOfPart = (sk: string) => (part === LASTING ? sk.endsWith(suffix) : !sk.includes('#'));
  const range = part === LASTING ? {} : { from: `${part}-`, to: `${part}-~` };
  const known = new Map(
    (await table.query(CHECKED_JOBS_PK, range))
      .filter(({ sk }) => isOfPart(sk))
      .map(({ sk, fields }) => [sk, String(fields?.['name'])]),
  );
  // A later record can move a job to another creation day, so days that lost their jobs are due too.
  const sks = new Set([...[...byDay.keys()].map((day) => `${day}${suffix}`), ...known.keys()]);
  const due = [...sks]
    .map((sk): JobsOfDay => ({ ...dayIn(sk), name: nameOf(byDay.get(dayIn(sk).day) ?? []) }))
    .filter(({ sk, name }) => known.get(sk) !== name);
  await table.write(due.map(({ sk, name }) => ({ pk: CHECKED_JOBS_PK, sk, fields: { name, due: 1 } })));
}

/** The creation days that are due, oldest first. */
export async function dueJobs(table: Table): Promise<JobsOfDay[]> {
  const items = await table.query(CHECKED_JOBS_PK);
  return items
    .filter(({ fields }) => fields?.['due'] === 1)
    .map(({ sk, fields }) => ({ ...dayIn(sk), name: String(fields?.['name']) }));
}

/** Records that the jobs of some creation days were checked. */
export async function putCheckedJobs(table: Table, checked: readonly JobsOfDay[]): Promise<void> {
  await table.write(checked.map(({ sk, name }) => ({ pk: CHECKED_JOBS_PK, sk, fields: { name } })));
}

/** By day, the creation days of the jobs that made its uses. @param evidenceOf what is known of a day's jobs */
export async function creationDaysOf(
  view: HistoryView,
  days: readonly string[],
  evidenceOf: (day: string) => Promise<JobKnowledge['evidence']>,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const byDay = new Map<string, Set<string>>();
  for (const [{ day }, jobDays] of await view.jobDaysOf(undefined, await view.open(days))) {
    const created = new Set<string>();
    byDay.set(day, created);
    const runs = jobDays.flatMap(({ arn, uses }) => uses.map(({ createdMs }) => ({ arn, createdMs })));
    for (const { arn, createdMs } of runs) {
      const timeMs = createdMs ?? (await evidenceOf(day)).job(arn, undefined)?.created?.timeMs;
      if (timeMs !== undefined) created.add(dayOf(timeMs));
    }
  }
  return byDay;
}

function dayIn(sk: string): { readonly sk: string; readonly day: string } {
  return { sk, day: sk.slice(0, '2026-03-01'.length) };
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
