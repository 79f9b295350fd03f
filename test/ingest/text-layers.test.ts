import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { feedWhole } from '../../src/ingest/feed-log-bytes.ts';
import { LogFileReader } from '../../src/ingest/log-file-reader.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { TextLayers } from '../../src/ingest/text-layers.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { Gathered } from './gathered.ts';

const TEXT = `${JSON.stringify({ Records: [aDecrypt({ userAgent: '키트레일 €'.repeat(200) })] })}\n`;

type Layer = (text: Buffer) => Buffer;
const gzip: Layer = (bytes) => gzipSync(bytes, { level: 1 });
const swapped: Layer = (bytes) => Buffer.from(bytes).swap16();
const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with its mark': (text) => Buffer.from(`\ufeff${text}`),
  'UTF-16, as PowerShell writes it': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16 without its mark': (text) => Buffer.from(text, 'utf16le'),
  'big-endian UTF-16': (text) => swapped(Buffer.from(`\ufeff${text}`, 'utf16le')),
  'big-endian UTF-16 without its mark': (text) => swapped(Buffer.from(text, 'utf16le')),
};

/** What comes out of bytes that come in chunks. */
async function through(bytes: Buffer, chunkBytes = bytes.length): Promise<string> {
  const sink = new Gathered();
  const layers = new TextLayers(sink, {}, 0);
  for (let at = 0; at < bytes.length; at += chunkBytes) layers.push(bytes.subarray(at, at + chunkBytes));
  await layers.end();
  expect(sink.ends).toBe(1);
  expect(layers.problem).toBeUndefined();
  return sink.bytes.toString().replace(/^\ufeff/, '');
}

describe('text', () => {
  test.each(Object.keys(ENCODINGS))(
    'in %s, in up to three layers of gzip, comes out as it is',
    async (name) => {
      let bytes = ENCODINGS[name]?.(TEXT) ?? Buffer.alloc(0);
      for (let layers = 0; layers <= 3; layers++) {
        expect(await through(bytes)).toBe(TEXT);
        bytes = gzip(bytes);
      }
    },
  );

  test('comes out the same in chunks of any size, and however short it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(ENCODINGS)),
        fc.nat(3),
        fc.integer({ min: 1, max: 700 }),
        fc.nat(1_200),
        async (encode, layers, chunkBytes, length) => {
          const text = TEXT.slice(0, Math.max(1, length));
          let bytes = encode(text);
          for (let layer = 0; layer < layers; layer++) bytes = gzip(bytes);
          expect(await through(bytes, chunkBytes)).toBe(text.toWellFormed());
        },
      ),
      { numRuns: fuzzRuns(100) },
    );
  });
});

async function read(bytes: Buffer) {
  const gatherer = new RecordGatherer(new Uint8Array(32), readAt);
  await new LogFileReader(gatherer).read('file', (_, sink) => feedWhole(bytes, sink));
  return { counts: gatherer.counts, quarantined: gatherer.finish().quarantined };
}

const filler = (magic: string) => Buffer.from(`${magic}${'\0'.repeat(300)}`, 'latin1');
const tar = Buffer.alloc(10_240);
tar.write('AWSLogs/a.json.gz');
tar.write('ustar', 257);

describe('a file of another kind', () => {
  test.each<[string, Buffer, RegExp]>([
    ['Parquet', filler('PAR1'), /Parquet.*export/],
    ['zip', filler('PK\x03\x04'), /zip.*unpack/],
    ['tar', tar, /tar.*unpack/],
    ['tar in gzip', gzip(tar), /tar.*unpack/],
    ['Zstandard', filler('\x28\xb5\x2f\xfd'), /zstd -d/],
    ['five layers of gzip', gzip(gzip(gzip(gzip(gzip(Buffer.from(TEXT)))))), /gzip.*unpack/],
    ['zeros', Buffer.alloc(5_000), /binary/],
    [
      'CSV',
      Buffer.from(`Event name,Event time,User name\n${'Decrypt,2026-03-01,Alice\n'.repeat(9)}`),
      /CSV.*JSON/,
    ],
    ['HTML', Buffer.from('<!DOCTYPE html>\n<p>\n</p>\n'), /HTML/],
    ['YAML', Buffer.from('Events:\n- EventId: x\n  EventName: Decrypt\n'), /YAML.*--output json/],
    ['prose', Buffer.from('A readme.\n\nWith lines.\n'), /text without any JSON/],
    ['JSON of others', Buffer.from('{"name":"x"}\n{"name":"y"}\n'), /elements is a record/],
  ])('is said to be what it is, once, and what to do: %s', async (_, bytes, sentence) => {
    const { quarantined, counts } = await read(bytes);
    expect(quarantined.map(({ code, source, reason }) => [code, source, sentence.test(reason)])).toEqual([
      ['not-a-log-file', 'file', true],
    ]);
    expect(counts).toMatchObject({ files: 1, records: quarantined[0]?.places ?? 1 });
  });

  test.each([
    ['objects in an array', '{},', '[{}'],
    ['objects in lines', '{}\n', ''],
    ['numbers', '1,', '[1'],
    ['strings', '"",', '[""'],
    ['arrays', '[],', '[[]'],
    ['words', 'x\n', ''],
  ])('that is nothing but tiny %s is given up long before its end', async (_, part, start) => {
    const bytes = gzip(Buffer.from(start + part.repeat(20_000_000)));
    const startedAt = performance.now();
    const { quarantined, counts } = await read(bytes);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(quarantined).toMatchObject([{ code: 'not-a-log-file' }]);
    expect(counts.records).toBe(quarantined[0]?.places);
  });

  test('that has records at its beginning keeps them when it is given up', async () => {
    const bytes = Buffer.from(`[${JSON.stringify(aDecrypt())},${'{},'.repeat(200_000)}{}]`);
    const { quarantined, counts } = await read(bytes);
    expect(counts).toMatchObject({ kmsEvents: 1, records: 100_003 });
    expect(quarantined[0]?.reason).toMatch(/^Reading stopped at byte \d+/);
  });
});
