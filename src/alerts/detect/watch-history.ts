import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { closeGeneration } from '../../history/day/day-state.ts';
import { readAliases } from '../../history/evidence/alias-book.ts';
import type { EvidenceBook } from '../../history/evidence/evidence-book.ts';
import type { JobKnowledge } from '../../history/query/ask-jobs.ts';
import { HistoryView, withView } from '../../history/query/history-view.ts';
import { contentName } from '../../table/content-name.ts';
import type { DecodedItems } from '../../table/decoded-items.ts';
import type { Table } from '../../table/table.ts';
import { DAY_MS, dayOf, dayStart } from '../../utc-time.ts';
import type { RuleId } from '../rule-id.ts';
import { resolved } from '../store/alert-states.ts';
import { changeAlert, type ReadAlert } from '../store/alert-store.ts';
import { alertIdOf } from '../subject.ts';
import { changedJobs, creationDays, JOBS_LOOK_BACK_MS, putWatchedJobs } from './changed-jobs.ts';
import { findBareJobs } from './find-bare-jobs.ts';
import type { SeenBook } from './seen-book.ts';
import { alertsBefore, settleAlerts } from './settle-alerts.ts';
import { noteStopped, stoppedUses } from './stopped-book.ts';
import { watchDay } from './watch-day.ts';
import { DAY_SETTLES_MS, type WatchSettings } from './watch-settings.ts';
import { watchStops } from './watch-stops.ts';
import { forgetWatchedDay, putWatchedDay, readWatchedDays, type WatchedDay } from './watched-days.ts';

/** Raised with every change of what rules find: days are watched anew. */
const RULES_VERSION = 1;

const MAX_ROUNDS = 3;

/** What the history is watched with. */
export interface Watching {
  readonly table: Table;
  readonly decoded: DecodedItems;
  readonly evidence: EvidenceBook;
  /** Who was seen on which key; kept from pass to pass. */
  readonly seen: SeenBook;
  /** The expectations as they stand, once what some days' records tell of keys has been taken note of. */
  readonly expectations: (days: readonly string[]) => Promise<ExpectationJudge>;
  /** Takes note of when expectations were last needed, by their ids. Epoch milliseconds. */
  readonly tellNeeded: (needed: ReadonlyMap<string, number>) => Promise<void>;
  readonly settings: WatchSettings;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface PassOptions {
  /** Asked before each day that is to be watched: what is left is for the next pass. */
  readonly isGoing?: () => Promise<boolean>;
  readonly onDay?: (day: string) => void;
  /** Told of alerts as they change, by their ids. */
  readonly onAlerts?: (ids: readonly string[]) => Promise<void>;
}

/** What a pass did. */
export interface Passed {
  readonly days: number;
  readonly alerts: ReadonlySet<string>;
  readonly isComplete: boolean;
}

/**
 * One pass over the history: every day that changed since it was watched, whose expectations changed, or of which the
 * join had still to be asked for good, is watched anew, and its alerts made to say what it gives. Doing it again, or
 * after a crash anywhere, ends in the same alerts. Passes of one table must not run at once: a slow one would write what
 * it found before a faster one did.
 * @throws KeytrailError `store-unavailable`
 */
export async function watchHistory(watching: Watching, options: PassOptions = {}): Promise<Passed> {
  const { table, settings, decoded, evidence, seen } = watching;
  await evidence.hold();
  try {
    const view = await HistoryView.open(table, decoded, evidence);
    const expectations = await watching.expectations(await newDays(table, view));
    const by = contentName(Buffer.from(JSON.stringify([RULES_VERSION, expectations.name, settings])));
    return await new Pass(watching, options, expectations, by, seen).run();
  } finally {
    evidence.letGo();
  }
}

/** A pass that comes after another looks at so many, mostly. */
const KEPT_DAYS = 4;

class Pass {
  readonly #watching: Watching;
  readonly #options: PassOptions;
  readonly #expectations: ExpectationJudge;
  readonly #by: string;
  readonly #seen: SeenBook;
  readonly #alerts = new Set<string>();
  readonly #watched = new Set<string>();
  /** Days watched by this pass, or by one that came to no end, of which jobs and stops are to be asked about. */
  readonly #unconcluded = new Set<string>();
  /** Days to be watched again for what others told. */
  readonly #touched = new Set<string>();
  /** Alerts of the last few days that were looked at. */
  readonly #before = new Map<string, ReadonlyMap<string, ReadAlert>>();
  #isStopped = false;
  #lately: HistoryView | undefined;

  constructor(
    watching: Watching,
    options: PassOptions,
    expectations: ExpectationJudge,
    by: string,
    seen: SeenBook,
  ) {
    this.#watching = watching;
    this.#options = options;
    this.#expectations = expectations;
    this.#by = by;
    this.#seen = seen;
  }

  async run(): Promise<Passed> {
    const { table } = this.#watching;
    let due = (await this.#open()).days();
    // What a day tells of who was seen first may touch others; that settles at once or is left for the next pass.
    for (let round = 0; round < MAX_ROUNDS && due.length > 0 && !this.#isStopped; round++) {
      const watched = await readWatchedDays(table);
      for (const { day, isConcluded } of watched.values()) if (!isConcluded) this.#unconcluded.add(day);
      this.#touched.clear();
      for (const day of due) {
        await this.#watch(day, watched.get(day));
        if (this.#isStopped) break;
      }
      due = [...this.#touched].sort();
    }
    if (!this.#isStopped) {
      await this.#watchJobs();
      await this.#watchStops();
      await this.#conclude();
    }
    return { days: this.#watched.size, alerts: this.#alerts, isComplete: !this.#isStopped };
  }

  /** Days that somebody watched anew meanwhile are concluded by whoever passes next. */
  async #conclude(): Promise<void> {
    const { table } = this.#watching;
    if (this.#unconcluded.size === 0) return;
    for (const watched of (await readWatchedDays(table)).values()) {
      const isDue = this.#unconcluded.has(watched.day) && !watched.isConcluded;
      if (isDue) await putWatchedDay(table, { ...watched, isConcluded: true });
    }
  }

  async #watch(day: string, before: WatchedDay | undefined): Promise<void> {
    const { table, settings, now } = this.#watching;
    const nowMs = now();
    await withView(
      () => this.#open(),
      async (view) => {
        const sealed = view.sealedName(day);
        if (sealed !== undefined && isSettled(before, this.#nameOf(sealed))) return;
        // Before the day is read; see `alertsBefore`.
        const alerts = await this.#readAlertsBefore(day);
        const [opened] = await view.open([day]);
        if (opened === undefined) return;
        const name = this.#nameOf(opened.name);
        if (isSettled(before, name)) return;
        this.#isStopped = (await this.#options.isGoing?.()) === false;
        if (this.#isStopped) return;
        this.#options.onDay?.(day);
        const knowledge = await this.#knowledgeOf(day);
        await this.#seen.load((await opened.directory()).keys.map(({ partition }) => partition));
        const seen = this.#seen;
        const [given] = await watchDay(
          { view, day: opened, knowledge, seen, tellSeen: (list) => seen.tell(list), settings, nowMs },
          [this.#expectations],
        );
        if (given === undefined) return;
        const { findings, needed, touched, lastMs } = given;
        for (const other of touched) if (other !== day) await this.#touch(other);
        await this.#tell(await settleAlerts(table, day, findings, isOfUses, alerts, nowMs));
        await this.#watching.tellNeeded(needed);
        const version = before?.version ?? 0;
        const joinedBeforeMs = nowMs - settings.joinWaitMs;
        await putWatchedDay(table, { day, version, name, joinedBeforeMs, lastMs, isConcluded: false });
        this.#unconcluded.add(day);
        // What has come until now is not read again at every pass.
        if (view.isGrown(day)) await closeGeneration(table, day);
        this.#watched.add(day);
      },
    );
  }

  /** As they stood before the day was read in this pass, if that is not long ago: each rule makes alerts of its own. */
  async #alertsBefore(day: string): Promise<ReadonlyMap<string, ReadAlert>> {
    return this.#before.get(day) ?? (await this.#readAlertsBefore(day));
  }

  async #readAlertsBefore(day: string): Promise<ReadonlyMap<string, ReadAlert>> {
    const alerts = await alertsBefore(this.#watching.table, day);
    this.#before.delete(day);
    this.#before.set(day, alerts);
    const [oldest] = this.#before.keys();
    if (this.#before.size > KEPT_DAYS && oldest !== undefined) this.#before.delete(oldest);
    return alerts;
  }

  async #touch(day: string): Promise<void> {
    await forgetWatchedDay(this.#watching.table, day);
    this.#touched.add(day);
  }

  /** Jobs without a key: of those that are new or told anew, and of those whose uses were watched. */
  async #watchJobs(): Promise<void> {
    const { table, evidence, settings, now } = this.#watching;
    const nowMs = now();
    const view = await this.#open();
    const [, lastMs] = view.bounds();
    const toMs = Math.max(lastMs, nowMs);
    const fromMs = dayStart(dayOf(Math.min(lastMs === 0 ? nowMs : lastMs, nowMs) - JOBS_LOOK_BACK_MS));
    const known = await evidence.between(dayOf(fromMs), dayOf(toMs));
    const changed = new Map(
      (await changedJobs(table, known, fromMs, toMs)).map((jobs) => [jobs.day, jobs] as const),
    );
    await withView(
      () => this.#openLately(),
      async (open) => {
        const days = new Set(changed.keys());
        if (this.#unconcluded.size > 0) {
          const watched = [...this.#unconcluded].sort();
          const ofWatched = await evidence.between(watched[0] ?? '', watched.at(-1) ?? '');
          for (const day of await creationDays(open, watched, ofWatched)) days.add(day);
        }
        if (days.size === 0) return;
        const before = new Map<string, ReadonlyMap<string, ReadAlert>>();
        for (const day of days) before.set(day, await this.#alertsBefore(day));
        const sorted = [...days].sort();
        const knowledge = {
          evidence: await evidence.between(sorted[0] ?? '', sorted.at(-1) ?? ''),
          aliases: await readAliases(table),
        };
        const beforeMs = nowMs - settings.joinWaitMs;
        for (const [day, findings] of await findBareJobs(open, days, knowledge, beforeMs)) {
          const alerts = before.get(day) ?? new Map<string, ReadAlert>();
          await this.#tell(await settleAlerts(table, day, findings, isOfJobs, alerts, nowMs));
          const jobs = changed.get(day);
          // Of the last day's jobs not all may have been looked at.
          if (jobs !== undefined && dayStart(day) + DAY_MS <= beforeMs) await putWatchedJobs(table, jobs);
        }
      },
    );
  }

  /** Who stopped using a key, on the days for which what was watched counts. */
  async #watchStops(): Promise<void> {
    const { table, settings, now } = this.#watching;
    const { silentDays } = settings.useStopped;
    const days = new Set<string>();
    for (const day of this.#unconcluded) {
      for (let ahead = 0; ahead <= silentDays; ahead++) days.add(dayOf(dayStart(day) + ahead * DAY_MS));
    }
    const nowMs = now();
    for (const day of [...days].sort()) {
      if (dayStart(day) + DAY_MS + DAY_SETTLES_MS > nowMs) continue;
      await withView(
        () => this.#open(),
        async (view) => {
          const before = await this.#alertsBefore(day);
          const findings = await watchStops(view, day, settings.useStopped);
          const stopped = findings.map(({ rule, subject }) => alertIdOf(rule, subject));
          const isNoted = (id: string) => (before.get(id)?.alert.state ?? 'resolved') !== 'resolved';
          await noteStopped(
            table,
            stopped.filter((id) => !isNoted(id)),
          );
          await this.#tell(await settleAlerts(table, day, findings, isOfStops, before, nowMs));
        },
      );
    }
    await this.#resolveResumed(nowMs);
  }

  /** A principal that uses its key again has not stopped. */
  async #resolveResumed(nowMs: number): Promise<void> {
    const { table } = this.#watching;
    if (this.#unconcluded.size === 0) return;
    const stopped = await stoppedUses(table);
    if (stopped.length === 0) return;
    const view = await this.#open();
    const days = await view.open([...this.#unconcluded].sort());
    const directories = await view.directories(days);
    for (const { id, subject, days: found } of stopped) {
      const since = Object.keys(found).sort().at(-1) ?? '';
      const again = days.find(
        (day, place) =>
          day.day > since &&
          directories[place]?.keys.some(
            ({ partition, uses }) =>
              partition === subject.keyArn &&
              uses.some((use) => directories[place]?.principals[use.principal]?.[0] === subject.principalId),
          ),
      );
      if (again === undefined) continue;
      await changeAlert(table, id, (alert) =>
        alert === undefined ? undefined : resolved(alert, `it was used again on ${again.day}`, nowMs),
      );
      await this.#tell([id]);
    }
  }

  async #tell(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#alerts.add(id);
    if (ids.length > 0) await this.#options.onAlerts?.(ids);
  }

  async #knowledgeOf(day: string): Promise<JobKnowledge> {
    const { table, evidence } = this.#watching;
    return { evidence: await evidence.of(day), aliases: await readAliases(table) };
  }

  #nameOf(viewName: string): string {
    return `${this.#by} ${viewName}`;
  }

  async #open(): Promise<HistoryView> {
    const { table, decoded, evidence } = this.#watching;
    this.#lately = await HistoryView.open(table, decoded, evidence);
    return this.#lately;
  }

  /** The last view, once: for rules whose alerts only passes raise, which so need not be read before the rows. */
  async #openLately(): Promise<HistoryView> {
    const lately = this.#lately;
    this.#lately = undefined;
    return lately ?? this.#open();
  }
}

const isOfStops = (rule: RuleId) => rule === 'use-stopped';
const isOfJobs = (rule: RuleId) => rule === 'job-not-encrypted-with-customer-key';
const isOfUses = (rule: RuleId) => !isOfStops(rule) && !isOfJobs(rule);

/** The days that have changed since they were watched, or may have. */
async function newDays(table: Table, view: HistoryView): Promise<string[]> {
  const watched = await readWatchedDays(table);
  return view.days().filter((day) => {
    const sealed = view.sealedName(day);
    return sealed === undefined || watched.get(day)?.name.endsWith(` ${sealed}`) !== true;
  });
}

/** Whether a day is as it was watched, and nothing was left to be asked for good. */
function isSettled(watched: WatchedDay | undefined, now: string): boolean {
  return watched !== undefined && watched.name === now && watched.lastMs < watched.joinedBeforeMs;
}
