import { describe, expect, it } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { KeytrailError } from '../../src/keytrail-error.ts';
import type { Item } from '../../src/table/table.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { aSageMakerRecord, aTrainingRequest, sageMakerArn } from '../builders/sagemaker-record.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { append } from './delivered-records.ts';

const page = { limit: 100, order: 'asc' } as const;

async function askEverything(table: MemoryTable): Promise<string> {
  const history = new History(table);
  const rows = await history.usage({}, page);
  const [row] = rows.items;
  const principal = row?.principal.id ?? '';
  return JSON.stringify([
    rows,
    await history.keys(page),
    await history.usage({ principal: [principal] }, page),
    await history.usage({ key: [row?.keyArn ?? ''] }, page),
    await history.event(row?.eventId ?? ''),
    await history.jobs({}, page),
  ]);
}

async function aHistory(isSealed: boolean): Promise<MemoryTable> {
  const table = new MemoryTable();
  const records = [
    aDecrypt({ eventTime: '2026-03-01T10:30:00Z', eventID: guid('damaged', 1) }),
    aDecrypt({ eventTime: '2026-03-01T12:30:00Z', eventID: guid('damaged', 2) }),
    aSageMakerRecord('CreateTrainingJob', {
      eventTime: '2026-03-01T10:00:00Z',
      eventID: guid('damaged job'),
      requestParameters: aTrainingRequest('a-job'),
      responseElements: { trainingJobArn: sageMakerArn('training-job/a-job') },
    }),
  ];
  await append(table, records, 'me');
  if (isSealed) await sealAll(table, 'me', 'test');
  return table;
}

describe('an item of a history that is cut short', () => {
  it.each([true, false])('is named by the error, or changes no answer (sealed: %s)', async (isSealed) => {
    const table = await aHistory(isSealed);
    const whole = await askEverything(table);
    const kinds = new Set<string>();
    for (const items of table.items.values()) {
      for (const item of [...items.values()].filter(({ body }) => body !== undefined)) {
        items.set(item.sk, { ...item, body: item.body?.subarray(0, -1) } as Item);
        const answer = await askEverything(table).catch((error: unknown) => error);
        items.set(item.sk, item);
        if (answer === whole) continue;
        expect(answer).toBeInstanceOf(KeytrailError);
        expect(answer).toMatchObject({
          code: 'corrupt-item',
          message: expect.stringContaining(`pk ${item.pk}`),
        });
        kinds.add(item.pk[0] ?? '');
      }
    }
    expect([...kinds].sort().join('')).toBe(isSealed ? 'CHIJPRU' : 'NS');
  });
});
