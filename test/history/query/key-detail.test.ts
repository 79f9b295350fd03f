import { describe, expect, test } from 'vitest';
import { History } from '../../../src/history/query/history.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { aCreateGrant, aDecrypt, aKmsRecord, keyArn } from '../../builders/cloud-trail-record.ts';
import { guid } from '../../oracle/universe.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { append } from '../delivered-records.ts';

const START = Date.parse('2026-03-01T00:00:00Z');
const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);

function at(minute: number): string {
  return new Date(START + minute * 60_000).toISOString();
}

async function historyOf(records: readonly object[], isSealed = true): Promise<History> {
  const table = new MemoryTable();
  await append(table, records, 'test');
  if (isSealed) await sealAll(table, 'test', 'test');
  return new History(table);
}

describe.each([true, false])('the uses of a key by its material (sealed: %s)', (isSealed) => {
  test('say until when an old one decrypts, and leave out uses that name none', async () => {
    const of = (keyMaterialId: string | undefined, minute: number, name = 'Decrypt') =>
      aKmsRecord(name, {
        eventID: guid('material', minute),
        eventTime: at(minute),
        requestParameters: { keyId: keyArn },
        ...(keyMaterialId === undefined ? {} : { additionalEventData: { keyMaterialId } }),
      });
    const history = await historyOf(
      [
        of(OLD, 0, 'Encrypt'),
        of(OLD, 1),
        of(NEW, 2, 'Encrypt'),
        of(NEW, 3, 'Encrypt'),
        of(undefined, 4),
        // The next day.
        of(OLD, 2_000),
      ],
      isSealed,
    );
    expect((await history.key(keyArn))?.materials).toEqual([
      {
        keyMaterialId: OLD,
        uses: 3,
        firstSeen: '2026-03-01T00:00:00Z',
        lastSeen: '2026-03-02T09:20:00Z',
        operations: [
          { operation: 'Decrypt', uses: 2, lastSeen: '2026-03-02T09:20:00Z' },
          { operation: 'Encrypt', uses: 1, lastSeen: '2026-03-01T00:00:00Z' },
        ],
      },
      {
        keyMaterialId: NEW,
        uses: 2,
        firstSeen: '2026-03-01T00:02:00Z',
        lastSeen: '2026-03-01T00:03:00Z',
        operations: [{ operation: 'Encrypt', uses: 2, lastSeen: '2026-03-01T00:03:00Z' }],
      },
    ]);
    // The rows are counted as before, whatever material they name.
    expect((await history.summary({ key: [keyArn] }, ['operation'], { limit: 9 })).items).toMatchObject([
      { operation: 'Decrypt', count: 3 },
      { operation: 'Encrypt', count: 3 },
    ]);
  });
});

test('a key of many grants answers with the newest, and says how many it leaves out', async () => {
  const count = 2_600;
  const records = Array.from({ length: count }, (_, minute) =>
    aCreateGrant({
      eventID: guid('grant', minute),
      eventTime: at(minute),
      responseElements: { grantId: `grant-${minute}`, keyId: keyArn },
    }),
  );
  const history = await historyOf(records);
  const key = await history.key(keyArn);
  expect(key?.timeline).toHaveLength(1_000);
  expect(key?.timeline.at(-1)?.eventTime).toBe('2026-03-02T19:19:00Z');
  expect(key?.timeline[0]?.eventTime).toBe('2026-03-02T02:40:00Z');
  expect(key?.grants.at(-1)?.id).toBe(`grant-${count - 1}`);
  expect(key?.grants).toHaveLength(1_000);
  expect(key?.leftOut).toEqual({ timeline: count - 1_000, grants: count - 1_000 });
});

test('a key of large rows answers within the bytes of an answer', async () => {
  const policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Sid: 'x'.repeat(3_000) }] });
  const records = Array.from({ length: 1_000 }, (_, minute) =>
    aKmsRecord('CreateGrant', {
      eventID: guid('large', minute),
      eventTime: at(minute),
      requestParameters: {
        keyId: keyArn,
        granteePrincipal: `arn:aws:iam::111122223333:role/${'r'.repeat(3_000)}`,
        constraints: { encryptionContextSubset: { note: policy } },
      },
      responseElements: { grantId: `grant-${minute}`, keyId: keyArn },
    }),
  );
  const key = await (await historyOf(records)).key(keyArn);
  expect(Buffer.byteLength(JSON.stringify(key))).toBeLessThan(5_000_000);
  expect(key?.timeline.length).toBeGreaterThan(100);
  expect((key?.timeline.length ?? 0) + (key?.leftOut?.timeline ?? 0)).toBe(1_000);
});

test('a key whose lists are whole says nothing of what is left out', async () => {
  expect(await (await historyOf([aDecrypt()])).key(keyArn)).not.toHaveProperty('leftOut');
});
