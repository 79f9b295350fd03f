import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { CommandContext } from '../../src/cli/command-context.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { verifySealedHistory } from '../../src/cli/verify-sealed-history.ts';
import { VerifyThreads } from '../../src/cli/verify-threads.ts';
import { openEmbeddedStore } from '../../src/embedded/embedded-store.ts';
import { type SlotRange, verifyHistory } from '../../src/proof/verify-history.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { keytrail } from './keytrail.ts';

const folder = mkdtempSync(join(tmpdir(), 'keytrail-verify-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true }));

/** Imports uses of two days. */
async function imported(into: string, prefix: string, ...flags: string[]) {
  const log = join(folder, `${prefix}.json`);
  const uses = Array.from({ length: 40 }, (_, use) =>
    aDecrypt({ eventID: `${prefix}-${use}`, eventTime: `2026-03-0${1 + (use % 2)}T1${use % 10}:00:00Z` }),
  );
  writeFileSync(log, JSON.stringify({ Records: uses }));
  const { code, stderr } = await keytrail(['import', log, ...flags, '--data', into], { env: {} });
  expect({ code, stderr: stderr.replace(/\d+ alerts.*\n/, '') }).toMatchObject({ code: 0 });
  return stderr;
}

async function verified(dataFolder: string, since?: string) {
  let stdout = '';
  let code = 0;
  const collects = new Writable({
    write(chunk, _, done) {
      stdout += String(chunk);
      done();
    },
  });
  // The parts of a context that the function uses.
  const context = {
    stdout: collects,
    stderr: collects,
    threads: 2,
    sleep: async () => {},
    settings: () => readSettings({}, { dataFolder }),
    fail: () => {
      code = 1;
    },
  } as unknown as CommandContext;
  await verifySealedHistory(context, since);
  return { code, stdout, lines: stdout.split('\n') };
}

beforeAll(async () => {
  await imported(data, 'first');
});

/** A copy of the history, to be damaged. */
function aCopy(name: string): string {
  const copy = join(folder, name);
  cpSync(data, copy, { recursive: true });
  return copy;
}

describe('verifying a history of a data folder', () => {
  it('says line by line what holds, then what that does not prove, then the checkpoint to keep', async () => {
    const { code, stdout, lines } = await verified(data);
    expect(code).toBe(0);
    expect(lines.slice(0, 4)).toEqual([
      'holds  40 rows of 2 days re-hash to the roots of their hours, and these to the seals of the days.',
      expect.stringMatching(/^holds {2}2 seals of 2 days are one log \(keytrail\/[0-9a-f-]{36}\)\.$/),
      expect.stringMatching(/^holds {2}1 checkpoint is signed by the key [0-9a-f]{8}, over 2 seals\.$/),
      'This does not prove:',
    ]);
    expect(stdout).toMatch(/\nkeytrail\/[0-9a-f-]{36}\n2\n[A-Za-z0-9+/]{43}=\n\n— keytrail\/\S+ \S+\n$/);
    expect(statSync(join(data, 'seal-key.pem')).mode & 0o777).toBe(0o600);
  });

  it('verifies that a later history extends a checkpoint that was kept, and an earlier one does not', async () => {
    const note = join(folder, 'kept.note');
    const keep = async (of: string) => {
      const { stdout } = await verified(of);
      writeFileSync(note, `${stdout.slice(stdout.lastIndexOf('\nkeytrail/') + 1)}`);
    };
    await keep(data);
    const later = aCopy('later');
    await imported(later, 'second');
    const { code, lines } = await verified(later, note);
    expect(code).toBe(0);
    expect(lines).toContain(`holds  the log extends the checkpoint in ${note}.`);
    await keep(later);
    const earlier = await verified(data, note);
    expect(earlier.code).toBe(1);
    expect(earlier.lines[0]).toBe(`FAULT  ${note} is of 4 seals, and the log has 2: seals were taken away.`);
    await expect(verified(data, join(folder, 'none.note'))).rejects.toThrow('none.note cannot be read');
  });

  it('says that it is not signed where import was asked not to sign', async () => {
    const unsigned = join(folder, 'unsigned');
    await imported(unsigned, 'third', '--no-sign');
    expect(statSync(join(unsigned, 'seal-key.pem'), { throwIfNoEntry: false })).toBeUndefined();
    const { code, lines } = await verified(unsigned);
    expect(code).toBe(0);
    expect(lines).toContain('note   2 of 2 seals are not signed, as --no-sign asked.');
    await imported(unsigned, 'third');
    expect((await verified(unsigned)).lines[2]).toMatch(/^holds {2}1 checkpoint is signed/);
  });

  const otherKey = generateKeyPairSync('ed25519')
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  test.each([
    ['missing', undefined, /seal-key\.pem is missing; put it back/],
    ['cut off', otherKey.slice(0, 60), /seal-key\.pem is damaged, or is no Ed25519 key/],
    ['another', otherKey, /the key at hand is not the key [0-9a-f]{8} that signed this history/],
  ])(
    'names a key file that is %s; seals go on unsigned, and are signed once it is back',
    async (what, pem, sentence) => {
      const copy = aCopy(`key ${what}`);
      const file = join(copy, 'seal-key.pem');
      const key = readFileSync(file);
      if (pem === undefined) rmSync(file);
      else writeFileSync(file, pem);
      const { code, stdout } = await verified(copy);
      expect(code).toBe(1);
      expect(stdout).toMatch(sentence);
      expect(await imported(copy, 'second')).toMatch(/seal-key\.pem|put that key back/);
      expect((await verified(copy)).stdout).toContain('2 of 4 seals are not signed');
      writeFileSync(file, key);
      await imported(copy, 'second');
      expect((await verified(copy)).code).toBe(0);
    },
  );

  it('names an item whose bytes changed under the store', async () => {
    const copy = aCopy('flipped');
    const database = new DatabaseSync(join(copy, 'history.sqlite'));
    const change = "UPDATE items SET body = CAST(body || x'00' AS BLOB) WHERE pk = 'C#2026-03-01'";
    expect(database.prepare(change).run().changes).toBeGreaterThan(0);
    database.close();
    const { code, lines } = await verified(copy);
    expect(code).toBe(1);
    expect(lines[0]).toMatch(
      /^FAULT {2}2026-03-01: The item C#2026-03-01 \S+ in .* are not as they were written/,
    );
  });

  it('checks ranges in threads of their own as in this one', async () => {
    const store = await openEmbeddedStore(data, { mode: 'read' });
    const threads = new VerifyThreads(data, 2);
    const ranges: SlotRange[] = [];
    try {
      const inThreads = await verifyHistory({
        table: store.table,
        startThreads: () => ({
          parallel: 2,
          check(range) {
            ranges.push(range);
            return threads.check(range);
          },
        }),
      });
      expect(inThreads).toEqual(await verifyHistory({ table: store.table }));
      expect(ranges).toHaveLength(2);
      const [range] = ranges as [SlotRange];
      expect(await threads.check({ ...range, seal: { ...range.seal, rootHash: '' } })).toMatchObject({
        kind: 'fault',
        what: expect.stringContaining('the root (pk R#'),
      });
    } finally {
      await threads.end();
      await store.close();
    }
  });
});
