import { type JobKnowledge, jobSummaries } from '../../history/query/ask-jobs.ts';
import type { HistoryView } from '../../history/query/history-view.ts';
import { dayOf } from '../../utc-time.ts';
import type { Finding } from '../finding.ts';
import { Matters } from './matters.ts';

/** Resources whose own request says which keys the jobs have that they begin. */
const DECIDES_FOR_CHILDREN = /:(?:hyper-parameter-tuning-job|automl-job)\//;

const RULE = 'job-not-encrypted-with-customer-key';
const PARTS = ['volume', 'output'] as const;

/**
 * Jobs that keep data without a customer managed key though their kind takes one, by the day of their creation.
 * @param days of creation
 * @param beforeMs of later ones not all may have come that tells of their keys, epoch milliseconds
 */
export async function findBareJobs(
  view: HistoryView,
  days: ReadonlySet<string>,
  knowledge: JobKnowledge,
  beforeMs: number,
): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const jobs = knowledge.evidence.jobs.filter(
    ({ created, parents }) =>
      created !== undefined &&
      created.timeMs < beforeMs &&
      days.has(dayOf(created.timeMs)) &&
      !parents.some((arn) => DECIDES_FOR_CHILDREN.test(arn)),
  );
  const byDay = new Map([...days].map((day) => [day, new Matters()]));
  for (const { arn, createdTime, posture } of await jobSummaries(view, jobs, knowledge)) {
    const details = PARTS.filter((part) => posture[part] === 'none' || posture[part] === 'aws-managed').map(
      (part) => `Its ${part} has ${posture[part] === 'none' ? 'no key' : 'an AWS managed key'}.`,
    );
    if (details.length === 0 || createdTime === undefined) continue;
    const createdMs = Date.parse(createdTime);
    const fired = { subject: { jobArn: arn }, details };
    // What tells of a job is no event of a key's use.
    byDay.get(dayOf(createdMs))?.of(RULE, fired).tally.add(createdMs, { eventId: '' });
  }
  return new Map([...byDay].map(([day, matters]) => [day, matters.findings()]));
}
