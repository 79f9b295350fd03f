import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { UsageRow } from '../../src/history/query/questions.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { guid } from '../oracle/universe.ts';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

const record = (name: string) => aDecrypt({ eventID: guid('usage-source', name) });
const textOf = (...names: string[]) => JSON.stringify({ Records: names.map(record) });
const sha256 = (text: string) => hash('sha256', text, 'hex');

function aHistory() {
  const folder = aFolder();
  const run = (...parameters: string[]) =>
    keytrail(parameters, { env: { KEYTRAIL_DATA: join(folder, 'data') } });
  return {
    run,
    file: (name: string) => join(folder, name),
    write: (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content),
    importJson: async (name: string) =>
      JSON.parse((await run('import', '--json', join(folder, name))).stdout),
    rows: async (...parameters: string[]): Promise<UsageRow[]> =>
      JSON.parse((await run('usage', '--format', 'json', ...parameters)).stdout),
  };
}

describe('where rows were read', () => {
  test('is in exports, with the hash of the uncompressed bytes', async () => {
    const { write, file, importJson, rows } = aHistory();
    write('zipped.json.gz', gzipSync(textOf('a')));
    write('plain.json', textOf('a', 'b'));
    await importJson('zipped.json.gz');
    await importJson('plain.json');
    const sources = (await rows()).map(({ eventId, source, otherSources }) => [
      eventId,
      source,
      otherSources,
    ]);
    const plain = { kind: 'local-file', name: file('plain.json'), sha256: sha256(textOf('a', 'b')) };
    const zipped = { kind: 'local-file', name: file('zipped.json.gz'), sha256: sha256(textOf('a')) };
    expect(sources).toHaveLength(2);
    expect(sources).toContainEqual([guid('usage-source', 'a'), plain, [zipped]]);
    expect(sources).toContainEqual([guid('usage-source', 'b'), plain, undefined]);
  });

  test('selects the rows that one file gave, by its path from here or whole', async () => {
    const { write, file, run, rows, importJson } = aHistory();
    write('one.json', textOf('a', 'b'));
    write('two.json', textOf('b', 'c'));
    for (const name of ['one.json', 'two.json']) await importJson(name);
    const ids = (await rows('--source', file('two.json'))).map(({ eventId }) => eventId).sort();
    expect(ids).toEqual([guid('usage-source', 'b'), guid('usage-source', 'c')].sort());
    const { stdout } = await run('usage', '--source', file('two.json'));
    expect(stdout).toContain(`SHA-256 ${sha256(textOf('b', 'c'))} uncompressed, 2 key uses`);
  });

  test('names the nearest files where none of that name was read', async () => {
    const { write, file, run, importJson } = aHistory();
    write('one.json', textOf('a'));
    await importJson('one.json');
    const { code, stderr } = await run('usage', '--source', file('once.json'));
    expect(code).toBe(1);
    expect(stderr).toContain(`the nearest are ${file('one.json')}`);
  });
});

describe('a file that is imported again', () => {
  test('is not read where its bytes are known, and that is said', async () => {
    const { write, file, run, importJson } = aHistory();
    write('one.json', textOf('a', 'b'));
    expect(await importJson('one.json')).toMatchObject({ files: 1, unchangedFiles: 0, usageRows: 2 });
    expect(await importJson('one.json')).toMatchObject({
      files: 0,
      unchangedFiles: 1,
      records: 0,
      duplicates: 0,
    });
    const { stdout } = await run('import', file('one.json'));
    expect(stdout).toContain('1 other file was read before and has not changed.');
  });

  test('is read where its bytes are others, and that is said; both contents stay', async () => {
    const { write, file, run, rows, importJson } = aHistory();
    write('one.json', textOf('a'));
    await importJson('one.json');
    write('one.json', textOf('b'));
    const { stdout, stderr } = await run('import', file('one.json'));
    expect(stdout).toContain('1 new rows');
    expect(stderr).toContain(`${file('one.json')} was read before with other bytes`);
    expect(new Set((await rows('--source', file('one.json'))).map(({ source }) => source?.sha256))).toEqual(
      new Set([sha256(textOf('a')), sha256(textOf('b'))]),
    );
  });

  test('is read again where something of it was not understood', async () => {
    const { write, importJson } = aHistory();
    write('odd.json', JSON.stringify({ Records: [record('a'), { eventSource: 'kms.amazonaws.com' }] }));
    const first = await importJson('odd.json');
    expect(first).toMatchObject({ files: 1, quarantinedCount: 1 });
    expect(await importJson('odd.json')).toMatchObject({ files: 1, unchangedFiles: 0, quarantinedCount: 1 });
  });
});
