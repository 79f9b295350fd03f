import { KeytrailError } from '../../keytrail-error.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, QueryRange, Table } from '../../table/table.ts';
import type { Alert, StateChange } from '../alert.ts';
import { outboxItem, outboxKey } from './outbox-items.ts';

const ALERTS_PK = 'alert';
/** The most changes in the alert's own item: DynamoDB allows 400 KB, and a reason may have 6. */
const KEPT_CHANGES = 20;
/**
 * The most items of older changes. Whoever may acknowledge could do so without end: the first changes are kept and the
 * newest, and all of them fit an answer.
 */
const KEPT_PARTS = 30;

/** An alert with the version that a conditional write of it needs. */
export interface ReadAlert {
  readonly alert: Alert;
  readonly version: number;
}

/** @throws KeytrailError `store-unavailable`, `unsupported-format` */
export async function readAlert(table: Table, id: string): Promise<ReadAlert | undefined> {
  const item = await table.get({ pk: ALERTS_PK, sk: id });
  return item === undefined ? undefined : decodeAlert(item);
}

/** Those that exist, by id. */
export async function readAlerts(table: Table, ids: Iterable<string>): Promise<Map<string, ReadAlert>> {
  const items = await table.getAll([...new Set(ids)].map((sk) => ({ pk: ALERTS_PK, sk })));
  return new Map(items.map((item) => [item.sk, decodeAlert(item)]));
}

/** Alerts as they were decoded, by id. */
export interface KnownAlerts {
  get(id: string): ReadAlert | undefined;
  set(id: string, read: ReadAlert): void;
}

/**
 * Alerts in order of their ids, without those that were withdrawn.
 * @param known saves decoding an alert that has not changed since it was last listed
 */
export async function listAlerts(table: Table, range?: QueryRange, known?: KnownAlerts): Promise<Alert[]> {
  return (await table.query(ALERTS_PK, range))
    .map((item) => decodedOnce(item, known).alert)
    .filter(({ isWithdrawn }) => isWithdrawn !== true);
}

function decodedOnce(item: Item, known: KnownAlerts | undefined): ReadAlert {
  const before = known?.get(item.sk);
  if (before !== undefined && before.version === item.version) return before;
  const read = decodeAlert(item);
  known?.set(item.sk, read);
  return read;
}

/**
 * Replaces an alert. Changes to deliver enter the outbox before they enter the alert, and leave it after they left the
 * alert: a crash at any point loses no delivery.
 * @param read the alert that is replaced; undefined when there was none
 * @returns false when another process wrote it first
 */
export async function putAlert(table: Table, alert: Alert, read: ReadAlert | undefined): Promise<boolean> {
  const kept = await withoutOldChanges(table, alert);
  const pending = new Set(alert.deliveries.map(({ change }) => change));
  const before = new Set(read?.alert.deliveries.map(({ change }) => change));
  const added = alert.changes.filter(({ number }) => pending.has(number) && !before.has(number));
  if (added.length > 0) await table.write(added.map((change) => outboxItem(alert.id, change)));
  const item = {
    pk: ALERTS_PK,
    sk: alert.id,
    version: (read?.version ?? 0) + 1,
    fields: { rule: alert.rule, state: alert.state },
    body: encodeJson(kept),
  };
  const isPut = await table.putIf(item, read?.version);
  const done = [...before].filter((change) => !pending.has(change));
  if (isPut && done.length > 0) {
    await table.write(
      [],
      done.map((change) => outboxKey(alert.id, change)),
    );
  }
  return isPut;
}

/**
 * Changes an alert, and tries again when another process changed it first.
 * @param change gets the current alert, if any, and gives the new one, or undefined to leave it; it may run several times
 * @param known the alert as read before, to save the first read
 * @returns the alert after the change; undefined when there is none
 */
export async function changeAlert(
  table: Table,
  id: string,
  change: (alert: Alert | undefined) => Alert | undefined | Promise<Alert | undefined>,
  known?: ReadAlert,
): Promise<Alert | undefined> {
  for (let read = known ?? (await readAlert(table, id)); ; read = await readAlert(table, id)) {
    const changed = await change(read?.alert);
    if (changed === undefined || changed === read?.alert) return read?.alert;
    if (await putAlert(table, changed, read)) return changed;
  }
}

/**
 * The changes of an alert, oldest first, also those that its own item no longer has. Of very many, the first ones and the
 * newest: their numbers show the gap.
 */
export async function everyChange(table: Table, alert: Alert): Promise<readonly StateChange[]> {
  const first = alert.changes[0]?.number ?? 1;
  if (first === 1) return alert.changes;
  const items = await table.query(changesPk(alert.id));
  const earlier = items
    .flatMap((item) => decodeJson<StateChange[]>(item, 'An item of changes of an alert'))
    .filter(({ number }) => number < first);
  return [...earlier, ...alert.changes];
}

/** Writes old changes to an item of their own, named by their first number, before they leave the alert's item. */
async function withoutOldChanges(table: Table, alert: Alert): Promise<Alert> {
  const { changes } = alert;
  if (changes.length <= KEPT_CHANGES) return alert;
  const old = changes.slice(0, changes.length - KEPT_CHANGES / 2);
  const sk = String(old[0]?.number ?? 0).padStart(8, '0');
  const pk = changesPk(alert.id);
  await table.put({ pk, sk, body: encodeJson(old) });
  const parts = await table.query(pk);
  const dropped = parts.slice(1, Math.max(1, parts.length - KEPT_PARTS + 1));
  if (dropped.length > 0)
    await table.write(
      [],
      dropped.map((part) => ({ pk, sk: part.sk })),
    );
  return { ...alert, changes: changes.slice(old.length) };
}

function changesPk(id: string): string {
  return `alert#${id}`;
}

function decodeAlert(item: Item): ReadAlert {
  const alert = decodeJson<Alert>(item, 'An alert');
  if (alert.format !== 1) {
    throw new KeytrailError(
      'unsupported-format',
      `An alert was written by a newer Keytrail (format ${alert.format}); use that version.`,
    );
  }
  return { alert, version: item.version ?? 0 };
}
