import { describe, expect, test } from 'vitest';
import { readNeeds, tellNeeded } from '../../src/expectations/expectation-need.ts';
import { everyVersion, readExpectationSet } from '../../src/expectations/expectation-set.ts';
import { expectationStatus } from '../../src/expectations/expectation-status.ts';
import {
  type Editor,
  putExpectation,
  removeExpectation,
  syncExpectations,
} from '../../src/expectations/expectation-store.ts';
import { type Fault, MemoryTable } from '../table/memory-table.ts';
import { anExpectation, nowMs, otherKeyArn, roleArn } from './an-expectation.ts';

const editor: Editor = { by: 'arn:aws:iam::111122223333:role/Security', source: 'api' };
const other = anExpectation({ id: 'other', keys: [otherKeyArn] });
const changed = anExpectation({ reason: 'And so do people' });

async function current(table: MemoryTable): Promise<string[]> {
  return (await readExpectationSet(table)).current.map(
    ({ id, number, source }) => `${id} ${number} ${source}`,
  );
}

test('nothing stands at first', async () => {
  const table = new MemoryTable();
  expect(await readExpectationSet(table)).toMatchObject({ revision: 0, current: [] });
  expect(await everyVersion(table, 'training')).toEqual([]);
});

test('every version is kept with who made it and when, over a removal too', async () => {
  const table = new MemoryTable();
  await putExpectation(table, anExpectation(), editor, nowMs);
  await putExpectation(table, changed, { by: 'ana', source: 'cli' }, nowMs + 1);
  await removeExpectation(table, 'training', editor, nowMs + 2);
  expect(await current(table)).toEqual([]);
  const put = await putExpectation(table, anExpectation(), editor, nowMs + 3);
  expect(put).toMatchObject({ number: 4, expectation: anExpectation() });
  const versions = await everyVersion(table, 'training');
  expect(
    versions.map(({ number, by, timeMs, expectation }) => [number, by, timeMs, expectation?.reason]),
  ).toEqual([
    [1, editor.by, nowMs, anExpectation().reason],
    [2, 'ana', nowMs + 1, changed.reason],
    [3, editor.by, nowMs + 2, undefined],
    [4, editor.by, nowMs + 3, anExpectation().reason],
  ]);
});

test('what stands already is no new version', async () => {
  const table = new MemoryTable();
  await putExpectation(table, anExpectation(), editor, nowMs);
  const { revision } = await readExpectationSet(table);
  await putExpectation(table, anExpectation(), { ...editor, by: 'another' }, nowMs + 1);
  expect((await readExpectationSet(table)).revision).toBe(revision);
});

test('a set that was read is good until the next change', async () => {
  const table = new MemoryTable();
  await putExpectation(table, anExpectation(), editor, nowMs);
  const known = await readExpectationSet(table);
  expect(await readExpectationSet(table, known)).toBe(known);
  await putExpectation(table, other, editor, nowMs);
  expect((await readExpectationSet(table, known)).current).toHaveLength(2);
  expect([...(table.items.get('expectation')?.keys() ?? [])]).toEqual([
    'revision',
    expect.stringMatching(/^00000\d\./),
  ]);
});

test('there is no removing what there is not', async () => {
  await expect(removeExpectation(new MemoryTable(), 'x', editor, nowMs)).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('an expectation that contradicts one that stands is refused', async () => {
  const table = new MemoryTable();
  await putExpectation(table, anExpectation({ only: { jobs: true } }), editor, nowMs);
  await expect(putExpectation(table, anExpectation({ id: 'open' }), editor, nowMs)).rejects.toMatchObject({
    code: 'bad-expectation',
    message: expect.stringContaining('`training`: it contradicts `open`'),
  });
  expect(await current(table)).toEqual(['training 1 api']);
});

describe('the file', () => {
  test('is taken as it is: added, changed, left alone and taken away', async () => {
    const table = new MemoryTable();
    const third = anExpectation({ id: 'third', principals: [`${roleArn}3`] });
    expect(await syncExpectations(table, [anExpectation(), other], 'ci', nowMs)).toEqual({
      added: ['other', 'training'],
      changed: [],
      removed: [],
      unchanged: [],
    });
    expect(await syncExpectations(table, [changed, third], 'ci', nowMs)).toEqual({
      added: ['third'],
      changed: ['training'],
      removed: ['other'],
      unchanged: [],
    });
    const { revision } = await readExpectationSet(table);
    expect(await syncExpectations(table, [changed, third], 'ci', nowMs)).toMatchObject({
      unchanged: ['third', 'training'],
    });
    expect((await readExpectationSet(table)).revision).toBe(revision);
    expect(await current(table)).toEqual(['third 1 file', 'training 2 file']);
  });

  test('is the only place where its expectations are changed', async () => {
    const table = new MemoryTable();
    await syncExpectations(table, [anExpectation()], 'ci', nowMs);
    const refused = { code: 'expectation-owned-elsewhere' };
    await expect(putExpectation(table, changed, editor, nowMs)).rejects.toMatchObject(refused);
    await expect(removeExpectation(table, 'training', editor, nowMs)).rejects.toMatchObject(refused);
    await putExpectation(table, other, editor, nowMs);
    await expect(syncExpectations(table, [anExpectation(), other], 'ci', nowMs)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('do not come from the file: `other`'),
    });
    await syncExpectations(table, [], 'ci', nowMs);
    expect(await current(table)).toEqual(['other 1 api']);
  });
});

describe('whatever fails', () => {
  const faults: readonly Fault[] = [
    { isApplied: false, isReported: true },
    { isApplied: true, isReported: true },
  ];

  test('a change is made whole or not at all, nobody holds what no longer stands, and again it is made', async () => {
    for (const fault of faults) {
      for (let failing = 1; ; failing++) {
        const table = new MemoryTable();
        await syncExpectations(table, [anExpectation()], 'ci', nowMs);
        const before = await readExpectationSet(table);
        let write = 0;
        table.onWrite = () => {
          write++;
          return write === failing ? fault : { isApplied: true, isReported: false };
        };
        const change = () => syncExpectations(table, [changed, other], 'ci', nowMs + 1);
        const outcome = await change().then(
          () => 'made',
          () => 'failed',
        );
        table.onWrite = undefined;
        const after = await readExpectationSet(table);
        expect([['training 1 file'], ['other 1 file', 'training 2 file']]).toContainEqual(
          await current(table),
        );
        // Who held the set before and looks again sees what is there.
        expect(await readExpectationSet(table, before)).toEqual(after);
        await change();
        expect(await current(table)).toEqual(['other 1 file', 'training 2 file']);
        expect((await everyVersion(table, 'training')).map(({ number }) => number)).toEqual([1, 2]);
        if (outcome === 'made') {
          expect(failing).toBeGreaterThan(5);
          break;
        }
      }
    }
  });

  test('of two that change at once both do', async () => {
    for (let between = 1; between <= 4; between++) {
      const table = new MemoryTable();
      await putExpectation(table, anExpectation(), editor, nowMs);
      let write = 0;
      table.onWrite = async () => {
        if (++write === between) await putExpectation(table, changed, { by: 'ana', source: 'cli' }, nowMs);
        return { isApplied: true, isReported: false };
      };
      await putExpectation(table, anExpectation({ ticket: 'SEC-2' }), editor, nowMs);
      table.onWrite = undefined;
      await putExpectation(table, other, editor, nowMs);
      const versions = await everyVersion(table, 'training');
      expect(versions).toHaveLength(3);
      expect(new Set(versions.map(({ by }) => by))).toEqual(new Set([editor.by, 'ana']));
      expect([...(table.items.get('expectation')?.keys() ?? [])]).toEqual([
        'revision',
        expect.stringMatching(/^00000\d\./),
      ]);
    }
  });
});

describe('when it was last needed', () => {
  test('is the latest time that was told, in whatever order', async () => {
    const table = new MemoryTable();
    await tellNeeded(
      table,
      new Map([
        ['a', 20],
        ['b', 5],
      ]),
    );
    await tellNeeded(
      table,
      new Map([
        ['a', 10],
        ['b', 7],
        ['c', 1],
      ]),
    );
    expect([...(await readNeeds(table))]).toEqual([
      ['a', 20],
      ['b', 7],
      ['c', 1],
    ]);
  });

  test('is not set back by who comes second', async () => {
    const table = new MemoryTable();
    let isFirst = true;
    table.onWrite = async () => {
      if (isFirst) {
        isFirst = false;
        await tellNeeded(table, new Map([['a', 30]]));
      }
      return { isApplied: true, isReported: false };
    };
    await tellNeeded(table, new Map([['a', 20]]));
    expect(await readNeeds(table)).toEqual(new Map([['a', 30]]));
  });
});

const day = 86_400_000;

test.each<[string, Parameters<typeof anExpectation>[0], number | undefined, number, string]>([
  ['in force', {}, undefined, 0, 'in-force'],
  ['not yet', { from: '2026-03-10T00:00:01Z' }, undefined, 0, 'not-yet'],
  ['from this moment', { from: '2026-03-10' }, undefined, 0, 'in-force'],
  ['ending in 14 days', { expires: '2026-03-24' }, undefined, 0, 'ends-soon'],
  ['ending later', { expires: '2026-03-24T00:00:01Z' }, undefined, 0, 'in-force'],
  ['ended at this moment', { expires: '2026-03-10' }, nowMs, 0, 'ended'],
  ['never needed in 90 days', {}, undefined, 90 * day, 'stale'],
  ['never needed, but new', {}, undefined, 90 * day - 1, 'in-force'],
  ['needed in the last 90 days', {}, nowMs - 89 * day, 300 * day, 'in-force'],
  ['needed before', {}, nowMs - 90 * day, 300 * day, 'stale'],
  ['in force for less', { from: '2026-03-01' }, undefined, 300 * day, 'in-force'],
])('how it stands: %s', (_, overrides, lastNeededMs, age, status) => {
  const put = { expectation: anExpectation(overrides), timeMs: nowMs - age };
  expect(expectationStatus(put, lastNeededMs, nowMs)).toBe(status);
});
