import type { History } from '../../history/query/history.ts';
import type { HistoryView } from '../../history/query/history-view.ts';
import { inspectDays } from '../../history/query/inspected-day.ts';
import type { Table } from '../../table/table.ts';
import type { Alert } from '../alert.ts';
import type { RuleId } from '../rule-id.ts';
import type { CheckedDay } from './checked-days.ts';
import { findingsOfStopped, shortNameOf, stoppedIdOf } from './detect-stopped-uses.ts';
import { alertsBefore, reconcileAlerts } from './reconcile-alerts.ts';
import { openStoppedUses, recordStoppedUses } from './stopped-use-index.ts';
import {
  daysToLookAt,
  type StoppedOnDay,
  type StoppedUseInputs,
  stoppedNameOf,
  stoppedUses,
} from './stopped-uses.ts';

/** What a check for stopped uses reads and writes. */
export interface StoppedUseCheck extends StoppedUseInputs {
  readonly table: Table;
  readonly history: History;
  readonly open: () => Promise<HistoryView>;
  /** Called with ids of alerts that changed. */
  readonly report: (ids: readonly string[]) => Promise<void>;
  readonly put: (checked: CheckedDay) => Promise<void>;
}

/** Whether an alert is found by a check for stopped uses. */
export function isRuleOfStoppedUses(rule: RuleId): boolean {
  return rule === 'use-stopped';
}

/**
 * Checks who has stopped using a key, on each day whose look-back or later days have changed. Who uses the key again has
 * not stopped: the alert is then resolved.
 */
export async function checkStoppedUses(check: StoppedUseCheck): Promise<void> {
  const { history, checked } = check;
  await history.ask(async (view) => {
    const resumed = await daysOfResumed(check, view);
    const days = daysToLookAt(view.days(), check, resumed);
    if (days.length === 0) return;
    for (const found of await stoppedUses(view, days, check)) {
      await settle(check, view, found);
      const known = checked.get(found.day);
      if (known === undefined) continue;
      const stoppedName = stoppedNameOf(found.day, found.resumedOn, check);
      await check.put({ ...known, stoppedName, notes: { ...known.notes, resumedOn: found.resumedOn } });
    }
  }, check.open);
}

async function settle(check: StoppedUseCheck, view: HistoryView, found: StoppedOnDay): Promise<void> {
  const { table, nowMs, report } = check;
  const { day, stopped, resumed } = found;
  const alerts = await alertsBefore(table, day);
  const findings = await findingsOfStopped(view, day, stopped);
  const ids = stopped.map(stoppedIdOf);
  const isRecorded = (id: string) => (alerts.get(id)?.alert.state ?? 'resolved') !== 'resolved';
  await recordStoppedUses(
    table,
    ids.filter((id) => !isRecorded(id)),
  );
  const explain = ({ id }: Alert) => {
    const again = resumed.get(id);
    const reason =
      again === undefined ? 'records that came later show uses' : `it was used again on ${again}`;
    return { reason, isByRecords: true };
  };
  await report(await reconcileAlerts(table, day, findings, isRuleOfStoppedUses, alerts, explain, nowMs));
}

/** The days of open alerts whose principal has used its key again on a day that was checked since. */
async function daysOfResumed(
  { table, checked }: StoppedUseCheck,
  view: HistoryView,
): Promise<ReadonlySet<string>> {
  const resumed = new Set<string>();
  const changed = [...checked.values()].filter(({ isConcluded }) => !isConcluded).map(({ day }) => day);
  const open = changed.length === 0 ? [] : await openStoppedUses(table);
  if (open.length === 0) return resumed;
  for (const day of await inspectDays(view, changed.sort())) {
    const idle = new Set(checked.get(day.day)?.notes.idlePairs);
    const used = new Set(
      (await day.pairUses())
        .filter(({ keyName, principalId }) => !idle.has(shortNameOf(keyName, principalId ?? '')))
        .map(({ keyName, principalId }) => stoppedIdOf({ keyName, principalId: principalId ?? '' })),
    );
    for (const { id, days } of open) {
      if (!used.has(id)) continue;
      for (const since of Object.keys(days)) if (since < day.day) resumed.add(since);
    }
  }
  return resumed;
}
