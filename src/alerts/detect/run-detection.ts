import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { closeGeneration, isGrown, type PendingBytes } from '../../history/day/day-state.ts';
import type { History } from '../../history/query/history.ts';
import type { HistoryView } from '../../history/query/history-view.ts';
import { inspectDays } from '../../history/query/inspected-day.ts';
import { contentName } from '../../table/content-name.ts';
import type { Table } from '../../table/table.ts';
import { DAY_MS, dayOf, dayStart } from '../../utc-time.ts';
import type { RuleId } from '../rule-id.ts';
import { resolved } from '../store/alert-states.ts';
import { changeAlert, type ReadAlert } from '../store/alert-store.ts';
import { alertIdOf } from '../subject.ts';
import { changedJobs, creationDays, JOBS_LOOK_BACK_MS, putCheckedJobs } from './changed-jobs.ts';
import { type CheckedDay, invalidateCheckedDay, putCheckedDay, readCheckedDays } from './checked-days.ts';
import { detectDay } from './detect-day.ts';
import { detectStoppedUses } from './detect-stopped-uses.ts';
import { DAY_SETTLES_MS, type DetectionSettings } from './detection-settings.ts';
import { findJobsWithoutKey } from './find-jobs-without-key.ts';
import type { FirstSeenIndex } from './first-seen-index.ts';
import { alertsBefore, reconcileAlerts } from './reconcile-alerts.ts';
import { openStoppedUses, recordStoppedUses } from './stopped-use-index.ts';

/** Raised with every change of what rules find, so that every day is checked again. */
const RULES_VERSION = 1;

const MAX_ROUNDS = 3;

/** What a detection reads and writes. */
export interface DetectionInputs {
  readonly table: Table;
  readonly history: History;
  /** Who was seen on which key; kept from run to run. */
  readonly seen: FirstSeenIndex;
  /** The current expectations, after the key facts of some days have been recorded. */
  readonly expectations: (days: readonly string[]) => Promise<ExpectationJudge>;
  /** Records when expectations were last needed: by id, epoch milliseconds. */
  readonly recordNeeded: (needed: ReadonlyMap<string, number>) => Promise<void>;
  readonly settings: DetectionSettings;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface DetectionOptions {
  /** Asked before each day that is checked. The days that are left wait for the next run. */
  readonly mayContinue?: () => Promise<boolean>;
  readonly onDay?: (day: string) => void;
  /** Whether to close the open generation of a day that was checked; `isGrown` by default. */
  readonly isToBeClosed?: (pending: PendingBytes) => boolean;
  /** Called with the ids of alerts as they change. */
  readonly onAlerts?: (ids: readonly string[]) => Promise<void>;
}

/** What a detection did. */
export interface DetectionResult {
  /** How many days were checked. */
  readonly days: number;
  /** Ids of the alerts that changed. */
  readonly alerts: ReadonlySet<string>;
  /** False when it was stopped before its end. */
  readonly isComplete: boolean;
}

/**
 * Checks every day that needs it, and makes the alerts say what the days show. A day needs it when its rows, the
 * expectations or the settings changed since its last check, or when that check came too early to trust the join.
 * Running it again, also after a crash at any write, ends in the same alerts. Two detections over one table must not
 * run at once: the slower one would overwrite newer findings.
 * @throws KeytrailError `store-unavailable`
 */
export async function runDetection(
  inputs: DetectionInputs,
  options: DetectionOptions = {},
): Promise<DetectionResult> {
  const { table, settings, history, seen } = inputs;
  return history.withOneEvidence(async () => {
    const view = await history.open();
    const expectations = await inputs.expectations(await changedDays(table, view));
    const rulesName = contentName(Buffer.from(JSON.stringify([RULES_VERSION, expectations.name, settings])));
    return new DetectionRun(inputs, options, expectations, rulesName, seen).run();
  });
}

/** Most runs check no more days than this. */
const KEPT_DAYS = 4;

class DetectionRun {
  readonly #inputs: DetectionInputs;
  readonly #options: DetectionOptions;
  readonly #expectations: ExpectationJudge;
  /** Names the rules, the expectations and the settings. */
  readonly #rulesName: string;
  readonly #seen: FirstSeenIndex;
  readonly #changedAlerts = new Set<string>();
  readonly #checkedDays = new Set<string>();
  /** Days checked by this run, or by one that was cut short, whose jobs and stopped uses are not yet checked. */
  readonly #unconcluded = new Set<string>();
  /** Days to check again because first-seen times on other days changed. */
  readonly #touched = new Set<string>();
  /** The alerts of the last few days, as read before the days' rows. */
  readonly #before = new Map<string, ReadonlyMap<string, ReadAlert>>();
  #isStopped = false;
  #lastView: HistoryView | undefined;

  constructor(
    inputs: DetectionInputs,
    options: DetectionOptions,
    expectations: ExpectationJudge,
    rulesName: string,
    seen: FirstSeenIndex,
  ) {
    this.#inputs = inputs;
    this.#options = options;
    this.#expectations = expectations;
    this.#rulesName = rulesName;
    this.#seen = seen;
  }

  async run(): Promise<DetectionResult> {
    const { table } = this.#inputs;
    let due = (await this.#open()).days();
    // A first-seen time that moves back can change findings on other days. Most such chains end within a round; the
    // next run takes the rest.
    for (let round = 0; round < MAX_ROUNDS && due.length > 0 && !this.#isStopped; round++) {
      const checked = await readCheckedDays(table);
      for (const { day, isConcluded } of checked.values()) if (!isConcluded) this.#unconcluded.add(day);
      this.#touched.clear();
      for (const day of due) {
        await this.#checkDay(day, checked.get(day));
        if (this.#isStopped) break;
      }
      due = [...this.#touched].sort();
    }
    if (!this.#isStopped) {
      await this.#checkJobs();
      await this.#checkStoppedUses();
      await this.#conclude();
    }
    return {
      days: this.#checkedDays.size,
      alerts: this.#changedAlerts,
      isComplete: !this.#isStopped,
    };
  }

  /** A day that another process invalidates meanwhile is concluded by the next run. */
  async #conclude(): Promise<void> {
    const { table } = this.#inputs;
    if (this.#unconcluded.size === 0) return;
    for (const checked of (await readCheckedDays(table)).values()) {
      const isDue = this.#unconcluded.has(checked.day) && !checked.isConcluded;
      if (isDue) await putCheckedDay(table, { ...checked, isConcluded: true });
    }
  }

  async #checkDay(day: string, before: CheckedDay | undefined): Promise<void> {
    const { table, history, settings, now } = this.#inputs;
    const nowMs = now();
    await history.ask(
      async (view) => {
        const sealed = view.sealedName(day);
        if (sealed !== undefined && isSettled(before, this.#nameOf(sealed))) return;
        // Read before the day's rows; `alertsBefore` says why.
        const alerts = await this.#readAlertsBefore(day);
        const [opened] = await inspectDays(view, [day]);
        if (opened === undefined) return;
        const name = this.#nameOf(opened.name);
        if (isSettled(before, name)) return;
        this.#isStopped = (await this.#options.mayContinue?.()) === false;
        if (this.#isStopped) return;
        this.#options.onDay?.(day);
        const knowledge = await history.knowledge(day);
        await this.#seen.load((await opened.pairUses()).map(({ keyName }) => keyName));
        const seen = this.#seen;
        const [detected] = await detectDay(
          { view, day: opened, knowledge, seen, recordSeen: (list) => seen.record(list), settings, nowMs },
          [this.#expectations],
        );
        if (detected === undefined) return;
        const { findings, needed, touched, lastMs } = detected;
        for (const other of touched) if (other !== day) await this.#touch(other);
        await this.#report(await reconcileAlerts(table, day, findings, isUseRule, alerts, nowMs));
        await this.#inputs.recordNeeded(needed);
        const version = before?.version ?? 0;
        const joinedBeforeMs = nowMs - settings.joinWaitMs;
        await putCheckedDay(table, { day, version, name, joinedBeforeMs, lastMs, isConcluded: false });
        this.#unconcluded.add(day);
        // Later runs then read only what comes from now on.
        const pending = view.pendingBytes(day);
        const isToBeClosed = this.#options.isToBeClosed ?? isGrown;
        if (pending !== undefined && isToBeClosed(pending)) await closeGeneration(table, day);
        this.#checkedDays.add(day);
      },
      () => this.#open(),
    );
  }

  /**
   * The day's alerts as this run read them before the day's rows, when they are still kept. Each rule owns its alerts,
   * so the checks of uses, jobs and stopped uses can share one reading.
   */
  async #alertsBefore(day: string): Promise<ReadonlyMap<string, ReadAlert>> {
    return this.#before.get(day) ?? (await this.#readAlertsBefore(day));
  }

  async #readAlertsBefore(day: string): Promise<ReadonlyMap<string, ReadAlert>> {
    const alerts = await alertsBefore(this.#inputs.table, day);
    this.#before.delete(day);
    this.#before.set(day, alerts);
    const [oldest] = this.#before.keys();
    if (this.#before.size > KEPT_DAYS && oldest !== undefined) this.#before.delete(oldest);
    return alerts;
  }

  async #touch(day: string): Promise<void> {
    await invalidateCheckedDay(this.#inputs.table, day);
    this.#touched.add(day);
  }

  /** Jobs without a key: those that are new or have changed, and those that made uses on the checked days. */
  async #checkJobs(): Promise<void> {
    const { table, history, settings, now } = this.#inputs;
    const nowMs = now();
    const view = await this.#open();
    const [, lastMs] = view.bounds();
    const toMs = Math.max(lastMs, nowMs);
    const fromMs = dayStart(dayOf(Math.min(lastMs === 0 ? nowMs : lastMs, nowMs) - JOBS_LOOK_BACK_MS));
    const known = await history.evidence(dayOf(fromMs), dayOf(toMs));
    const changed = new Map(
      (await changedJobs(table, known, fromMs, toMs)).map((jobs) => [jobs.day, jobs] as const),
    );
    await history.ask(
      async (open) => {
        const days = new Set(changed.keys());
        if (this.#unconcluded.size > 0) {
          const checked = [...this.#unconcluded].sort();
          const ofChecked = await history.evidence(checked[0] ?? '', checked.at(-1) ?? '');
          for (const day of await creationDays(open, checked, ofChecked)) days.add(day);
        }
        if (days.size === 0) return;
        const before = new Map<string, ReadonlyMap<string, ReadAlert>>();
        for (const day of days) before.set(day, await this.#alertsBefore(day));
        const sorted = [...days].sort();
        const knowledge = await history.knowledge(sorted[0] ?? '', sorted.at(-1) ?? '');
        const beforeMs = nowMs - settings.joinWaitMs;
        for (const [day, findings] of await findJobsWithoutKey(history, open, days, knowledge, beforeMs)) {
          const alerts = before.get(day) ?? new Map<string, ReadAlert>();
          await this.#report(await reconcileAlerts(table, day, findings, isJobRule, alerts, nowMs));
          const jobs = changed.get(day);
          // Jobs created after `beforeMs` were left out, so the last day is not finished.
          if (jobs !== undefined && dayStart(day) + DAY_MS <= beforeMs) await putCheckedJobs(table, jobs);
        }
      },
      () => this.#openLast(),
    );
  }

  /** Stopped uses, on every day whose look-back includes a checked day. */
  async #checkStoppedUses(): Promise<void> {
    const { table, history, settings, now } = this.#inputs;
    const { silentDays } = settings.useStopped;
    const days = new Set<string>();
    for (const day of this.#unconcluded) {
      for (let ahead = 0; ahead <= silentDays; ahead++) days.add(dayOf(dayStart(day) + ahead * DAY_MS));
    }
    const nowMs = now();
    for (const day of [...days].sort()) {
      if (dayStart(day) + DAY_MS + DAY_SETTLES_MS > nowMs) continue;
      await history.ask(
        async (view) => {
          const before = await this.#alertsBefore(day);
          const findings = await detectStoppedUses(view, day, settings.useStopped);
          const stopped = findings.map(({ rule, subject }) => alertIdOf(rule, subject));
          const isRecorded = (id: string) => (before.get(id)?.alert.state ?? 'resolved') !== 'resolved';
          await recordStoppedUses(
            table,
            stopped.filter((id) => !isRecorded(id)),
          );
          await this.#report(await reconcileAlerts(table, day, findings, isStoppedUseRule, before, nowMs));
        },
        () => this.#open(),
      );
    }
    await this.#resolveResumed(nowMs);
  }

  /** Resolves the alert when the principal uses its key again. */
  async #resolveResumed(nowMs: number): Promise<void> {
    const { table } = this.#inputs;
    if (this.#unconcluded.size === 0) return;
    const stopped = await openStoppedUses(table);
    if (stopped.length === 0) return;
    const view = await this.#open();
    const days = await inspectDays(view, [...this.#unconcluded].sort());
    const uses = await Promise.all(days.map((day) => day.pairUses()));
    for (const { id, subject, days: found } of stopped) {
      const since = Object.keys(found).sort().at(-1) ?? '';
      const again = days.find(
        (day, place) =>
          day.day > since &&
          uses[place]?.some(
            ({ keyName, principalId }) => keyName === subject.keyArn && principalId === subject.principalId,
          ),
      );
      if (again === undefined) continue;
      await changeAlert(table, id, (alert) =>
        alert === undefined ? undefined : resolved(alert, `it was used again on ${again.day}`, nowMs),
      );
      await this.#report([id]);
    }
  }

  async #report(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#changedAlerts.add(id);
    if (ids.length > 0) await this.#options.onAlerts?.(ids);
  }

  #nameOf(viewName: string): string {
    return `${this.#rulesName} ${viewName}`;
  }

  async #open(): Promise<HistoryView> {
    this.#lastView = await this.#inputs.history.open();
    return this.#lastView;
  }

  /**
   * The view that was opened last, once; a second call opens a new one. Only for rules whose alerts nobody but a
   * detection raises: those alerts need not be read before the rows.
   */
  async #openLast(): Promise<HistoryView> {
    const last = this.#lastView;
    this.#lastView = undefined;
    return last ?? this.#open();
  }
}

const isStoppedUseRule = (rule: RuleId) => rule === 'use-stopped';
const isJobRule = (rule: RuleId) => rule === 'job-not-encrypted-with-customer-key';
const isUseRule = (rule: RuleId) => !isStoppedUseRule(rule) && !isJobRule(rule);

/** The days that changed since their last check, or may have. */
async function changedDays(table: Table, view: HistoryView): Promise<string[]> {
  const checked = await readCheckedDays(table);
  return view.days().filter((day) => {
    const sealed = view.sealedName(day);
    return sealed === undefined || checked.get(day)?.name.endsWith(` ${sealed}`) !== true;
  });
}

/** Whether a day is as its last check found it, and that check could trust the join of every row. */
function isSettled(checked: CheckedDay | undefined, name: string): boolean {
  return checked !== undefined && checked.name === name && checked.lastMs < checked.joinedBeforeMs;
}
