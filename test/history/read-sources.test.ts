import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  namesOfSources,
  putReadSources,
  READER_VERSION,
  type ReadSource,
  sourcesOfId,
  sourcesOfName,
  whatIsKnownOf,
} from '../../src/history/append/read-sources.ts';
import { joinedSources, sourceIdOf, sourceKindOf } from '../../src/history/facts/source.ts';
import { contentName } from '../../src/table/content-name.ts';
import { MemoryTable } from '../table/memory-table.ts';

function aSource(name: string, bytes: string, members: Partial<ReadSource> = {}): ReadSource {
  return {
    kind: 'object',
    name,
    content: contentName(Buffer.from(bytes)),
    sha256: hash('sha256', `un${bytes}`, 'hex'),
    uses: 1,
    fromMs: 1,
    toMs: 2,
    refused: 0,
    reader: READER_VERSION,
    ...members,
  };
}

async function tableWith(...sources: readonly ReadSource[]): Promise<MemoryTable> {
  const table = new MemoryTable();
  await putReadSources(table, sources);
  return table;
}

describe('a file before it is read', () => {
  const file = aSource('s3://logs/a', 'packed');
  test.each<[string, ReadSource[], string]>([
    ['is unknown', [], 'unknown'],
    ['is the same where its name and bytes are', [file], 'same'],
    ['has other bytes', [aSource('s3://logs/a', 'other')], 'other-bytes'],
    ['is the same beside other bytes', [aSource('s3://logs/a', 'other'), file], 'same'],
    ['is unknown under another name', [aSource('s3://logs/b', 'packed')], 'unknown'],
    ['is unknown as another kind', [{ ...file, kind: 'local-file' }], 'unknown'],
    ['is read again where something of it was refused', [{ ...file, refused: 1 }], 'unknown'],
    ['is read again by a version that understands more', [{ ...file, reader: 0 }], 'unknown'],
  ])('%s', async (_, before, known) => {
    expect(await whatIsKnownOf(await tableWith(...before), file)).toBe(known);
  });
});

describe('what was read', () => {
  const [one, again, other] = [aSource('a', '1'), aSource('a', '2'), aSource('b', '1')];

  test('is found by the name, with each content', async () => {
    const found = await sourcesOfName(await tableWith(one, again, other), 'a');
    expect(found.map(({ content }) => content).sort()).toEqual([one.content, again.content].sort());
  });

  test('is found by its id', async () => {
    expect(await sourcesOfId(await tableWith(one, again, other), sourceIdOf(one))).toEqual([one]);
  });

  test('is all told where somebody made two files of one id', async () => {
    const forged = { ...one, content: `${one.content.slice(0, 4)}${'A'.repeat(18)}` };
    expect(sourceIdOf(forged)).toBe(sourceIdOf(one));
    const found = await sourcesOfId(await tableWith(one, forged), sourceIdOf(one));
    expect(found).toHaveLength(2);
  });

  test('is listed by name, each once', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `file ${String(index).padStart(3, '0')}`);
    const table = await tableWith(...names.flatMap((name) => [aSource(name, '1'), aSource(name, '2')]));
    expect(await namesOfSources(table)).toEqual(names);
  });
});

describe('the ids of sources', () => {
  test('begin with the most trusted kind', () => {
    const kinds = ['local-file', 'object', 'lookup-events', 'event-bus'] as const;
    const sorted = kinds.map((kind) => sourceIdOf({ kind })).sort();
    expect(sorted.map(sourceKindOf)).toEqual(['object', 'event-bus', 'lookup-events', 'local-file']);
    expect(sourceKindOf('')).toBeUndefined();
    expect(sourceKindOf('9x')).toBeUndefined();
  });

  test('are joined as sets, of which the first four are kept', () => {
    expect(joinedSources('', '1a')).toBe('1a');
    expect(joinedSources('1b,2', '1a,2')).toBe('1a,1b,2');
    expect(joinedSources('1a,1b,1d', '1c,1e')).toBe('1a,1b,1c,1d');
    expect(joinedSources(joinedSources('1e', '1d'), joinedSources('1c', joinedSources('1b', '1a')))).toBe(
      '1a,1b,1c,1d',
    );
  });
});
