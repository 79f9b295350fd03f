import type { Attributor } from '../../attribution/attributor.ts';
import type { Observation } from '../../attribution/day.ts';
import { partOf } from '../../attribution/job-part.ts';
import type { Judgement } from '../../attribution/judgement.ts';
import type { JobPart } from '../../sagemaker/encryption-posture.ts';
import { HOUR_MS } from '../../utc-time.ts';
import type { Evidence } from '../evidence/evidence-store.ts';
import { judgementText } from '../facts/judgement-text.ts';
import type { RowSet } from '../facts/row-set.ts';
import { RowUse } from '../facts/row-use.ts';
import type { DayObservations } from '../pages/dependencies.ts';

/** Each observation once, by its text. */
export type ObservationsByHour = Map<number, Map<string, Observation>>;

/**
 * Adds what raw facts teach for judging the uses of their whole day, by hour of the day. It depends on the set of facts
 * only, not on what becomes of each. Facts of other days, which are boundary rows, are left out.
 */
export function observeRows(
  set: RowSet,
  attributor: Attributor,
  dayStartMs: number,
  into: ObservationsByHour,
): void {
  const use = new RowUse(set);
  for (let row = 0; row < set.length; row++) {
    use.row = row;
    const observations = attributor.observe(use);
    if (observations.length === 0) continue;
    const hour = Math.floor(((set.times[row] as number) - dayStartMs) / HOUR_MS);
    if (hour < 0 || hour > 23) continue;
    let known = into.get(hour);
    if (known === undefined) {
      known = new Map();
      into.set(hour, known);
    }
    for (const observation of observations) known.set(observation.join('\n'), observation);
  }
}

/**
 * Judges the rows that answers show, and sets their judgements.
 * @returns the subjects whose evidence the judgements depend on, sorted
 */
export function judgeRows(
  set: RowSet,
  visible: Iterable<number>,
  evidence: Evidence,
  observed: DayObservations,
): string[] {
  const asked = new Set<string>();
  const day = {
    observed: (subject: string) => observed.jobsOf(subject),
    ask: (subject: string) => {
      asked.add(subject);
    },
  };
  const use = new RowUse(set);
  const numbers = new Map<Judgement, Map<JobPart | undefined, number>>();
  for (const row of visible) {
    use.row = row;
    const judgement = evidence.attributor.judge(use, day);
    const [job, ...others] = judgement.jobs;
    const part =
      job === undefined || others.length > 0 ? undefined : partOf(use, evidence.job(job.arn, job.createdMs));
    let byPart = numbers.get(judgement);
    if (byPart === undefined) {
      byPart = new Map();
      numbers.set(judgement, byPart);
    }
    let number = byPart.get(part);
    if (number === undefined) {
      number = set.judgements.number(judgementText(judgement, part));
      byPart.set(part, number);
    }
    set.judgement[row] = number;
  }
  return [...asked].sort();
}
