import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { feedWhole } from '../../src/ingest/feed-log-bytes.ts';
import { LogFileReader } from '../../src/ingest/log-file-reader.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { hashInStandIn, withoutAccessKeys } from '../../src/ingest/without-access-keys.ts';
import { aDecrypt, aRole } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const hash = (id: string) => createHmac('sha256', 'key').update(id).digest('base64url').slice(0, 16);
const without = (text: string) => Buffer.from(withoutAccessKeys(Buffer.from(text), hash)).toString();

const anId = fc
  .tuple(
    fc.constantFrom('AKIA', 'ASIA', 'ABIA', 'ACCA'),
    fc.string({ unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'), minLength: 12, maxLength: 24 }),
  )
  .map(([prefix, rest]) => prefix + rest);

/** An id with some of its signs as escapes of JSON. */
const escaped = (id: string, which: readonly boolean[]) =>
  [...id]
    .map((sign, at) =>
      which[at % which.length] === true ? `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}` : sign,
    )
    .join('');

describe('bytes in quarantine', () => {
  test('hold no access key id, wherever it stands and however it is written', () => {
    fc.assert(
      fc.property(
        anId,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(
          (id: string) => `{"userIdentity":{"accessKeyId":"${id}"},"a":"€"}`,
          (id: string) => `{"responseElements":{"credentials":{"accessKeyId": "${id}"}}`,
          (id: string) => `{"errorMessage":"The key ${id} is unknown"`,
          (id: string) => JSON.stringify({ message: `{"accessKeyId":"${id}"}` }),
          (id: string) => JSON.stringify({ body: JSON.stringify({ m: `{"access_key_id":"${id}"}` }) }),
          (id: string) => `access_key_id\t${id} ${id}`,
        ),
        (id, which, text) => {
          const kept = without(text(escaped(id, which)));
          const decoded = kept.replace(/\\+u([0-9a-f]{4})/gi, (_, code) =>
            String.fromCharCode(Number.parseInt(code, 16)),
          );
          expect(decoded).not.toContain(id);
          expect(kept).toContain(`hashed-access-key-${hash(id)}`);
        },
      ),
      { numRuns: fuzzRuns(300) },
    );
  });

  test('keep every other byte', () => {
    const text =
      '{"principalId":"AROAIGDTESTANDEXAMPLE:x","arn":"arn:aws:iam::111122223333:user/AKIA","€":"\\u0041"}';
    expect(without(text)).toBe(text);
    expect(without(`\xff\x00${text}`)).toBe(`\xff\x00${text}`);
    expect(without('{"accessKeyId":"","a":1}')).toBe('{"accessKeyId":"","a":1}');
  });

  test('say the same of a session when they are read again as when the record had been understood', async () => {
    const record = aDecrypt({ by: aRole() });
    const gatherer = new RecordGatherer(new Uint8Array(32), () => 0);
    await new LogFileReader(gatherer).read('file', (_, sink) =>
      feedWhole(Buffer.from(JSON.stringify(record)), sink),
    );
    const [entry] = gatherer.finish().quarantined;
    const bytes = Buffer.from(entry?.bytes ?? '').toString();
    expect(bytes).toMatch(/"accessKeyId":"hashed-access-key-[\w-]{16}"/);

    const hashOf = (value: unknown, isOfQuarantine: boolean) => {
      const hashes: unknown[] = [];
      new RecordGatherer(new Uint8Array(32), readAt, isOfQuarantine).take(value, {
        onUse: ({ join }) => hashes.push(join?.accessKeyHash),
      });
      return hashes;
    };
    expect(hashOf(JSON.parse(bytes), true)).toEqual(hashOf(record, false));
    // A record of anybody else that says such a thing has no say in what its hash is.
    expect(hashOf(JSON.parse(bytes), false)).not.toEqual(hashOf(record, false));
    expect(hashInStandIn('ASIAIOSFODNN7EXAMPLE')).toBeUndefined();
  });
});
