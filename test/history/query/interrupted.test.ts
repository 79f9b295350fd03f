import { expect, test } from 'vitest';
import { History } from '../../../src/history/query/history.ts';
import type { HistoryQuestions } from '../../../src/history/query/questions.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { aDecrypt, keyArn } from '../../builders/cloud-trail-record.ts';
import { guid } from '../../oracle/universe.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { append } from '../delivered-records.ts';

const DAY_MS = 86_400_000;
const records = Array.from({ length: 200 }, (_, day) =>
  aDecrypt({
    eventID: guid('a day', day),
    eventTime: new Date(Date.parse('2025-06-01T10:00:00Z') + day * DAY_MS).toISOString(),
  }),
);

const QUESTIONS: Readonly<Record<string, (asked: HistoryQuestions) => Promise<unknown>>> = {
  usage: (asked) => asked.usage({ principal: ['x'] }, { limit: 10, order: 'asc' }),
  rows: (asked) => asked.usage({ outcome: ['denied'] }, { limit: 10, order: 'asc' }),
  summary: (asked) => asked.summary({}, ['day'], { limit: 10 }),
  keys: (asked) => asked.keys({ limit: 10 }),
  key: (asked) => asked.key(keyArn),
};

test.each(Object.entries(QUESTIONS))(
  'a question ends once nobody waits for its answer: %s',
  async (_name, ask) => {
    const table = new MemoryTable();
    await append(table, records, 'test');
    await sealAll(table, 'test', 'test');
    let reads = 0;
    let leaving = new AbortController();
    let leavesAfter = Number.POSITIVE_INFINITY;
    table.onRead = async () => {
      if (++reads > leavesAfter) leaving.abort();
    };
    const asked = () => new History(table).until(leaving.signal);
    await ask(asked());
    const readsOfAll = reads;

    reads = 0;
    leavesAfter = 3;
    await expect(ask(asked())).rejects.toMatchObject({ code: 'interrupted' });
    expect(reads).toBeLessThan(readsOfAll);

    // The same history answers whoever asks next.
    leaving = new AbortController();
    leavesAfter = Number.POSITIVE_INFINITY;
    const history = new History(table);
    const gone = new AbortController();
    gone.abort();
    await expect(ask(history.until(gone.signal))).rejects.toMatchObject({ code: 'interrupted' });
    await ask(history);
  },
);

test('questions that need the same unsealed day at once plan it once', async () => {
  const table = new MemoryTable();
  await append(table, records.slice(0, 1), 'test');
  const history = new History(table);
  const views = await Promise.all([history.open(), history.open()]);
  const [one, other] = await Promise.all(views.map((view) => view.open(view.days())));
  expect(one?.[0]).toBe(other?.[0]);
});
