import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { forEachConcurrently } from '../../for-each-concurrently.ts';
import type { KeyUse } from '../../kms/key-use.ts';
import type { Table } from '../../table/table.ts';
import { dayOf } from '../../utc-time.ts';
import type { Finding } from '../finding.ts';
import type { UseContext } from '../rule.ts';
import { USE_RULES } from '../rules/rules.ts';
import { noteAlertOfDay } from '../store/alert-days.ts';
import { withFirstSight } from '../store/alert-states.ts';
import { changeAlert } from '../store/alert-store.ts';
import { alertIdOf } from '../subject.ts';
import { Matters } from './matters.ts';
import { makesSeen } from './pair.ts';
import { type FirstSeen, SeenBook } from './seen-book.ts';
import { isKnownGrantee, isServiceOfAws } from './surroundings.ts';
import type { WatchSettings } from './watch-settings.ts';
import { forgetWatchedDay } from './watched-days.ts';

const AT_ONCE = USE_RULES.filter(({ when }) => when === 'at-once');

/** What is older is left to the pass over the history: it pages nobody. */
const RECENT_MS = 24 * 3_600_000;

/** For how long an alert that is open is not looked at again. */
const KNOWN_MS = 60_000;
const KNOWN_ALERTS = 10_000;
/** So many are opened side by side: an attacker makes as many as he likes. */
const ALERTS_AT_A_TIME = 32;

/** What uses that just came in are watched with. */
export interface WatchingAtOnce {
  readonly table: Table;
  /** The expectations as they stand, or stood a moment ago. */
  readonly expectations: () => Promise<ExpectationJudge>;
  readonly settings: WatchSettings;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Raises what needs no more than the use itself, as it comes in. Counts are left to the pass over the history, which
 * finds all of this again, whatever became of it here. Keeps from batch to batch who was seen on which key.
 */
export class AtOnceWatch {
  readonly #watching: WatchingAtOnce;
  readonly #seen: SeenBook;
  /** Until when alerts are known to be as they should, by their ids. */
  readonly #known = new Map<string, number>();

  constructor(watching: WatchingAtOnce) {
    this.#watching = watching;
    this.#seen = new SeenBook(watching.table, watching.settings.learningMs);
  }

  /**
   * @param uses durable ones; those of keys that only an alias names are left to the pass
   * @returns ids of the alerts that were opened
   * @throws KeytrailError `store-unavailable`: the pass will raise what this did not
   */
  async raise(uses: readonly KeyUse[]): Promise<readonly string[]> {
    const nowMs = this.#watching.now();
    const recent = uses.filter(
      ({ keyArn, eventTimeMs }) => keyArn !== undefined && eventTimeMs >= nowMs - RECENT_MS,
    );
    if (recent.length === 0) return [];
    const expectations = await this.#watching.expectations();
    await this.#seen.load(recent.flatMap(({ keyArn }) => keyArn ?? []));
    const isNew = await this.#tellSeen(recent, expectations);
    const byDay = new Map<string, Matters>();
    for (const use of recent) {
      const context = this.#contextOf(use, expectations, isNew.has(pairName(use)));
      for (const rule of AT_ONCE) {
        const fired = rule.fires(use, context);
        if (fired === undefined) continue;
        const day = dayOf(use.eventTimeMs);
        const matters = byDay.get(day) ?? new Matters();
        byDay.set(day, matters);
        matters.of(rule.id, fired).tally.add(use.eventTimeMs, use);
      }
    }
    const opened: string[] = [];
    for (const [day, matters] of byDay) {
      await forEachConcurrently(matters.findings(), ALERTS_AT_A_TIME, async (finding) => {
        if (await this.#open(finding, day, nowMs)) opened.push(alertIdOf(finding.rule, finding.subject));
      });
    }
    return opened;
  }

  /** Takes note of who was seen. @returns the pairs that are new by it, after their keys' learning */
  async #tellSeen(uses: readonly KeyUse[], expectations: ExpectationJudge): Promise<ReadonlySet<string>> {
    const first = new Map<string, FirstSeen>();
    for (const use of uses) {
      const { keyArn, principal, eventTimeMs } = use;
      if (keyArn === undefined || principal.id === undefined || !makesSeen(use)) continue;
      const name = pairName(use);
      const firstMs = first.get(name)?.firstMs ?? this.#seen.firstMs(keyArn, principal.id);
      if (firstMs !== undefined && firstMs <= eventTimeMs) continue;
      first.set(name, { partition: keyArn, principalId: principal.id, firstMs: eventTimeMs });
    }
    const touched = await this.#seen.tell([...first.values()]);
    for (const day of touched) await forgetWatchedDay(this.#watching.table, day);
    const isNew = new Set<string>();
    for (const use of uses) {
      const name = pairName(use);
      const told = first.get(name);
      if (told === undefined || isServiceOfAws(use)) continue;
      const { partition, principalId, firstMs } = told;
      if (this.#seen.firstMs(partition, principalId) !== firstMs) continue;
      if (firstMs < this.#seen.learnedMs(partition)) continue;
      if (!expectations.namesKey(partition, undefined, firstMs)) isNew.add(name);
    }
    return isNew;
  }

  #contextOf(use: KeyUse, expectations: ExpectationJudge, isFirstSeen: boolean): UseContext {
    return {
      verdict: expectations.judge(use),
      isFirstSeen,
      isKnownGrantee: (keyArn, grantee, timeMs) =>
        isKnownGrantee(keyArn, grantee, timeMs, expectations, this.#seen),
      // Of jobs nothing is asked yet.
      isJobRole: () => false,
      isJobAlive: () => false,
      job: () => undefined,
      authorOf: () => undefined,
      isOlderThanHistory: () => false,
      declaredKeys: () => undefined,
    };
  }

  async #open(finding: Finding, day: string, nowMs: number): Promise<boolean> {
    const { table } = this.#watching;
    const id = alertIdOf(finding.rule, finding.subject);
    if ((this.#known.get(id) ?? 0) > nowMs) return false;
    let isOpened = false;
    await changeAlert(table, id, async (alert) => {
      const next = withFirstSight(alert, finding, day, nowMs);
      isOpened = next !== alert;
      if (isOpened) await noteAlertOfDay(table, day, id);
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
