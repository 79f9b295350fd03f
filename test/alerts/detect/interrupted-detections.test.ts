import { describe, expect, test } from 'vitest';
import { DEFAULT_DETECTION_SETTINGS } from '../../../src/alerts/detect/detection-settings.ts';
import { Detector } from '../../../src/alerts/detect/detector.ts';
import { listAlerts } from '../../../src/alerts/store/alert-store.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { aDecrypt, aUser } from '../../builders/cloud-trail-record.ts';
import { aCreateTrainingJob, aTrainingRequest } from '../../builders/sagemaker-record.ts';
import { append } from '../../history/delivered-records.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { MortalTable } from '../../table/mortal-table.ts';

const DAYS = Array.from({ length: 24 }, (_, day) => `2026-03-${String(day + 1).padStart(2, '0')}`);
const NOW = '2026-03-24T20:00:00Z';
const bob = aUser({ arn: 'arn:aws:iam::111122223333:user/Bob', userName: 'Bob' });
let number = 0;
const id = () => `00000000-0000-4000-8000-${String(number++).padStart(12, '0')}`;

/** Somebody uses a key every day for half of the days, another one throughout; and a job has no key of its own. */
async function aHistory(): Promise<MemoryTable> {
  const table = new MemoryTable();
  const requestParameters = {
    ...aTrainingRequest('train-1'),
    outputDataConfig: { s3OutputPath: 's3://out' },
  };
  const job = aCreateTrainingJob({ eventTime: '2026-03-02T10:00:00Z', requestParameters });
  const uses = DAYS.flatMap((day, place) => [
    ...(place < 12 ? [aDecrypt({ eventID: id(), eventTime: `${day}T09:00:00Z` })] : []),
    aDecrypt({ by: bob, eventID: id(), eventTime: `${day}T19:00:00Z` }),
  ]);
  await append(table, [job, ...uses], 'me');
  await sealAll(table, 'me', 'test');
  return table;
}

async function detects(table: MortalTable | MemoryTable, by: string, days = Number.POSITIVE_INFINITY) {
  let left = days;
  const isTimeLeft = () => left-- > 0;
  return new Detector(table).run({
    by,
    isTimeLeft,
    now: () => Date.parse(NOW),
    settings: DEFAULT_DETECTION_SETTINGS,
  });
}

const found = async (table: MemoryTable) =>
  (await listAlerts(table)).map(({ rule, state, subject, days }) => ({ rule, state, subject, days }));

describe('detections that are cut short', () => {
  test('find in the end what one finds', async () => {
    const whole = await aHistory();
    await detects(whole, 'once');
    const wanted = await found(whole);
    expect(wanted.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['use-stopped', 'job-not-encrypted-with-customer-key']),
    );

    const inParts = new MemoryTable();
    for (const [pk, items] of whole.items) {
      if (!/^(alert|watched|seen|job-part|M$)/.test(pk))
        for (const item of items.values()) await inParts.put(item);
    }
    for (let run = 0; (await detects(inParts, `run ${run}`, 5))?.isComplete !== true; run++) {
      expect(run).toBeLessThan(20);
    }
    expect(await found(inParts)).toEqual(wanted);
  });

  test('or died at any write', async () => {
    const history = await aHistory();
    const whole = copyOf(history);
    await detects(whole, 'once');
    const wanted = await found(whole);
    for (let after = 0; ; after += 3) {
      const memory = copyOf(history);
      const table = new MortalTable(memory, [{ after, kind: 'last deed', dies: true, order: 0 }]);
      let isDone = true;
      await detects(table, 'first').catch(() => {
        isDone = false;
      });
      // The lease of who died has run out.
      await memory.write([], [{ pk: 'M', sk: 'watch' }]);
      await detects(memory, 'second');
      expect(await found(memory), `died after ${after} writes`).toEqual(wanted);
      if (isDone) {
        expect(after).toBeGreaterThan(30);
        break;
      }
    }
  });
});

function copyOf(table: MemoryTable): MemoryTable {
  const copy = new MemoryTable();
  for (const [pk, items] of table.items) copy.items.set(pk, new Map(items));
  return copy;
}
