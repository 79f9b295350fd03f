import { beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/alerts/alert.ts';
import { deliveryProblemOf } from '../../../src/alerts/alert.ts';
import type { Channel } from '../../../src/alerts/delivery/channel.ts';
import { deliver, deliverOutbox } from '../../../src/alerts/delivery/deliver.ts';
import { CLAIM_MS, type DeliveryContext } from '../../../src/alerts/delivery/delivery-context.ts';
import type { Notice } from '../../../src/alerts/delivery/notice.ts';
import { pendingAlerts } from '../../../src/alerts/delivery/outbox.ts';
import type { RuleId } from '../../../src/alerts/rule-id.ts';
import { acknowledged, resolved, withFinding } from '../../../src/alerts/store/alert-states.ts';
import { changeAlert, listAlerts, putAlert, readAlert } from '../../../src/alerts/store/alert-store.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { MortalTable } from '../../table/mortal-table.ts';
import { aFinding, alertsOfKeys, anAlert, DAY, NOON_MS, putAlerts } from './an-alert.ts';
import { peopleChannel, Recorder, recordsChannel } from './recording-channel.ts';

const MINUTE_MS = 60_000;

let table: MemoryTable;
let nowMs: number;
let mail: Recorder;
let file: Recorder;
let nextId: number;
beforeEach(() => {
  table = new MemoryTable();
  nowMs = NOON_MS;
  mail = new Recorder();
  file = new Recorder();
  nextId = 0;
});

function delivering(
  channels: readonly Channel[] = [peopleChannel(mail), recordsChannel(file)],
  more: Partial<DeliveryContext> = {},
): DeliveryContext {
  return {
    table,
    channels,
    now: () => nowMs,
    newId: () => `id-${nextId++}`,
    isTimeLeft: () => true,
    ...more,
  };
}

async function alertOf(id: string): Promise<Alert> {
  const read = await readAlert(table, id);
  if (read === undefined) throw new Error('the alert is gone');
  return read.alert;
}

const firstChanges = (ids: readonly string[]) => ids.map((id) => `${id}.1`).sort();

describe('a change of an alert', () => {
  it('is taken once by every channel, and is in the outbox no more', async () => {
    const ids = await putAlerts(table, alertsOfKeys(3));
    expect([...(await pendingAlerts(table, nowMs))].sort()).toEqual([...ids].sort());
    await deliver(ids, delivering());
    await deliver(ids, delivering());
    await deliverOutbox(delivering());
    expect(mail.taken.sort()).toEqual(firstChanges(ids));
    expect(file.taken.sort()).toEqual(firstChanges(ids));
    expect(await pendingAlerts(table, nowMs)).toEqual([]);
    expect(table.items.get('alert-outbox')?.size).toBe(0);
  });

  it('that lies in the past pages nobody, nor does its end', async () => {
    const opened = withFinding(undefined, aFinding(), DAY, NOON_MS + 30 * 86_400_000);
    const ids = await putAlerts(table, [resolved(opened, 'explained', NOON_MS + 31 * 86_400_000)]);
    await deliver(ids, delivering());
    await deliverOutbox(delivering());
    expect([...mail.taken, ...file.taken]).toEqual([]);
    expect((await alertOf(ids[0] ?? '')).changes).toHaveLength(2);
  });

  it('is sent with the changes after it, in order', async () => {
    const alert = acknowledged(anAlert(), 'ana', 'a drill', NOON_MS + 1);
    await putAlerts(table, [resolved(alert, 'explained', NOON_MS + 2)]);
    await deliverOutbox(delivering());
    expect(mail.taken).toEqual([1, 2, 3].map((number) => `${alert.id}.${number}`));
    expect(file.taken).toEqual(mail.taken);
  });

  it('made while the one before was sent is sent by the process that had claimed the alert', async () => {
    const [id = ''] = await putAlerts(table, [anAlert()]);
    mail.onSend = async () => {
      mail.onSend = undefined;
      await changeAlert(table, id, (alert) => alert && resolved(alert, 'explained', nowMs + 1));
      await deliver([id], delivering());
      expect(mail.taken).toEqual([]);
    };
    await deliver([id], delivering());
    expect(mail.taken).toEqual([`${id}.1`, `${id}.2`]);
    expect(await pendingAlerts(table, nowMs)).toEqual([]);
  });

  it('is sent also when it is so old that the item of its alert no longer has it', async () => {
    let alert = anAlert();
    for (let count = 0; count < 40; count++) {
      alert = resolved(alert, 'explained', NOON_MS + count);
      alert = withFinding(alert, aFinding({ atMs: NOON_MS + count + 1 }), DAY, NOON_MS + count);
    }
    await putAlerts(table, [alert]);
    expect((await alertOf(alert.id)).changes.length).toBeLessThan(alert.changes.length);
    await deliverOutbox(delivering([recordsChannel(file)]));
    expect(file.taken).toEqual(alert.changes.map(({ number }) => `${alert.id}.${number}`));
  });

  it('is done with where there is no channel, or none for alerts that are not more severe', async () => {
    const ids = await putAlerts(table, [anAlert(), anAlert({ rule: 'use-stopped' })]);
    const severe = peopleChannel(mail, 'sns', 'high');
    await deliver(ids, delivering([severe]));
    expect(mail.taken).toEqual([`${ids[0]}.1`]);
    expect(await pendingAlerts(table, nowMs)).toEqual([]);
    const [third] = await putAlerts(table, alertsOfKeys(1));
    await deliver([third ?? ''], delivering([]));
    expect(await pendingAlerts(table, nowMs)).toEqual([]);
  });
});

describe('a channel that fails', () => {
  it('gets the change again at growing intervals, and the others do not', async () => {
    const [id = ''] = await putAlerts(table, [anAlert()]);
    mail.refuses = () => true;
    const { failed } = await deliver([id], delivering());
    expect(failed).toEqual([{ channel: 'sns', alertId: id, change: 1, why: 'refused' }]);
    expect(file.taken).toEqual([`${id}.1`]);
    const waits: number[] = [];
    for (let minute = 1; minute <= 200; minute++) {
      nowMs += MINUTE_MS;
      if ((await deliverOutbox(delivering())).failed.length > 0) waits.push(minute);
    }
    expect(waits).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
    mail.refuses = undefined;
    nowMs += 60 * MINUTE_MS;
    await deliverOutbox(delivering());
    expect(mail.taken).toEqual([`${id}.1`]);
    expect(file.taken).toEqual([`${id}.1`]);
    expect(await pendingAlerts(table, nowMs)).toEqual([]);
  });

  it('five times is a problem of the alert, until it takes the change', async () => {
    const [id = ''] = await putAlerts(table, [anAlert()]);
    mail.refuses = () => true;
    for (let attempt = 1; attempt <= 5; attempt++) {
      expect(deliveryProblemOf(await alertOf(id))).toBeUndefined();
      const { problems } = await deliverOutbox(delivering());
      expect(problems).toBe(attempt === 5 ? 1 : 0);
      nowMs += 60 * MINUTE_MS;
    }
    expect(deliveryProblemOf(await alertOf(id))).toBe(
      'A change could not be delivered at sns in 5 attempts; the log of deliver says why, and it is tried again.',
    );
    mail.refuses = undefined;
    expect((await deliverOutbox(delivering())).problems).toBe(0);
    expect(deliveryProblemOf(await alertOf(id))).toBeUndefined();
  });

  it('at one change does not get a later one before it', async () => {
    const alert = resolved(anAlert(), 'explained', NOON_MS + 1);
    await putAlerts(table, [alert, ...alertsOfKeys(1)]);
    for (const recorder of [mail, file]) recorder.refuses = ({ id }) => id === `${alert.id}.1`;
    await deliverOutbox(delivering());
    for (const recorder of [mail, file]) {
      expect(recorder.taken).toHaveLength(1);
      recorder.refuses = undefined;
    }
    nowMs += MINUTE_MS;
    await deliverOutbox(delivering());
    for (const { taken } of [mail, file]) expect(taken.slice(1)).toEqual([`${alert.id}.1`, `${alert.id}.2`]);
  });
});

it('an alert of a rule that only a newer Keytrail has does not keep others from being sent', async () => {
  const [id = '', other = ''] = await putAlerts(table, [
    { ...anAlert(), rule: 'rule-of-tomorrow' as RuleId },
    ...alertsOfKeys(1),
  ]);
  const { failed } = await deliverOutbox(delivering());
  expect(failed).toMatchObject([
    { channel: 'sns', alertId: id, why: 'The notice could not be written: Error.' },
    { channel: 'file', alertId: id },
  ]);
  for (const { taken } of [mail, file]) expect(taken).toEqual([`${other}.1`]);
  expect(await pendingAlerts(table, nowMs)).toEqual([id]);
});

describe('a process that delivers', () => {
  it('and dies before it sent anything is followed by another when its claim is over', async () => {
    // What is not urgent takes its turn in the table before it is sent.
    const [id = ''] = await putAlerts(table, [anAlert({ rule: 'use-stopped' })]);
    const mortal = new MortalTable(table, [{ after: 0, kind: 'last deed', dies: true, order: 0 }]);
    const onlyMail = delivering([peopleChannel(mail)]);
    await expect(deliver([id], { ...onlyMail, table: mortal })).rejects.toThrow('dead');
    await deliverOutbox(onlyMail);
    expect(mail.taken).toEqual([]);
    nowMs += CLAIM_MS;
    await deliverOutbox(onlyMail);
    expect(mail.taken).toEqual([`${id}.1`]);
  });

  it('and dies between the channel’s answer and the mark is the only one whose change is sent twice', async () => {
    const [id = ''] = await putAlerts(table, [anAlert()]);
    const onlyFile = delivering([recordsChannel(file)]);
    const mortal = new MortalTable(table, [{ after: 1, kind: 'refused', dies: true, order: 0 }]);
    await expect(deliver([id], { ...onlyFile, table: mortal })).rejects.toThrow();
    nowMs += CLAIM_MS;
    await deliverOutbox(onlyFile);
    expect(file.taken).toEqual([`${id}.1`, `${id}.1`]);
    expect(await pendingAlerts(table, nowMs)).toEqual([]);
  });

  it('at the same time as others sends nothing twice', async () => {
    const ids = await putAlerts(table, alertsOfKeys(9));
    mail.onSend = () => new Promise((resolve) => setImmediate(resolve));
    await Promise.all(Array.from({ length: 8 }, () => deliver(ids, delivering())));
    expect(mail.taken.sort()).toEqual(firstChanges(ids));
    expect(file.taken.sort()).toEqual(firstChanges(ids));
  });

  it('begins no request that would not be over while the alert is in its hand', async () => {
    const ids = await putAlerts(table, alertsOfKeys(4));
    const requests: number[] = [];
    file.onSend = async () => {
      requests.push(nowMs);
      nowMs += CLAIM_MS - 30_000;
    };
    await deliver(ids, delivering([recordsChannel(file, 'file', 1)]));
    expect(file.taken.sort()).toEqual(firstChanges(ids));
    expect(requests).toHaveLength(4);
    const [alert] = await listAlerts(table);
    expect(alert?.deliveries).toEqual([]);
  });

  it('has no time leaves the rest in the outbox, and no attempt is counted', async () => {
    const ids = await putAlerts(table, alertsOfKeys(4));
    let requests = 0;
    file.onSend = async () => {
      requests++;
    };
    await deliver(ids, delivering([recordsChannel(file)], { isTimeLeft: () => requests < 1 }));
    expect(file.taken).toHaveLength(3);
    const [left = ''] = await pendingAlerts(table, nowMs);
    expect((await alertOf(left)).deliveries).toEqual([{ change: 1, done: [], attempts: 0 }]);
  });
});

describe('many changes at once', () => {
  it('are one notice for people and one each in records', async () => {
    const lesser = alertsOfKeys(12, { rule: 'volume-spike' });
    const ids = await putAlerts(table, [...lesser, anAlert({ rule: 'use-stopped' })]);
    await deliver(ids, delivering(undefined, { baseUrl: 'https://api.example.com' }));
    expect(mail.singles).toBe(0);
    expect(mail.groups).toMatchObject([
      {
        count: 13,
        alerts: 13,
        groups: [
          { rule: 'volume-spike', severity: 'medium', state: 'open', count: 12 },
          { rule: 'use-stopped', state: 'open', count: 1 },
        ],
        link: 'https://api.example.com/v1/alerts',
      },
    ]);
    expect(file.taken.sort()).toEqual(firstChanges(ids));
    expect(await pendingAlerts(table, nowMs)).toEqual([]);
  });

  it('do not bury an urgent one: it has a notice of its own, and that comes first', async () => {
    const lesser = await putAlerts(table, alertsOfKeys(3_000, { rule: 'first-seen-principal' }));
    const [high = '', root = ''] = await putAlerts(table, [anAlert({ rule: 'denied-burst' }), anAlert()]);
    const order: string[] = [];
    const people = { ...peopleChannel(mail), send: async ({ id }: Notice) => void order.push(id) };
    await deliver([...lesser, high, root], delivering([people]));
    expect(order).toEqual([`${root}.1`, `${high}.1`]);
    expect(mail.groups).toMatchObject([{ count: 3_000 }]);
    // Also within a minute in which a digest was sent already.
    const later = alertsOfKeys(1, { rule: 'denied-burst', atMs: NOON_MS + 1 });
    const [third = ''] = await putAlerts(table, later);
    await deliver([third], delivering([people]));
    expect(order.at(-1)).toBe(`${third}.1`);
  });

  it('a thousand within a minute, a few at a time, are ten notices and then one a minute', async () => {
    const alerts = alertsOfKeys(1_000, { rule: 'volume-spike' });
    for (let start = 0; start < alerts.length; start += 8) {
      const ids = await putAlerts(table, alerts.slice(start, start + 8));
      await deliver(ids, delivering());
      nowMs += 400;
    }
    const sent = () => mail.taken.length + mail.groups.reduce((sum, { count }) => sum + count, 0);
    expect(mail.singles).toBeLessThanOrEqual(10);
    expect(mail.groups).toHaveLength(1);
    expect(file.taken).toHaveLength(1_000);
    nowMs += MINUTE_MS;
    await deliverOutbox(delivering());
    expect(mail.groups).toHaveLength(2);
    expect(sent()).toBe(1_000);
    expect(await pendingAlerts(table, nowMs)).toEqual([]);
    for (const { deliveries } of await listAlerts(table)) expect(deliveries).toEqual([]);
  });
});

describe('the outbox', () => {
  it('keeps what may still be on its way into an alert, and forgets what was left there', async () => {
    const alert = anAlert();
    const dying = new MortalTable(table, [{ after: 1, kind: 'refused', dies: true, order: 0 }]);
    await expect(putAlert(dying, alert, undefined)).rejects.toThrow('refused');
    expect(await pendingAlerts(table, nowMs)).toEqual([]);
    expect(table.items.get('alert-outbox')?.size).toBe(1);
    await putAlert(table, alert, undefined);
    expect(await pendingAlerts(table, nowMs)).toEqual([alert.id]);
    await putAlert(
      new MortalTable(table, [{ after: 1, kind: 'last deed', dies: true, order: 0 }]),
      anAlert({ rule: 'use-stopped' }),
      undefined,
    );
    expect(table.items.get('alert-outbox')?.size).toBe(2);
    await deliverOutbox(delivering());
    expect(table.items.get('alert-outbox')?.size).toBe(0);
    await expect(
      putAlert(
        new MortalTable(table, [{ after: 1, kind: 'refused', dies: true, order: 0 }]),
        anAlert({ rule: 'volume-spike' }),
        undefined,
      ),
    ).rejects.toThrow('refused');
    expect(await pendingAlerts(table, nowMs + 2 * 86_400_000)).toEqual([]);
    expect(table.items.get('alert-outbox')?.size).toBe(0);
  });
});
