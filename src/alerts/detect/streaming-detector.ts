import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { forEachConcurrently } from '../../for-each-concurrently.ts';
import type { KeyUse } from '../../kms/key-use.ts';
import type { Table } from '../../table/table.ts';
import { dayOf } from '../../utc-time.ts';
import type { Finding } from '../finding.ts';
import { familyOf } from '../principal-family.ts';
import type { UseContext } from '../rule.ts';
import { USE_RULES } from '../rules/rules.ts';
import { indexAlertByDay } from '../store/alert-days.ts';
import { withStreamedFinding } from '../store/alert-states.ts';
import { changeAlert } from '../store/alert-store.ts';
import { alertIdOf, type Subject } from '../subject.ts';
import { invalidateCheckedDay } from './checked-days.ts';
import { DayFindings } from './day-findings.ts';
import type { DetectionSettings } from './detection-settings.ts';
import { subjectOfNewcomers, surpriseOf } from './find-newcomers.ts';
import type { FirstSeen } from './first-seen.ts';
import { FirstSeenIndex } from './first-seen-index.ts';
import { countsAsSeen } from './pair.ts';
import { isKnownGrantee } from './rule-context.ts';

const STREAMING_RULES = USE_RULES.filter(({ when }) => when === 'streaming');

/** Older uses page nobody, so they are left to the detection over the history. */
const RECENT_MS = 24 * 3_600_000;

/** How often who was seen on a key is read again, at most: thousands may come to it in an hour. */
const RELOAD_MS = 5_000;

/** For how long an open alert is not read again. */
const KNOWN_MS = 60_000;
const KNOWN_ALERTS = 10_000;
/** Alerts opened at once: an attacker can cause any number of them. */
const ALERTS_AT_A_TIME = 32;

/** What the streaming detector reads and writes. */
export interface StreamingInputs {
  readonly table: Table;
  /** The current expectations, or those of a moment ago. */
  readonly expectations: () => Promise<ExpectationJudge>;
  readonly settings: DetectionSettings;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Raises alerts for uses as they are ingested, by the rules that need nothing but the use. The detection over the history
 * finds all of it again and counts exactly, so that a failure here only delays an alert. The first-seen index is kept
 * from batch to batch.
 */
export class StreamingDetector {
  readonly #inputs: StreamingInputs;
  readonly #seen: FirstSeenIndex;
  /** By alert id, until when the alert need not be read again, epoch milliseconds. */
  readonly #known = new Map<string, number>();
  /** By key, when who was seen on it was read again, epoch milliseconds. */
  readonly #reloadedMs = new Map<string, number>();

  constructor(inputs: StreamingInputs) {
    this.#inputs = inputs;
    this.#seen = new FirstSeenIndex(inputs.table, inputs.settings.learningMs);
  }

  /**
   * @param uses durable ones; uses that name their key only by an alias are left to the detection over the history
   * @returns ids of the alerts that were opened
   * @throws KeytrailError `store-unavailable`: the detection over the history raises what is missing
   */
  async raise(uses: readonly KeyUse[]): Promise<readonly string[]> {
    const nowMs = this.#inputs.now();
    const recent = uses.filter(
      ({ keyArn, eventTimeMs }) => keyArn !== undefined && eventTimeMs >= nowMs - RECENT_MS,
    );
    if (recent.length === 0) return [];
    const expectations = await this.#inputs.expectations();
    await this.#seen.load(recent.flatMap(({ keyArn }) => keyArn ?? []));
    await this.#recordSeen(recent);
    const byDay = new Map<string, DayFindings>();
    const findingsOf = (day: string) => {
      const findings = byDay.get(day) ?? new DayFindings();
      byDay.set(day, findings);
      return findings;
    };
    for (const use of recent) {
      const context = this.#contextOf(use, expectations);
      const day = dayOf(use.eventTimeMs);
      for (const rule of STREAMING_RULES) {
        const fired = rule.fires(use, context);
        if (fired !== undefined) findingsOf(day).open(rule.id, fired).tally.add(use.eventTimeMs, use);
      }
      const subject = this.#newcomerOf(use, day, expectations);
      if (subject !== undefined)
        findingsOf(day).open('first-seen-principal', { subject }).tally.add(use.eventTimeMs, use);
    }
    const opened: string[] = [];
    for (const [day, findings] of byDay) {
      await forEachConcurrently(findings.finished(), ALERTS_AT_A_TIME, async (finding) => {
        if (await this.#open(finding, day, nowMs)) opened.push(alertIdOf(finding.rule, finding.subject));
      });
    }
    return opened;
  }

  /** Records who was seen. What the join will say of their jobs is not known yet. */
  async #recordSeen(uses: readonly KeyUse[]): Promise<void> {
    const first = new Map<string, FirstSeen>();
    for (const use of uses) {
      const { keyArn, principal, eventTimeMs, eventId } = use;
      if (keyArn === undefined || principal.id === undefined || !countsAsSeen(use)) continue;
      const name = `${keyArn}\n${principal.id}`;
      const firstMs = first.get(name)?.firstMs ?? this.#seen.firstMs(keyArn, principal.id);
      if (firstMs !== undefined && firstMs <= eventTimeMs) continue;
      first.set(name, {
        ...{ keyName: keyArn, principalId: principal.id, firstMs: eventTimeMs, eventId },
        family: familyOf(principal) ?? principal.id,
        surprise: surpriseOf(use, NO_JOBS),
      });
    }
    const touched = await this.#seen.record([...first.values()]);
    await this.#reload([...first.values()]);
    for (const day of touched) await invalidateCheckedDay(this.#inputs.table, day);
  }

  /** Whether a newcomer's family is known is a matter of all functions that see uses of the key. */
  async #reload(seen: readonly FirstSeen[]): Promise<void> {
    const nowMs = this.#inputs.now();
    const keyNames = new Set(seen.map(({ keyName }) => keyName));
    const due = [...keyNames].filter((keyName) => nowMs - (this.#reloadedMs.get(keyName) ?? 0) >= RELOAD_MS);
    if (this.#reloadedMs.size >= KNOWN_ALERTS) this.#reloadedMs.clear();
    for (const keyName of due) this.#reloadedMs.set(keyName, nowMs);
    await this.#seen.reload(due);
  }

  /** The subject of the alert about a newcomer of whom no job needs to be known. */
  #newcomerOf(use: KeyUse, day: string, expectations: ExpectationJudge): Subject | undefined {
    const { keyArn, principal } = use;
    if (keyArn === undefined || !countsAsSeen(use)) return undefined;
    const family = familyOf(principal) ?? principal.id;
    const newcomers = this.#seen.newcomers(keyArn);
    const first = family === undefined ? undefined : newcomers.newcomerOf(family);
    if (first === undefined || !newcomers.isFoundOn(day, first)) return undefined;
    if (expectations.namesKey(keyArn, undefined, first.firstMs)) return undefined;
    return subjectOfNewcomers({ first, pair: { keyName: keyArn } });
  }

  #contextOf(use: KeyUse, expectations: ExpectationJudge): UseContext {
    return {
      ...NO_JOBS,
      verdict: expectations.judge(use),
      isRetired: (one) => expectations.isRetired(one),
      isKnownGrantee: (keyArn, grantee, timeMs) =>
        isKnownGrantee(keyArn, grantee, timeMs, expectations, this.#seen),
    };
  }

  async #open(finding: Finding, day: string, nowMs: number): Promise<boolean> {
    const { table } = this.#inputs;
    const id = alertIdOf(finding.rule, finding.subject);
    if ((this.#known.get(id) ?? 0) > nowMs) return false;
    let isOpened = false;
    await changeAlert(table, id, async (alert) => {
      const next = withStreamedFinding(alert, finding, day, nowMs);
      isOpened = next !== alert;
      if (isOpened) await indexAlertByDay(table, day, id);
      return next;
    });
    if (this.#known.size >= KNOWN_ALERTS) this.#known.clear();
    this.#known.set(id, nowMs + KNOWN_MS);
    return isOpened;
  }
}

/** No streaming rule asks about jobs: the join comes later. */
const NO_JOBS = {
  isJobRole: () => false,
  isJobAlive: () => false,
  job: () => undefined,
  authorOf: () => undefined,
  sessionJobOf: () => undefined,
  isOlderThanHistory: () => false,
  declaredKeys: () => undefined,
  isAliasDeclared: () => false,
};
