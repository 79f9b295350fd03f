import { forEachConcurrently } from '../../for-each-concurrently.ts';
import type { Table } from '../../table/table.ts';
import type { Finding } from '../finding.ts';
import type { RuleId } from '../rule-id.ts';
import { alertsOfDay, noteAlertOfDay } from '../store/alert-days.ts';
import { withFinding, withoutDay } from '../store/alert-states.ts';
import { changeAlert, type ReadAlert, readAlerts } from '../store/alert-store.ts';
import { alertIdOf } from '../subject.ts';

const EXPLAINED = 'what came later, or an expectation, explains it';

/** Alerts put at once: each is a request or two. */
const PARALLEL = 16;

/**
 * The alerts that have evidence of a day as they stood before its rows were read: uses that they were raised for
 * are among those rows, so that what the rows do not give any more is explained.
 */
export async function alertsBefore(table: Table, day: string): Promise<ReadonlyMap<string, ReadAlert>> {
  const alerts = await readAlerts(table, await alertsOfDay(table, day));
  return new Map([...alerts].filter(([, { alert }]) => alert.days[day] !== undefined));
}

/**
 * Makes alerts say what a day gave: each finding takes the place of what its alert had of the day, and alerts that the
 * day no longer gives lose it.
 * @param about the rules that were asked
 * @param before `alertsBefore`, from before the day was read
 * @param nowMs epoch milliseconds
 * @returns ids of alerts that changed
 */
export async function settleAlerts(
  table: Table,
  day: string,
  findings: readonly Finding[],
  about: (rule: RuleId) => boolean,
  before: ReadonlyMap<string, ReadAlert>,
  nowMs: number,
): Promise<string[]> {
  const byId = new Map(findings.map((finding) => [alertIdOf(finding.rule, finding.subject), finding]));
  const gone = [...before].filter(([id, { alert }]) => about(alert.rule) && !byId.has(id));
  const changed: string[] = [];
  const unread = [...byId.keys()].filter((id) => !before.has(id));
  const known = new Map([...before, ...(await readAlerts(table, unread))]);
  // Most days give what they gave before.
  const news = [...byId].filter(([id, finding]) => {
    const alert = known.get(id)?.alert;
    return withFinding(alert, finding, day, nowMs) !== alert;
  });
  await forEachConcurrently(news, PARALLEL, async ([id, finding]) => {
    if (!before.has(id)) await noteAlertOfDay(table, day, id);
    await changeAlert(table, id, (alert) => withFinding(alert, finding, day, nowMs), known.get(id));
    changed.push(id);
  });
  await forEachConcurrently(gone, PARALLEL, async ([id, read]) => {
    const had = JSON.stringify(read.alert.days[day]);
    let isLess = false;
    await changeAlert(
      table,
      id,
      (alert) => {
        // What came to the day meanwhile was not among its rows: it is asked about with the day's next change.
        const isStill = alert !== undefined && JSON.stringify(alert.days[day]) === had;
        const left = isStill ? withoutDay(alert, day, EXPLAINED, nowMs) : alert;
        isLess = left !== alert;
        return left;
      },
      read,
    );
    if (isLess) changed.push(id);
  });
  return changed.sort();
}
