import { describe, expect, test } from 'vitest';
import type { SourceChange } from '../../src/cloudtrail/source-change.ts';
import { recentStops } from '../../src/coverage/recent-stops.ts';
import { putSourceChanges, sourceChangesBetween } from '../../src/coverage/source-changes.ts';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import { aTrailCall } from '../builders/source-change-record.ts';
import { MemoryTable } from '../table/memory-table.ts';

function aChange(eventID: string, eventTime: string, eventName = 'StopLogging'): SourceChange {
  const event = parseEvent(aTrailCall(eventName, { name: 'main' }, { eventID, eventTime }), {
    hashAccessKey: () => 'hash',
  });
  if (event.kind !== 'source-change') throw new Error('this is a change');
  return event.change;
}

const at = (time: string) => Date.parse(time);
const idsBetween = async (table: MemoryTable, from: string, to: string) =>
  (await sourceChangesBetween(table, at(from), at(to))).map(({ eventId }) => eventId);

const CHANGES = [
  aChange('february', '2026-02-28T23:59:59Z'),
  aChange('a', '2026-03-01T00:00:00Z'),
  aChange('c', '2026-03-01T10:00:00Z'),
  aChange('b', '2026-03-01T10:00:00Z', 'StartLogging'),
  aChange('april', '2026-04-01T00:00:00Z'),
];

describe('changes to trails and rules', () => {
  test('are read as they were, in the order of their times', async () => {
    const table = new MemoryTable();
    await putSourceChanges(table, CHANGES);
    const [first, second, ...rest] = await sourceChangesBetween(table, 0, at('2027-01-01T00:00:00Z'));
    expect(first).toEqual(CHANGES[0]);
    expect(second).toEqual(CHANGES[1]);
    expect(rest.map(({ eventId }) => eventId)).toEqual(['b', 'c', 'april']);
  });

  test('are read from a time, inclusive, to another, exclusive', async () => {
    const table = new MemoryTable();
    await putSourceChanges(table, CHANGES);
    expect(await idsBetween(table, '2026-03-01T00:00:00Z', '2026-03-01T10:00:00Z')).toEqual(['a']);
    expect(await idsBetween(table, '2026-02-28T23:59:59Z', '2026-03-01T10:00:00.001Z')).toEqual([
      'february',
      'a',
      'b',
      'c',
    ]);
    expect(await idsBetween(table, '2026-03-02T00:00:00Z', '2026-03-31T00:00:00Z')).toEqual([]);
    expect(await idsBetween(table, '2026-03-02T00:00:00Z', '2026-03-02T00:00:00Z')).toEqual([]);
  });

  test('are the same however often they come', async () => {
    const table = new MemoryTable();
    await putSourceChanges(table, CHANGES);
    await putSourceChanges(table, [...CHANGES, ...CHANGES].reverse());
    expect(await sourceChangesBetween(table, 0, at('2027-01-01T00:00:00Z'))).toHaveLength(CHANGES.length);
  });

  test('are found by a reader at once, whatever of a write was applied last', async () => {
    const table = new MemoryTable();
    let writes = 0;
    table.onWrite = () => {
      writes += 1;
      return { isApplied: writes <= 2, isReported: writes > 2 };
    };
    await expect(putSourceChanges(table, [aChange('a', '2026-03-01T00:00:00Z')])).resolves.toBeUndefined();
    expect(await idsBetween(table, '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z')).toEqual(['a']);
    await expect(putSourceChanges(table, [aChange('april', '2026-04-01T00:00:00Z')])).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    expect([...table.items.keys()]).not.toContain('V#2026-04');
  });

  test('are news for a day where they stop the watching', () => {
    const stops = [aChange('a', '2026-03-01T10:00:00Z'), aChange('b', '2026-03-01T11:00:00Z')];
    const starts = aChange('c', '2026-03-01T11:00:00Z', 'StartLogging');
    expect(recentStops([...stops, starts], at('2026-03-01T12:00:00Z'))).toBe(2);
    expect(recentStops(stops, at('2026-03-02T10:00:00Z'))).toBe(1);
  });
});
