import { KeytrailError } from '../../keytrail-error.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, QueryRange, Table } from '../../table/table.ts';
import type { Alert, StateChange } from '../alert.ts';
import { outboxItem, outboxKey } from './outbox-items.ts';

const ALERTS_PK = 'alert';
/** Changes that stay in the alert's own item; DynamoDB bounds it at 400 KB. */
const KEPT_CHANGES = 60;

/** An alert as it was read, with what a conditional write of it needs. */
export interface ReadAlert {
  readonly alert: Alert;
  readonly version: number;
}

/** @throws KeytrailError `store-unavailable`, `unsupported-format` */
export async function readAlert(table: Table, id: string): Promise<ReadAlert | undefined> {
  const item = await table.get({ pk: ALERTS_PK, sk: id });
  return item === undefined ? undefined : decodeAlert(item);
}

/** Those among some that exist, by their ids. */
export async function readAlerts(table: Table, ids: Iterable<string>): Promise<Map<string, ReadAlert>> {
  const items = await table.getAll([...new Set(ids)].map((sk) => ({ pk: ALERTS_PK, sk })));
  return new Map(items.map((item) => [item.sk, decodeAlert(item)]));
}

/** Alerts in the order of their ids. */
export async function listAlerts(table: Table, range?: QueryRange): Promise<Alert[]> {
  return (await table.query(ALERTS_PK, range)).map((item) => decodeAlert(item).alert);
}

/**
 * Puts an alert in place of what was read of it. Changes that are to be delivered are in the outbox before they are in
 * the alert, and leave it after: whatever happens between, what is to be delivered is found there.
 * @param read undefined where there was none
 * @returns false where somebody else's write came first
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
 * Changes an alert however often it takes, beginning with what is `known` of it, where anything is. `change` is told what there is, and answers undefined where nothing is to be
 * done.
 * @returns the alert as it is then; undefined where there is none
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

/** Every change of an alert, oldest first, also those that no longer stand in its item. */
export async function everyChange(table: Table, alert: Alert): Promise<readonly StateChange[]> {
  const first = alert.changes[0]?.number ?? 1;
  if (first === 1) return alert.changes;
  const items = await table.query(changesPk(alert.id));
  const earlier = items
    .flatMap((item) => decodeJson<StateChange[]>(item.body, 'Changes of an alert'))
    .filter(({ number }) => number < first);
  return [...earlier, ...alert.changes];
}

/** Old changes are written apart, under a name made of their numbers, before the alert lets go of them. */
async function withoutOldChanges(table: Table, alert: Alert): Promise<Alert> {
  const { changes } = alert;
  if (changes.length <= KEPT_CHANGES) return alert;
  const old = changes.slice(0, KEPT_CHANGES / 2);
  const sk = String(old[0]?.number ?? 0).padStart(8, '0');
  await table.put({ pk: changesPk(alert.id), sk, body: encodeJson(old) });
  return { ...alert, changes: changes.slice(old.length) };
}

function changesPk(id: string): string {
  return `alert#${id}`;
}

function decodeAlert(item: Item): ReadAlert {
  const alert = decodeJson<Alert>(item.body, 'An alert');
  if (alert.format !== 1) {
    throw new KeytrailError(
      'unsupported-format',
      `An alert was written by a newer Keytrail (format ${alert.format}); use that version.`,
    );
  }
  return { alert, version: item.version ?? 0 };
}
