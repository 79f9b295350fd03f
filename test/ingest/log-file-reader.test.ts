import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseContext } from '../../src/history/facts/fact.ts';
import { decodeRows } from '../../src/history/facts/row-block.ts';
import { readLogFile } from '../../src/import/read-log-file.ts';
import { LogFileReader } from '../../src/ingest/log-file-reader.ts';
import type { QuarantineEntry } from '../../src/ingest/quarantine.ts';
import { type GatheredRecords, RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { withoutIds } from './without-ids.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytrail-reader-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function read(text: string): Promise<GatheredRecords & Pick<RecordGatherer, 'counts'>> {
  const path = join(folder, 'log.ndjson');
  writeFileSync(path, text);
  const gatherer = new RecordGatherer(Buffer.alloc(32), readAt);
  await new LogFileReader(gatherer).read(path, readLogFile);
  return { ...gatherer.finish(), counts: gatherer.counts };
}

const bytesOf = ({ bytes }: QuarantineEntry) => withoutIds(Buffer.from(bytes ?? []).toString());

describe('a file of another kind', () => {
  const lines = Array.from({ length: 1_500 }, (_, index) => `${index}: no record`);
  const good = JSON.stringify(aDecrypt());

  test('has its first three faults listed and the rest summed up', async () => {
    const { counts, quarantined } = await read([...lines, good, ''].join('\n'));
    expect(counts).toMatchObject({ records: 1_501, kmsEvents: 1 });
    expect(quarantined).toHaveLength(4);
    expect(quarantined[2]).toMatchObject({ source: join(folder, 'log.ndjson#2'), code: 'not-json' });
    expect(quarantined[3]).toEqual({
      source: join(folder, 'log.ndjson'),
      code: 'not-a-record',
      places: 1_497,
      reason: 'In 1497 more places from here on the file has something else than records of CloudTrail.',
      offset: Buffer.byteLength(`${lines.slice(0, 3).join('\n')}\n`),
      sha256: createHash('sha256').update(lines.slice(3).join('')).digest('hex'),
    });
  });

  test('has every record of KMS that is not understood listed all the same', async () => {
    const refused = JSON.stringify(aDecrypt({ eventTime: 'never' }));
    const { quarantined } = await read([...lines, refused, good, refused.slice(0, -20), ''].join('\n'));
    expect(quarantined).toHaveLength(6);
    expect(quarantined.filter(({ bytes }) => bytes !== undefined).map(bytesOf)).toEqual(
      [refused, refused.slice(0, -20)].map(withoutIds),
    );
  });
});

test('an encryption context has the names that its record says, whatever was read before', async () => {
  const named = (name: string) =>
    JSON.stringify(aDecrypt({ requestParameters: { encryptionContext: { purpose: 'x', [name]: 'y' } } }));
  const { segments } = await read([named('\\'), named('\n'), named('"'), ''].join('\n'));
  const [segment] = segments;
  const { contexts } = decodeRows(segment ?? {});
  const names = contexts.texts.flatMap((text) => Object.keys(parseContext(text) ?? {}).slice(1));
  expect(names.sort()).toEqual(['\n', '"', '\\']);
});

describe('a record of KMS in broken JSON', () => {
  const decrypt = JSON.stringify(aDecrypt());
  const other = JSON.stringify({ eventSource: 's3.amazonaws.com', eventID: 'x', userIdentity: {} });

  test.each([
    ['without its end', decrypt.slice(0, -3)],
    ['with a comma too many', decrypt.replace('"readOnly"', ',"readOnly"')],
    ['with spaces about its source', decrypt.slice(0, -3).replace('"eventSource":', '"eventSource" :\t')],
    ['in an envelope', `{"detail-type":"AWS API Call via CloudTrail","detail":${decrypt.slice(0, -1)}`],
    ['of LookupEvents', '{"EventSource":"kms.amazonaws.com","CloudTrailEvent":"{\\"eventSource\\":'],
  ])('%s counts as one and is kept', async (_, text) => {
    const { counts, quarantined } = await read(`${text}\n`);
    expect(counts).toMatchObject({ records: quarantined.length, kmsEvents: 1 });
    const kept = quarantined.map(bytesOf).filter((bytes) => bytes !== '');
    expect(kept).toHaveLength(1);
    // Of an envelope without its end the record in it is what is found.
    expect(withoutIds(text).endsWith(kept[0] ?? '?')).toBe(true);
  });

  test.each([
    ['cut off before its source', decrypt.slice(0, decrypt.indexOf('"eventSource"'))],
    ['that took another’s with it', decrypt.slice(0, -1) + other],
    [
      'that only speaks of KMS',
      other.replace('"x"', '"\\"eventSource\\":\\"kms.amazonaws.com\\""').slice(0, -1),
    ],
    ['of a service of a like name', decrypt.slice(0, -1).replace('kms.amazonaws.com', 'kms.amazonaws.com.x')],
  ])('%s is known by its hash alone', async (_, text) => {
    const { counts, quarantined } = await read(`${text}\n`);
    expect(counts.kmsEvents).toBe(0);
    expect(quarantined.map(({ bytes }) => bytes)).toEqual([undefined]);
    expect(quarantined[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});
