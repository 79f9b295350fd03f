import type { History } from '../../history/query/history.ts';
import type { Table } from '../../table/table.ts';
import { invalidateCheckedDay, readCheckedDays } from './checked-days.ts';
import { DayDependencies } from './day-dependencies.ts';
import type { DetectionInputs, DetectionOptions, DetectionResult } from './detection-inputs.ts';
import { DetectionRun } from './detection-run.ts';
import { updateJobFacts } from './job-parts.ts';
import { noteChangedJobs } from './jobs-to-check.ts';

/**
 * Checks every day that needs it, and makes the alerts say what the days show. A day needs it when its rows, or what else
 * its findings depend on, changed since its last check, or when that check came too early to trust the join. So the alerts
 * are what the history, the expectations and the settings make them, in whatever order the records came. Running it
 * again, also after a crash at any write, ends in the same alerts. Two detections over one table must not run at once: the
 * slower one would overwrite newer findings.
 * @throws KeytrailError `store-unavailable`
 */
export async function runDetection(
  inputs: DetectionInputs,
  options: DetectionOptions = {},
): Promise<DetectionResult> {
  const { table, history } = inputs;
  return history.withOneEvidence(async () => {
    const facts = await updateJobFacts(table, history, {
      onPart: (changed) => noteChangedJobs(table, changed),
      onRoles: (principalIds) => invalidateDaysOf(table, history, principalIds),
    });
    const expectations = await inputs.expectations();
    const checked = await readCheckedDays(table);
    const isAliasDeclared = await history.declaredAliases();
    const dependencies = new DayDependencies(facts, isAliasDeclared, checked);
    return new DetectionRun(inputs, options, { expectations, checked, dependencies }).run();
  });
}

/** Makes the next checks of the days on which some principals used keys new ones. */
async function invalidateDaysOf(
  table: Table,
  history: History,
  principalIds: ReadonlySet<string>,
): Promise<void> {
  const checked = await readCheckedDays(table);
  if (checked.size === 0) return;
  const days = await history.ask(async (view) => {
    const opened = await view.open(view.days().filter((day) => checked.has(day)));
    const buckets = await view.pageBucketsOf(principalIds, opened);
    return [...buckets].filter(([, pages]) => pages.size > 0).map(([{ day }]) => day);
  });
  for (const day of days) await invalidateCheckedDay(table, day);
}
