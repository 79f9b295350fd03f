import type { History } from '../../history/query/history.ts';
import type { HistoryView, JobKnowledge } from '../../history/query/history-view.ts';
import { dayOf } from '../../utc-time.ts';
import type { Finding } from '../finding.ts';
import { DayFindings } from './day-findings.ts';

/** Jobs that start other jobs and set their keys in their own request. */
const DECIDES_FOR_CHILDREN = /:(?:hyper-parameter-tuning-job|automl-job)\//;

const RULE = 'job-not-encrypted-with-customer-key';
const PARTS = ['volume', 'output'] as const;

/**
 * Finds jobs that store data without a customer managed key although their kind takes one.
 * @param days creation days
 * @param beforeMs jobs created later are left out, since records about their keys may still arrive; epoch milliseconds
 * @returns the findings by creation day
 */
export async function findJobsWithoutKey(
  history: History,
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
  const byDay = new Map([...days].map((day) => [day, new DayFindings()]));
  for (const { arn, createdTime, posture } of await history.jobSummaries(view, jobs, knowledge)) {
    const details = PARTS.filter((part) => posture[part] === 'none' || posture[part] === 'aws-managed').map(
      (part) => `Its ${part} has ${posture[part] === 'none' ? 'no key' : 'an AWS managed key'}.`,
    );
    if (details.length === 0 || createdTime === undefined) continue;
    const createdMs = Date.parse(createdTime);
    const fired = { subject: { jobArn: arn }, details };
    // No event of a key use is the evidence here, so no event id is shown.
    byDay.get(dayOf(createdMs))?.open(RULE, fired).tally.add(createdMs, { eventId: '' });
  }
  return new Map([...byDay].map(([day, findings]) => [day, findings.finished()]));
}
