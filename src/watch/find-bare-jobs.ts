import type { Finding } from '../alerts/finding.ts';
import { type JobKnowledge, jobSummaries } from '../history/ask-jobs.ts';
import type { HistoryView } from '../history/history-view.ts';
import { DAY_MS, dayStart } from '../history/names.ts';
import { Matters } from './matters.ts';

/** Resources whose own request says which keys the jobs have that they begin. */
const DECIDES_FOR_CHILDREN = /:(?:hyper-parameter-tuning-job|automl-job)\//;

const PARTS = ['volume', 'output'] as const;

/**
 * Jobs that keep data without a customer managed key though their kind takes one, among those created on a day.
 * @param beforeMs of later ones not all may have come that tells of their keys, epoch milliseconds
 */
export async function findBareJobs(
  view: HistoryView,
  day: string,
  knowledge: JobKnowledge,
  beforeMs: number,
): Promise<Finding[]> {
  const start = dayStart(day);
  const end = Math.min(start + DAY_MS, beforeMs);
  const jobs = knowledge.evidence.jobs.filter(
    ({ created, parents }) =>
      created !== undefined &&
      created.timeMs >= start &&
      created.timeMs < end &&
      !parents.some((arn) => DECIDES_FOR_CHILDREN.test(arn)),
  );
  const matters = new Matters();
  for (const { arn, createdTime, posture } of await jobSummaries(view, jobs, knowledge)) {
    const details = PARTS.filter((part) => posture[part] === 'none' || posture[part] === 'aws-managed').map(
      (part) => `Its ${part} has ${posture[part] === 'none' ? 'no key' : 'an AWS managed key'}.`,
    );
    if (details.length === 0 || createdTime === undefined) continue;
    const matter = matters.of('job-not-encrypted-with-customer-key', { subject: { jobArn: arn }, details });
    // What tells of a job is no event of a key's use.
    matter.tally.add(Date.parse(createdTime), () => '');
  }
  return matters.findings();
}
