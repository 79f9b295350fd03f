import { forEachConcurrently } from '../../for-each-concurrently.ts';
import type { Table } from '../../table/table.ts';
import type { Alert } from '../alert.ts';
import type { Finding } from '../finding.ts';
import type { RuleId } from '../rule-id.ts';
import { alertIdsOfDay, indexAlertByDay } from '../store/alert-days.ts';
import { type Explanation, withFinding, withoutDay } from '../store/alert-states.ts';
import { changeAlert, type ReadAlert, readAlerts } from '../store/alert-store.ts';
import { alertIdOf } from '../subject.ts';

/** Alerts that are written at once; each takes a request or two. */
const PARALLEL = 16;

/**
 * The alerts that have evidence on a day. To be read before the day's rows: every use that raised one of them is then
 * among the rows, so an alert that the rows do not give any more is explained.
 */
export async function alertsBefore(table: Table, day: string): Promise<ReadonlyMap<string, ReadAlert>> {
  const alerts = await readAlerts(table, await alertIdsOfDay(table, day));
  return new Map([...alerts].filter(([, { alert }]) => alert.days[day] !== undefined));
}

/**
 * Makes alerts agree with the findings of a day. A finding replaces its alert's evidence of the day; an alert without a
 * finding loses that evidence.
 * @param isChecked whether a rule was asked; alerts of other rules stay as they are
 * @param before `alertsBefore`, read before the day's rows
 * @param explain why an alert has no finding any more
 * @param nowMs epoch milliseconds
 * @returns ids of alerts that changed
 */
export async function reconcileAlerts(
  table: Table,
  day: string,
  findings: readonly Finding[],
  isChecked: (rule: RuleId) => boolean,
  before: ReadonlyMap<string, ReadAlert>,
  explain: (alert: Alert) => Explanation,
  nowMs: number,
): Promise<string[]> {
  const byId = new Map(findings.map((finding) => [alertIdOf(finding.rule, finding.subject), finding]));
  const gone = [...before].filter(([id, { alert }]) => isChecked(alert.rule) && !byId.has(id));
  const changed: string[] = [];
  const unread = [...byId.keys()].filter((id) => !before.has(id));
  const known = new Map([...before, ...(await readAlerts(table, unread))]);
  // Most days give the same findings as before.
  const changes = [...byId].filter(([id, finding]) => {
    const alert = known.get(id)?.alert;
    return withFinding(alert, finding, day, nowMs) !== alert;
  });
  await forEachConcurrently(changes, PARALLEL, async ([id, finding]) => {
    if (!before.has(id)) await indexAlertByDay(table, day, id);
    await changeAlert(table, id, (alert) => withFinding(alert, finding, day, nowMs), known.get(id));
    changed.push(id);
  });
  await forEachConcurrently(gone, PARALLEL, async ([id, read]) => {
    const had = JSON.stringify(read.alert.days[day]);
    let isReduced = false;
    await changeAlert(
      table,
      id,
      (alert) => {
        // Uses that came meanwhile were not among the rows. They changed the day, so it is checked again.
        const isUnchanged = alert !== undefined && JSON.stringify(alert.days[day]) === had;
        const left = isUnchanged ? withoutDay(alert, day, explain(alert), nowMs) : alert;
        isReduced = left !== alert;
        return left;
      },
      read,
    );
    if (isReduced) changed.push(id);
  });
  return changed.sort();
}
