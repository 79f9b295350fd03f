import { describe, expect, test } from 'vitest';
import { type Alert, evidenceOf, MAX_EVENTS } from '../../../src/alerts/alert.ts';
import type { Finding } from '../../../src/alerts/finding.ts';
import {
  acknowledged,
  resolved,
  withFinding,
  withoutDay,
  withStreamedFinding,
} from '../../../src/alerts/store/alert-states.ts';
import {
  changeAlert,
  everyChange,
  listAlerts,
  putAlert,
  readAlert,
} from '../../../src/alerts/store/alert-store.ts';
import { MemoryTable } from '../../table/memory-table.ts';

const NOW_MS = Date.parse('2026-03-10T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY = '2026-03-10';

function aFinding(agoHours = 1, count = 1, more: Partial<Finding> = {}): Finding {
  const timeMs = NOW_MS - agoHours * HOUR_MS;
  const events = Array.from({ length: Math.min(count, MAX_EVENTS) }, (_, nth) => `e${agoHours}-${nth}`);
  return {
    rule: 'root-use',
    subject: { keyArn: 'arn:aws:kms:us-west-2:111122223333:key/1', accountId: '111122223333' },
    evidence: { count, firstMs: timeMs, lastMs: timeMs, events },
    ...more,
  };
}

const opened = withFinding(undefined, aFinding(), DAY, NOW_MS);
const statesOf = ({ changes }: Alert) => changes.map(({ number, state, by }) => `${number} ${state} ${by}`);

describe('an alert', () => {
  test('is opened by a finding, and delivered once', () => {
    expect(opened).toMatchObject({ state: 'open', severity: 'critical', deliveries: [{ change: 1 }] });
    expect(withFinding(opened, aFinding(), DAY, NOW_MS + 1)).toBe(opened);
  });

  test('says what a day gives in place of what the day gave before, and opens no second time', () => {
    const more = withFinding(opened, aFinding(1, 5), DAY, NOW_MS);
    expect(evidenceOf(more.days)).toMatchObject({ count: 5 });
    const both = withFinding(more, aFinding(30, 2), '2026-03-09', NOW_MS);
    expect(evidenceOf(both.days)).toMatchObject({
      count: 7,
      events: ['e30-0', 'e30-1', 'e1-0', 'e1-1', 'e1-2', 'e1-3', 'e1-4'],
    });
    expect(statesOf(both)).toEqual(['1 open keytrail']);
  });

  const EXPLAINED = { reason: 'explained', isByRecords: true };

  test('of events that were long past is marked so and pages nobody, until it happens again', () => {
    const past = withFinding(undefined, aFinding(25), '2026-03-09', NOW_MS);
    expect(past).toMatchObject({ state: 'open', changes: [{ isPast: true }], deliveries: [] });
    const now = withFinding(past, aFinding(1), DAY, NOW_MS);
    expect(now.deliveries).toMatchObject([{ change: 2 }]);
    const stopped = aFinding(80, 1, { trueMs: NOW_MS - HOUR_MS });
    expect(withFinding(undefined, stopped, '2026-03-07', NOW_MS).deliveries).toHaveLength(1);
  });

  test('is resolved when its last day gives nothing any more, and shows what it was about', () => {
    const two = withFinding(opened, aFinding(30), '2026-03-09', NOW_MS);
    const one = withoutDay(two, '2026-03-09', EXPLAINED, NOW_MS);
    expect(one).toMatchObject({ state: 'open' });
    const none = withoutDay(one, DAY, EXPLAINED, NOW_MS);
    expect(none).toMatchObject({ state: 'resolved', days: { [DAY]: { count: 0, events: ['e1-0'] } } });
    expect(none.changes.at(-1)).toMatchObject({ by: 'keytrail', reason: EXPLAINED.reason });
    expect(withoutDay(none, DAY, EXPLAINED, NOW_MS)).toBe(none);
    const again = withFinding(none, aFinding(1, 2), DAY, NOW_MS);
    expect(again).toMatchObject({ state: 'open', deliveries: [{ change: 1 }, { change: 2 }, { change: 3 }] });
    expect(evidenceOf(again.days)?.count).toBe(2);
  });

  test('that was acknowledged stays so for more uses', () => {
    const rests = acknowledged(opened, 'ana', 'known', NOW_MS);
    expect(withFinding(rests, aFinding(0, 9), DAY, NOW_MS).state).toBe('acknowledged');
    expect(withStreamedFinding(rests, aFinding(0), DAY, NOW_MS)).toBe(rests);
    expect(resolved(rests, 'over', NOW_MS).state).toBe('resolved');
  });

  test('that was acknowledged for a time opens on a use after it, and on none before', () => {
    const rests = acknowledged(opened, 'ana', 'known', NOW_MS, NOW_MS + HOUR_MS);
    expect(withFinding(rests, aFinding(0, 2), DAY, NOW_MS).state).toBe('acknowledged');
    const later = withFinding(rests, aFinding(-2), DAY, NOW_MS + 3 * HOUR_MS);
    expect(statesOf(later)).toEqual(['1 open keytrail', '2 acknowledged ana', '3 open keytrail']);
    expect(withStreamedFinding(rests, aFinding(-2), DAY, NOW_MS + 3 * HOUR_MS)?.state).toBe('open');
  });

  test('is not changed by a first sight while it is open: the day is counted whole later', () => {
    expect(withStreamedFinding(opened, aFinding(0, 3), DAY, NOW_MS)).toBe(opened);
    expect(withStreamedFinding(undefined, aFinding(), DAY, NOW_MS)?.state).toBe('open');
  });

  test('shows at most 20 events, the first and the last among them', () => {
    const many = withFinding(
      withFinding(undefined, aFinding(30, 40), '2026-03-09', NOW_MS),
      aFinding(1, 40),
      DAY,
      NOW_MS,
    );
    const { events = [], count } = evidenceOf(many.days) ?? {};
    expect([events.length, events.at(0), events.at(-1), count]).toEqual([20, 'e30-0', 'e1-19', 80]);
  });
});

describe('stored alerts', () => {
  test('keep every change, also those that do not fit into their item', async () => {
    const table = new MemoryTable();
    await putAlert(table, opened, undefined);
    for (let nth = 0; nth < 150; nth++) {
      await changeAlert(
        table,
        opened.id,
        (alert) => alert && acknowledged(alert, `person ${nth}`, 'again', NOW_MS + nth),
      );
    }
    const read = await readAlert(table, opened.id);
    expect(read?.alert.changes.length).toBeLessThan(100);
    const every = read === undefined ? [] : await everyChange(table, read.alert);
    expect(every.map(({ number }) => number)).toEqual(Array.from({ length: 151 }, (_, place) => place + 1));
    expect(every.at(42)?.by).toBe('person 41');
  });

  test('lose no change when several are made at once', async () => {
    const table = new MemoryTable();
    await Promise.all(
      Array.from({ length: 20 }, (_, nth) =>
        changeAlert(table, opened.id, (alert) =>
          withFinding(alert, aFinding(24 * nth + 1), `2026-02-${10 + nth}`, NOW_MS),
        ),
      ),
    );
    const [alert, ...others] = await listAlerts(table);
    expect(others).toEqual([]);
    expect(evidenceOf(alert?.days ?? {})?.count).toBe(20);
  });
});
