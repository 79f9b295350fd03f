import type { History } from '../../history/query/history.ts';
import type { HistoryView } from '../../history/query/history-view.ts';
import type { Table } from '../../table/table.ts';
import { DAY_MS, dayStart } from '../../utc-time.ts';
import type { RuleId } from '../rule-id.ts';
import type { CheckedDay } from './checked-days.ts';
import { findJobsWithoutKey } from './find-jobs-without-key.ts';
import { dueJobs, putCheckedJobs } from './jobs-to-check.ts';
import { alertsBefore, reconcileAlerts } from './reconcile-alerts.ts';

/** What a check of jobs reads and writes. */
export interface JobCheck {
  readonly table: Table;
  readonly history: History;
  readonly checked: ReadonlyMap<string, CheckedDay>;
  readonly open: () => Promise<HistoryView>;
  /** The jobs created before this are checked, epoch milliseconds: records about others may still arrive. */
  readonly beforeMs: number;
  readonly nowMs: number;
  /** Called with ids of alerts that changed. */
  readonly report: (ids: readonly string[]) => Promise<void>;
}

/** Whether an alert is found by a check of jobs. */
export function isRuleOfJobs(rule: RuleId): boolean {
  return rule === 'job-not-encrypted-with-customer-key';
}

/** Checks for jobs without a key: those that have changed, and those that made uses on days checked since. */
export async function checkJobs(check: JobCheck): Promise<void> {
  const { table, checked, beforeMs } = check;
  const due = await dueJobs(table);
  const days = new Set(due.map(({ day }) => day));
  for (const { isConcluded, notes } of checked.values())
    if (!isConcluded) for (const day of notes.jobDays) days.add(day);
  const byMonth = Map.groupBy([...days].sort(), (day) => day.slice(0, '2026-03'.length));
  for (const [month, ofMonth] of byMonth) {
    await checkDays(check, new Set(ofMonth));
    const done = due.filter(({ day }) => day.startsWith(month) && dayStart(day) + DAY_MS <= beforeMs);
    await putCheckedJobs(table, done);
  }
}

/** @param days creation days of one month */
async function checkDays(check: JobCheck, days: ReadonlySet<string>): Promise<void> {
  const { table, history, open, beforeMs, nowMs, report } = check;
  const sorted = [...days].sort();
  const knowledge = await history.knowledge(sorted[0] ?? '', sorted.at(-1) ?? '');
  await history.ask(async (view) => {
    const found = await findJobsWithoutKey(history, view, days, knowledge, beforeMs);
    for (const [day, findings] of found) {
      const alerts = await alertsBefore(table, day);
      await report(await reconcileAlerts(table, day, findings, isRuleOfJobs, alerts, explain, nowMs));
    }
  }, open);
}

const explain = () => ({
  reason: "the records of the job and of its uses show a customer's key",
  isByRecords: true,
});
