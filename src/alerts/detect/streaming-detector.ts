import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { forEachConcurrently } from '../../for-each-concurrently.ts';
import type { KeyUse } from '../../kms/key-use.ts';
import type { Table } from '../../table/table.ts';
import { dayOf } from '../../utc-time.ts';
import type { Finding } from '../finding.ts';
import type { UseContext } from '../rule.ts';
import { USE_RULES } from '../rules/rules.ts';
import { indexAlertByDay } from '../store/alert-days.ts';
import { withStreamedFinding } from '../store/alert-states.ts';
import { changeAlert } from '../store/alert-store.ts';
import { alertIdOf } from '../subject.ts';
import { invalidateCheckedDay } from './checked-days.ts';
import { DayFindings } from './day-findings.ts';
import type { DetectionSettings } from './detection-settings.ts';
import { type FirstSeen, FirstSeenIndex } from './first-seen-index.ts';
import { countsAsSeen } from './pair.ts';
import { isKnownGrantee, isUseByAws } from './rule-context.ts';

const STREAMING_RULES = USE_RULES.filter(({ when }) => when === 'streaming');

/** Older uses page nobody, so they are left to the detection over the history. */
const RECENT_MS = 24 * 3_600_000;

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
    const isNew = await this.#recordSeen(recent, expectations);
    const byDay = new Map<string, DayFindings>();
    for (const use of recent) {
      const context = this.#contextOf(use, expectations, isNew.has(pairName(use)));
      for (const rule of STREAMING_RULES) {
        const fired = rule.fires(use, context);
        if (fired === undefined) continue;
        const day = dayOf(use.eventTimeMs);
        const findings = byDay.get(day) ?? new DayFindings();
        byDay.set(day, findings);
        findings.open(rule.id, fired).tally.add(use.eventTimeMs, use);
      }
    }
    const opened: string[] = [];
    for (const [day, findings] of byDay) {
      await forEachConcurrently(findings.finished(), ALERTS_AT_A_TIME, async (finding) => {
        if (await this.#open(finding, day, nowMs)) opened.push(alertIdOf(finding.rule, finding.subject));
      });
    }
    return opened;
  }

  /** Records who was seen. @returns names of the pairs that are new by these uses, after their keys' learning */
  async #recordSeen(uses: readonly KeyUse[], expectations: ExpectationJudge): Promise<ReadonlySet<string>> {
    const first = new Map<string, FirstSeen>();
    for (const use of uses) {
      const { keyArn, principal, eventTimeMs } = use;
      if (keyArn === undefined || principal.id === undefined || !countsAsSeen(use)) continue;
      const name = pairName(use);
      const firstMs = first.get(name)?.firstMs ?? this.#seen.firstMs(keyArn, principal.id);
      if (firstMs !== undefined && firstMs <= eventTimeMs) continue;
      first.set(name, { keyName: keyArn, principalId: principal.id, firstMs: eventTimeMs });
    }
    const touched = await this.#seen.record([...first.values()]);
    for (const day of touched) await invalidateCheckedDay(this.#inputs.table, day);
    const isNew = new Set<string>();
    for (const use of uses) {
      const name = pairName(use);
      const recorded = first.get(name);
      if (recorded === undefined || isUseByAws(use)) continue;
      const { keyName, principalId, firstMs } = recorded;
      if (this.#seen.firstMs(keyName, principalId) !== firstMs) continue;
      if (firstMs < this.#seen.learnedMs(keyName)) continue;
      if (!expectations.namesKey(keyName, undefined, firstMs)) isNew.add(name);
    }
    return isNew;
  }

  #contextOf(use: KeyUse, expectations: ExpectationJudge, isFirstSeen: boolean): UseContext {
    return {
      verdict: expectations.judge(use),
      isFirstSeen,
      isKnownGrantee: (keyArn, grantee, timeMs) =>
        isKnownGrantee(keyArn, grantee, timeMs, expectations, this.#seen),
      // No streaming rule asks about jobs: the join comes later.
      isJobRole: () => false,
      isJobAlive: () => false,
      job: () => undefined,
      authorOf: () => undefined,
      isOlderThanHistory: () => false,
      declaredKeys: () => undefined,
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

function pairName({ keyArn, principal }: KeyUse): string {
  return `${keyArn ?? ''}\n${principal.id ?? ''}`;
}
