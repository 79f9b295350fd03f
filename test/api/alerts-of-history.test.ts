import { expect, test } from 'vitest';
import * as z from 'zod';
import { DEFAULT_DETECTION_SETTINGS } from '../../src/alerts/detect/detection-settings.ts';
import { createApi } from '../../src/api/app.ts';
import { questionsOf } from '../../src/api/questions-of.ts';
import { account, aDecrypt, aRole, keyArn } from '../builders/cloud-trail-record.ts';
import { append } from '../history/delivered-records.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { CORRELATION_ID, NOW_MS } from './an-api.ts';
import { putAlertOf } from './put-alert-of.ts';

const trainer = `arn:aws:iam::${account}:role/service-role/Trainer`;

const pageShape = z.object({
  items: z.array(z.object({ id: z.string() })),
  next: z.string().optional(),
  window: z.object({ from: z.string(), to: z.string() }),
  coverage: z.object({ hours: z.number() }),
  unmatched: z.array(z.unknown()).optional(),
});

function apiOver(table: MemoryTable) {
  return createApi({
    ...questionsOf(table, DEFAULT_DETECTION_SETTINGS, () => NOW_MS),
    now: () => NOW_MS,
    operator: 'tester',
    randomUuid: () => CORRELATION_ID,
    reportFailure: (error) => {
      throw error;
    },
  });
}

async function aHistory() {
  const table = new MemoryTable();
  const byAlias = aDecrypt({ by: aRole(), requestParameters: { keyId: 'alias/ml/speech' } });
  await append(table, [byAlias], 'test');
  const id = await putAlertOf(table, { subject: { keyArn, principalId: trainer } });
  const app = apiOver(table);
  return {
    id,
    ask: async (query: string) => pageShape.parse(await (await app.request(`/v1/alerts?${query}`)).json()),
  };
}

test.each([
  `key=${keyArn}`,
  'key=alias/ml/speech',
  'key=ml/speech',
  `principal=arn:aws:sts::${account}:assumed-role/Trainer/SageMaker`,
  'principal=trainer',
  'principal=Trainer&key=ml/speech',
])('alerts are found by the names that people have: %s', async (query) => {
  const { id, ask } = await aHistory();
  const { items, unmatched } = await ask(query);
  expect({ ids: items.map((alert) => alert.id), unmatched }).toEqual({ ids: [id], unmatched: undefined });
});

test('a list of alerts says what it covers, and what in the question is nowhere', async () => {
  const { ask } = await aHistory();
  const { items, window, coverage, unmatched } = await ask('key=ml/spech&principal=Trainr');
  expect({ items, window, unmatched }).toEqual({
    items: [],
    window: { from: '2026-03-01T10:00:00Z', to: '2026-03-01T10:00:00.001Z' },
    unmatched: [
      { parameter: 'key', value: 'ml/spech', closest: ['alias/ml/speech'] },
      { parameter: 'principal', value: 'Trainr', closest: [trainer] },
    ],
  });
  expect(coverage.hours).toBe(0);
  expect((await ask('')).coverage).toEqual({ hours: 1 });
});

test('pages of alerts end before five megabytes, and have every alert once', async () => {
  const table = new MemoryTable();
  const ids: string[] = [];
  for (let nth = 0; nth < 300; nth++) {
    ids.push(
      await putAlertOf(table, {
        subject: { keyArn, principalId: `${trainer}${nth}` },
        evidence: { count: 1, firstMs: 0, lastMs: nth, events: ['e'], details: ['x'.repeat(30_000)] },
      }),
    );
  }
  const app = apiOver(table);
  const seen: string[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const answer = await app.request(`/v1/alerts?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`);
    const text = await answer.text();
    expect(Buffer.byteLength(text)).toBeLessThan(5_100_000);
    const page = pageShape.parse(JSON.parse(text));
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next;
  }
  expect(seen.sort()).toEqual(ids.sort());
});
