import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { DEFAULT_DETECTION_SETTINGS } from '../../src/alerts/detect/detection-settings.ts';
import { questionsOf } from '../../src/api/questions-of.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { concludeSealing } from '../../src/proof/conclude-sealing.ts';
import { parseTlogProof } from '../../src/proof/tlog-proof.ts';
import { anApi } from '../api/an-api.ts';
import { aDecrypt, aReEncrypt } from '../builders/cloud-trail-record.ts';
import { append } from '../history/delivered-records.ts';
import { guid } from '../oracle/universe.ts';
import { aTestSigner } from '../proof/test-signer.ts';
import { MemoryTable } from '../table/memory-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'keytrail-check-proof-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [, script = ''] =
  /^```bash\n(#!\/usr\/bin\/env bash\n[\s\S]*?)^```$/m.exec(
    readFileSync(join(import.meta.dirname, '../../docs/verify.md'), 'utf8'),
  ) ?? [];
const HOSTILE = { 'aws:s3:arn': 'arn:aws:s3:::bucket/\u001b[31m\n"; rm -rf / $(echo x)' };

function check(proof: string, key: string) {
  writeFileSync(join(folder, 'check-proof.sh'), script);
  writeFileSync(join(folder, 'some.tlog-proof'), proof);
  const { status, stdout, stderr } = spawnSync('bash', ['check-proof.sh', 'some.tlog-proof', key], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

let ask: (path: string) => Promise<{ items: { proof: string; leaf: string }[]; key: string }>;
let key: string;

/** Days and hours of odd and even numbers of leaves; the last day is not signed. */
beforeAll(async () => {
  const table = new MemoryTable();
  const signer = aTestSigner();
  for (const [day, uses] of [2, 7, 1, 16, 5].entries()) {
    const records = Array.from({ length: uses }, (_, use) =>
      aDecrypt({
        eventID: guid(`day ${day}`, use),
        eventTime: `2026-03-0${day + 1}T1${use % 3}:0${use % 10}:00Z`,
        requestParameters: { encryptionContext: HOSTILE },
      }),
    );
    await append(table, records, 'test');
    await sealAll(table, 'test', 'test');
    await concludeSealing(table, signer);
  }
  await append(table, [aReEncrypt({ eventID: 'no GUID', eventTime: '2026-03-03T10:00:00Z' })], 'test');
  await sealAll(table, 'test', 'test');
  await concludeSealing(table, signer);
  const { app } = anApi(
    [],
    questionsOf(table, DEFAULT_DETECTION_SETTINGS, () => Date.parse('2026-04-01')),
  );
  ask = async (path) => (await (await app.request(path)).json()) as Awaited<ReturnType<typeof ask>>;
  key = (await ask('/v1/checkpoints')).key;
});

describe('the script of docs/verify.md', () => {
  it('has at most 60 lines', () => {
    expect(script.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    expect(script).toContain('openssl pkeyutl -verify');
  });

  it('checks the proof of every version of a day', async () => {
    for (const day of [1, 2, 3, 4, 5]) {
      for (const { proof, leaf } of (await ask(`/v1/seals/2026-03-0${day}`)).items)
        expect(check(proof, key)).toEqual({ status: 0, stdout: `seal: ${leaf}\n`, stderr: '' });
    }
  });

  it('checks the proofs of events, and shows what they are in one harmless line each', async () => {
    for (const [day, use] of [
      [0, 0],
      [1, 6],
      [2, 0],
      [3, 15],
      [4, 2],
    ] as const) {
      const eventId = guid(`day ${day}`, use);
      const { items } = await ask(`/v1/proofs/${eventId}`);
      expect(items).toHaveLength(1);
      const { status, stdout, stderr } = check(items[0]?.proof ?? '', key);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const lines = stdout.trimEnd().split('\n');
      expect(lines).toHaveLength(5);
      expect(lines[1]).toMatch(/^profile: \["111122223333","us-west-2",/);
      expect(lines[4]).toBe(`event: ${eventId}, context: ${JSON.stringify(HOSTILE)}`);
    }
    expect((await ask('/v1/proofs/no%20GUID')).items).toHaveLength(2);
    for (const { proof } of (await ask('/v1/proofs/no%20GUID')).items)
      expect(check(proof, key).status).toBe(0);
    expect(await ask('/v1/proofs/unknown')).toEqual({ items: [] });
  });

  test.each<[string, (proof: string) => string, string]>([
    ['a sibling of the seal', (proof) => withHash(proof), 'the seal is not in the log'],
    [
      'the size of the checkpoint',
      (proof) => proof.replace(/\n(\d+)\n([A-Za-z0-9+/]{43}=)\n\n—/, '\n9\n$2\n\n—'),
      'the checkpoint is not signed by the key',
    ],
    [
      'the row',
      (proof) => withPath(proof, (path) => path.replace(/^row (\d+) (\d+) (....)/m, 'row $1 $2 AAAA')),
      'the row is not in its hour',
    ],
    [
      'the place of the row',
      (proof) => withPath(proof, (path) => path.replace(/^row (\d+)/m, (_, at) => `row ${Number(at) + 1}`)),
      'the row is not in its hour',
    ],
    [
      'the hour',
      (proof) => withPath(proof, (path) => path.replace(/^hour (\d+) (\d+) (....)/m, 'hour $1 $2 AAAA')),
      'the hour is not in the seal',
    ],
    [
      'the profile',
      (proof) => withPath(proof, (path) => path.replace(/^profile (....)/m, 'profile AAAA')),
      'the profile is not that of the row',
    ],
    [
      'the seal',
      (proof) => withPath(proof, (path) => path.replace(/^seal (....)/m, 'seal AAAA')),
      'the seal is not in the log',
    ],
  ])('refuses a proof of which %s is another', async (_what, alter, sentence) => {
    const { items } = await ask(`/v1/proofs/${guid('day 3', 6)}`);
    const altered = alter(items[0]?.proof ?? '');
    expect(altered).not.toBe(items[0]?.proof);
    const { status, stderr } = check(altered, key);
    expect(status).toBe(1);
    expect(stderr).toContain(`NOT PROVEN: ${sentence}`);
  });

  it('refuses another key, and a key of another name', async () => {
    const { items } = await ask('/v1/seals/2026-03-01');
    const proof = items[0]?.proof ?? '';
    const other = key.replace(/\+[^+]*\+.*$/, '+00000000+AQeH3N9NJZ7qyz8kTvf/CeVAtWFhXUHid7aGMWuljhTL');
    expect(check(proof, other)).toMatchObject({
      status: 1,
      stderr: 'NOT PROVEN: the checkpoint is not signed by the key\n',
    });
    expect(check(proof, `x${key}`)).toMatchObject({
      status: 1,
      stderr: 'NOT PROVEN: the checkpoint is of another history\n',
    });
    expect(check(proof, 'x').status).toBe(1);
  });
});

function withHash(proof: string): string {
  return proof.replace(/(\nindex \d+\n)..../, '$1AAAA');
}

function withPath(proof: string, change: (path: string) => string): string {
  const path = change(Buffer.from(parseTlogProof(proof).extra ?? Buffer.of()).toString());
  return proof.replace(/^extra .*$/m, `extra ${Buffer.from(path).toString('base64')}`);
}
