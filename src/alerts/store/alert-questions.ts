import { LRUCache } from 'lru-cache';
import { isPrincipalName, principalsNamed } from '../../cloudtrail/principal-name.ts';
import { readAliases } from '../../history/evidence/alias-items.ts';
import type { Page, PageRequest } from '../../history/query/questions.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import { keysNamed } from '../../kms/key-name.ts';
import type { Table } from '../../table/table.ts';
import { decodeCursor, encodeCursor } from '../../text/cursor.ts';
import { countWithinBytes } from '../../text/page-bytes.ts';
import { compareTexts } from '../../text/text-order.ts';
import { type Alert, type AlertState, currentChange, evidenceOf } from '../alert.ts';
import type { RuleId } from '../rule-id.ts';
import { type AlertAnswer, type AlertDetail, answerAlert, answerAlertDetail } from './alert-answer.ts';
import { acknowledged } from './alert-states.ts';
import { changeAlert, everyChange, listAlerts, type ReadAlert, readAlert } from './alert-store.ts';

/** The values of one member are alternatives; all given members must match. */
export interface AlertFilter {
  readonly state?: readonly AlertState[];
  readonly rule?: readonly RuleId[];
  /** Key ARNs, bare ids, aliases with or without `alias/`, or alias ARNs. */
  readonly key?: readonly string[];
  /** Ids, ARNs of sessions, or bare names. */
  readonly principal?: readonly string[];
}

/** Decoded alerts that are kept: each takes some kilobytes. */
const KEPT_ALERTS = 2_000;

/** Reads and acknowledges alerts for the API and the command line. */
export class AlertQuestions {
  readonly #table: Table;
  readonly #known = new LRUCache<string, ReadAlert>({ max: KEPT_ALERTS });

  constructor(table: Table) {
    this.#table = table;
  }

  /** Last seen first. @throws KeytrailError `bad-cursor` */
  async list(filter: AlertFilter, page: PageRequest): Promise<Page<AlertAnswer>> {
    const mark = `alerts ${JSON.stringify(filter)}`;
    const alerts = await listAlerts(this.#table, undefined, this.#known);
    const matches = await this.#matcher(filter, alerts);
    const found = alerts.filter(matches).map((alert) => ({
      alert,
      position: [-(evidenceOf(alert.days)?.lastMs ?? 0), alert.id] as const,
    }));
    found.sort((a, b) => comparePositions(a.position, b.position));
    const after = page.cursor === undefined ? undefined : decodeCursor(mark, page.cursor).after;
    const rest =
      after === undefined
        ? found
        : found.filter(
            ({ position }) => comparePositions(position, [Number(after[0]), String(after[1])]) > 0,
          );
    const answers = rest.slice(0, page.limit).map(({ alert }) => answerAlert(alert));
    const items = answers.slice(0, countWithinBytes(answers));
    const last = rest[items.length - 1];
    if (last === undefined || rest.length <= items.length) return { items };
    return { items, next: encodeCursor(mark, { fromMs: 0, toMs: 0, after: last.position }) };
  }

  /** An alert with all its changes; undefined when there is none. */
  async one(id: string): Promise<AlertDetail | undefined> {
    const read = await readAlert(this.#table, id);
    return read === undefined || read.alert.isWithdrawn === true ? undefined : this.#detail(read.alert);
  }

  /**
   * Records that a person has looked at an alert.
   * @param untilMs new uses after it open the alert again; no uses do when absent
   * @returns undefined when there is no such alert
   * @throws KeytrailError `conflict` when it is already resolved, `bad-parameter` when `untilMs` is past
   */
  async acknowledge(
    id: string,
    by: string,
    reason: string,
    nowMs: number,
    untilMs?: number,
  ): Promise<AlertDetail | undefined> {
    if (untilMs !== undefined && untilMs <= nowMs)
      throw new KeytrailError('bad-parameter', 'until is in the past; give a later time or leave it out.', {
        parameter: 'until',
      });
    const alert = await changeAlert(this.#table, id, (alert) => {
      if (alert === undefined || alert.isWithdrawn === true) return undefined;
      if (alert.state === 'resolved')
        throw new KeytrailError('conflict', 'The alert is resolved; there is nothing left to acknowledge.');
      if (isAcknowledgedSo(alert, by, reason, untilMs)) return alert;
      if (alert.deliveries.length >= MOST_UNDELIVERED)
        throw new KeytrailError(
          'conflict',
          'Too many changes of the alert wait to be delivered; acknowledge it again once a channel takes them.',
        );
      return acknowledged(alert, by, reason, nowMs, untilMs);
    });
    return alert === undefined || alert.isWithdrawn === true ? undefined : this.#detail(alert);
  }

  /** The number of open alerts by key ARN. */
  async openByKey(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { state, subject } of await listAlerts(this.#table, undefined, this.#known)) {
      if (state !== 'open' || subject.keyArn === undefined) continue;
      counts.set(subject.keyArn, (counts.get(subject.keyArn) ?? 0) + 1);
    }
    return counts;
  }

  async #detail(alert: Alert): Promise<AlertDetail> {
    return answerAlertDetail(alert, await everyChange(this.#table, alert));
  }

  async #matcher(
    { state, rule, key, principal }: AlertFilter,
    alerts: readonly Alert[],
  ): Promise<(alert: Alert) => boolean> {
    const keys = key === undefined ? undefined : await this.#keysOf(key, alerts);
    const principals = principal === undefined ? undefined : principalsOf(principal, alerts);
    return (alert) =>
      (state === undefined || state.includes(alert.state)) &&
      (rule === undefined || rule.includes(alert.rule)) &&
      (principals === undefined || principals.has(alert.subject.principalId ?? '')) &&
      (keys === undefined || namesOfKey(alert).some((name) => keys.has(name)));
  }

  /** Those keys of the alerts that the references can mean. */
  async #keysOf(references: readonly string[], alerts: readonly Alert[]): Promise<ReadonlySet<string>> {
    const aliases = references.every((one) => one.includes(':key/'))
      ? new Map()
      : await readAliases(this.#table);
    const names = [...new Set(alerts.flatMap(namesOfKey))];
    return new Set(references.flatMap((reference) => keysNamed(reference, names, aliases)));
  }
}

/** More than any alert has whose channels work, and little enough for its item. */
const MOST_UNDELIVERED = 100;

/** Whether the same was said already, as by a request that is sent again. */
function isAcknowledgedSo(alert: Alert, by: string, reason: string, untilMs: number | undefined): boolean {
  const current = currentChange(alert);
  if (alert.state !== 'acknowledged' || current === undefined) return false;
  return current.by === by && current.reason === reason && current.untilMs === untilMs;
}

/** The ids that names of principals mean among those of the alerts. */
function principalsOf(names: readonly string[], alerts: readonly Alert[]): ReadonlySet<string> {
  const ids = new Set(alerts.flatMap(({ subject }) => subject.principalId ?? []));
  return new Set([...names, ...names.filter(isPrincipalName).flatMap((name) => principalsNamed(name, ids))]);
}

function namesOfKey({ subject: { keyArn, keyRef } }: Alert): string[] {
  return [keyArn, keyRef].filter((name) => name !== undefined);
}

function comparePositions([aMs, a]: readonly [number, string], [bMs, b]: readonly [number, string]): number {
  return aMs - bMs || compareTexts(a, b);
}
