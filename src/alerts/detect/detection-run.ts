import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { closeGeneration, isGrown } from '../../history/day/day-state.ts';
import type { HistoryView } from '../../history/query/history-view.ts';
import { type InspectedDay, inspectDays } from '../../history/query/inspected-day.ts';
import type { RuleId } from '../rule-id.ts';
import type { ReadAlert } from '../store/alert-store.ts';
import { alertIdOf } from '../subject.ts';
import { checkJobs, isRuleOfJobs } from './check-jobs.ts';
import { checkStoppedUses, isRuleOfStoppedUses } from './check-stopped-uses.ts';
import {
  type CheckedDay,
  invalidateCheckedDay,
  putCheckedDay,
  readCheckedDay,
  uncheckedDay,
} from './checked-days.ts';
import type { DayDependencies } from './day-dependencies.ts';
import { type DayDetection, detectDay } from './detect-day.ts';
import type { DetectionInputs, DetectionOptions, DetectionResult } from './detection-inputs.ts';
import { explainAlerts } from './explain-alerts.ts';
import { creationDaysOf } from './jobs-to-check.ts';
import { type ReadBefore, readBefore } from './read-before.ts';
import { reconcileAlerts } from './reconcile-alerts.ts';
import { rulesNameOf } from './rules-name.ts';

/** What a run knows at its beginning. */
interface KnownAtStart {
  readonly expectations: ExpectationJudge;
  /** Every checked day; the run brings it up to date. */
  readonly checked: Map<string, CheckedDay>;
  readonly dependencies: DayDependencies;
}

/** One run over the history; `runDetection` says what it does. */
export class DetectionRun {
  readonly #inputs: DetectionInputs;
  readonly #options: DetectionOptions;
  readonly #expectations: ExpectationJudge;
  readonly #checked: Map<string, CheckedDay>;
  readonly #dependencies: DayDependencies;
  readonly #rulesName: string;
  readonly #changedAlerts = new Set<string>();
  readonly #checkedDays = new Set<string>();
  /** Days that this run has opened. */
  readonly #lookedAt = new Set<string>();
  /** By day, the creation days of the jobs that made its uses. */
  readonly #jobDays = new Map<string, readonly string[]>();
  #view: HistoryView | undefined;
  #isStopped = false;

  constructor(
    inputs: DetectionInputs,
    options: DetectionOptions,
    { expectations, checked, dependencies }: KnownAtStart,
  ) {
    this.#inputs = inputs;
    this.#options = options;
    this.#expectations = expectations;
    this.#checked = checked;
    this.#dependencies = dependencies;
    this.#rulesName = rulesNameOf(expectations, inputs.settings);
  }

  async run(): Promise<DetectionResult> {
    const { settings, now } = this.#inputs;
    this.#view = await this.#inputs.history.open();
    // What one day shows can change the findings of others, so days are checked until none is due.
    for (let due = this.#dueDays(); due.length > 0 && !this.#isStopped; due = this.#dueDays()) {
      await this.#checkDays(due);
      this.#dependencies.readBegins();
    }
    if (!this.#isStopped) {
      const shared = {
        ...this.#inputs,
        ...{ checked: this.#checked, dependencies: this.#dependencies, rulesName: this.#rulesName },
        nowMs: now(),
        open: this.#opener(),
        report: (ids: readonly string[]) => this.#report(ids),
        put: (checked: CheckedDay) => this.#put(checked),
      };
      await checkJobs({ ...shared, beforeMs: shared.nowMs - settings.joinWaitMs });
      await checkStoppedUses({ ...shared, settings: settings.useStopped, open: this.#opener() });
      await this.#conclude();
    }
    return {
      days: this.#checkedDays.size,
      alerts: this.#changedAlerts,
      isComplete: !this.#isStopped,
    };
  }

  /** The days that may need a check, oldest first. A day that is not sealed shows only when it is opened. */
  #dueDays(): string[] {
    return this.#currentView()
      .days()
      .filter((day) => {
        if (!this.#lookedAt.has(day)) {
          const sealed = this.#currentView().sealedName(day);
          const known = this.#checked.get(day);
          return sealed === undefined || known === undefined || !this.#isSettled(known, sealed);
        }
        const known = this.#checked.get(day);
        // Looked at without rows to check.
        if (known === undefined || !this.#checkedDays.has(day)) return false;
        return !this.#isAsChecked(known);
      });
  }

  /** Whether rules and what else a day's findings depend on, but its rows, are as in its last check. */
  #isAsChecked({ day, rulesName, dependsOn, notes }: CheckedDay): boolean {
    return rulesName === this.#rulesName && dependsOn === this.#dependencies.nameOf(day, notes);
  }

  /** Whether a day with this view is as its last check found it, and that could trust the join of every row. */
  #isSettled(known: CheckedDay, viewName: string): boolean {
    return known.viewName === viewName && known.lastMs < known.joinedBeforeMs && this.#isAsChecked(known);
  }

  /** Whether a day was sealed again since its last check, and shows the same. */
  async #isSameAgain(known: CheckedDay, opened: InspectedDay): Promise<boolean> {
    if (known.lastMs >= known.joinedBeforeMs || !this.#isAsChecked(known)) return false;
    return known.contentName === (await opened.contentName());
  }

  async #checkDays(due: readonly string[]): Promise<void> {
    const { history } = this.#inputs;
    for (let left = due; left.length > 0 && !this.#isStopped; ) {
      const before = await readBefore(this.#inputs, left);
      const days = left.slice(0, before.size);
      left = left.slice(before.size);
      this.#view = await history.open();
      for (const day of days) {
        await history.ask((view) => this.#checkDay(view, day, before.get(day)), this.#opener());
        if (this.#isStopped) break;
      }
      await this.#noteJobDays(days.filter((day) => this.#checkedDays.has(day)));
    }
  }

  #currentView(): HistoryView {
    if (this.#view === undefined) throw new Error('no view of the history was opened');
    return this.#view;
  }

  /** Gives the view that was opened last, and a new one where that has lost items. */
  #opener(): () => Promise<HistoryView> {
    let isFirst = true;
    return async () => {
      if (!isFirst) this.#view = await this.#inputs.history.open();
      isFirst = false;
      return this.#currentView();
    };
  }

  async #checkDay(view: HistoryView, day: string, read: ReadBefore | undefined): Promise<void> {
    const known = this.#checked.get(day) ?? uncheckedDay(day);
    const [opened] = await inspectDays(view, [day]);
    const isSettled = opened !== undefined && this.#isSettled(known, opened.name);
    if (opened === undefined || read === undefined || isSettled) {
      this.#lookedAt.add(day);
      return;
    }
    if (await this.#isSameAgain(known, opened)) {
      await this.#put({ ...known, viewName: opened.name });
      this.#lookedAt.add(day);
      return;
    }
    this.#isStopped = (await this.#options.mayContinue?.()) === false;
    if (this.#isStopped) return;
    this.#options.onDay?.(day);
    const nowMs = this.#inputs.now();
    const knowledge = await this.#inputs.history.knowledge(day);
    const { seen, settings } = this.#inputs;
    await seen.load((await opened.pairUses()).map(({ keyName }) => keyName));
    const [detected] = await detectDay(
      {
        ...{ view, day: opened, knowledge, seen, settings, nowMs },
        ...{ whole: this.#dependencies, dated: read.dated, records: true },
      },
      [this.#expectations],
    );
    if (detected === undefined) return;
    await this.#settle(view, opened, detected, known, read.alerts, nowMs);
    this.#lookedAt.add(day);
    this.#checkedDays.add(day);
  }

  /** Writes what a check found, and last that it was made. */
  async #settle(
    view: HistoryView,
    opened: InspectedDay,
    detected: DayDetection,
    known: CheckedDay,
    alerts: ReadonlyMap<string, ReadAlert>,
    nowMs: number,
  ): Promise<void> {
    const { table, settings, seen } = this.#inputs;
    const { day } = opened;
    const { findings, needed, lastMs } = detected;
    await this.#touchOthers(view, day, detected);
    const ids = new Set(findings.map(({ rule, subject }) => alertIdOf(rule, subject)));
    const explain = await explainAlerts({
      ...{ day: opened, rulesNameBefore: known.rulesName, rulesName: this.#rulesName, seen },
      gone: [...alerts.values()]
        .map(({ alert }) => alert)
        .filter(({ id, rule }) => isRuleOfUses(rule) && !ids.has(id)),
      beforeMs: nowMs - settings.joinWaitMs,
    });
    await this.#report(await reconcileAlerts(table, day, findings, isRuleOfUses, alerts, explain, nowMs));
    await this.#inputs.recordNeeded(needed);
    const notes = { ...known.notes, ...detected.notes };
    const names = {
      rulesName: this.#rulesName,
      viewName: opened.name,
      contentName: await opened.contentName(),
      dependsOn: this.#dependencies.nameOf(day, notes),
    };
    const joinedBeforeMs = nowMs - settings.joinWaitMs;
    const checked = { ...known, ...names, joinedBeforeMs, lastMs, isConcluded: false, notes };
    await this.#put(checked);
    this.#dependencies.addBegins(notes.begins);
    // Later runs then read only what comes from now on.
    const pending = view.pendingBytes(day);
    const isToBeClosed = this.#options.isToBeClosed ?? isGrown;
    if (pending !== undefined && isToBeClosed(pending)) await closeGeneration(table, day);
  }

  /** Invalidates the days whose findings depend on who was first seen on this one. */
  async #touchOthers(view: HistoryView, day: string, { touched, forgotten }: DayDetection): Promise<void> {
    const others = new Set(touched);
    if (forgotten.length > 0) {
      const names = new Set(forgotten.map(({ keyName, principalId }) => `${keyName}\n${principalId}`));
      for (const later of await inspectDays(
        view,
        view.days().filter((one) => one > day),
      )) {
        const uses = await later.pairUses();
        if (uses.some(({ keyName, principalId }) => names.has(`${keyName}\n${principalId}`)))
          others.add(later.day);
      }
    }
    others.delete(day);
    for (const other of others) await this.#touch(other);
  }

  async #touch(day: string): Promise<void> {
    const { table } = this.#inputs;
    if (!this.#checked.has(day)) return;
    await invalidateCheckedDay(table, day);
    const known = await readCheckedDay(table, day);
    if (known !== undefined) this.#checked.set(day, known);
    this.#lookedAt.delete(day);
  }

  async #put(checked: CheckedDay): Promise<void> {
    const put = await putCheckedDay(this.#inputs.table, checked);
    // Where another process has invalidated it meanwhile, the next run checks it again.
    this.#checked.set(checked.day, put ?? checked);
  }

  /** Notes which jobs made uses on checked days: what is known of these jobs' keys may have changed. */
  async #noteJobDays(days: readonly string[]): Promise<void> {
    if (days.length === 0) return;
    const { history } = this.#inputs;
    const created = await history.ask(
      (view) => creationDaysOf(view, days, (day) => history.evidence(day)),
      this.#opener(),
    );
    for (const day of days) {
      const known = this.#checked.get(day);
      if (known === undefined) continue;
      const now = [...(created.get(day) ?? [])].sort();
      this.#jobDays.set(day, now);
      // Until they were checked, also the jobs that made its uses as it was before.
      const jobDays = [...new Set([...known.notes.jobDays, ...now])].sort();
      if (jobDays.join() === known.notes.jobDays.join()) continue;
      await this.#put({ ...known, notes: { ...known.notes, jobDays } });
    }
  }

  /** Records that jobs and stopped uses were checked since. What is invalidated meanwhile is left to the next run. */
  async #conclude(): Promise<void> {
    for (const known of [...this.#checked.values()]) {
      if (known.isConcluded) continue;
      const jobDays = this.#jobDays.get(known.day) ?? known.notes.jobDays;
      await this.#put({ ...known, isConcluded: true, notes: { ...known.notes, jobDays } });
    }
  }

  async #report(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#changedAlerts.add(id);
    if (ids.length > 0) await this.#options.onAlerts?.(ids);
  }
}

function isRuleOfUses(rule: RuleId): boolean {
  return !isRuleOfJobs(rule) && !isRuleOfStoppedUses(rule);
}
