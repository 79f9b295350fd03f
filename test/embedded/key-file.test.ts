import { generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, test } from 'vitest';
import { openEmbeddedStore } from '../../src/embedded/embedded-store.ts';
import { keyFileSigner } from '../../src/embedded/key-file.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function aFolder() {
  const path = mkdtempSync(join(tmpdir(), 'keytrail-key-'));
  folders.push(path);
  const store = await openEmbeddedStore(path, { mode: 'create' });
  await store.close();
  return store.folder;
}

const TEXT = Buffer.from('a checkpoint');

describe('the key file of a data folder', () => {
  it('is made once, for its owner alone, also where two need it at once, and signs with its key', async () => {
    const folder = await aFolder();
    const keys = await Promise.all([1, 2].map(() => keyFileSigner(folder).publicKey(false)));
    expect(keys[0]?.equals(keys[1] as (typeof keys)[0])).toBe(true);
    expect(statSync(folder.sealKey).mode & 0o777).toBe(0o600);
    const made = readFileSync(folder.sealKey);
    const signature = await keyFileSigner(folder).sign(TEXT);
    expect(verify(null, TEXT, await keyFileSigner(folder).publicKey(true), signature)).toBe(true);
    expect(readFileSync(folder.sealKey)).toEqual(made);
  });

  it('is closed to others when the store is opened', async () => {
    const folder = await aFolder();
    await keyFileSigner(folder).publicKey(false);
    chmodSync(folder.sealKey, 0o644);
    await (await openEmbeddedStore(folder.path, { mode: 'read' })).close();
    expect(statSync(folder.sealKey).mode & 0o777).toBe(0o600);
  });

  it('is not made anew where a key signed before', async () => {
    const folder = await aFolder();
    await expect(keyFileSigner(folder).publicKey(true)).rejects.toThrow(`${folder.sealKey} is missing;`);
    await expect(keyFileSigner(folder).sign(TEXT)).rejects.toThrow(`${folder.sealKey} is missing;`);
    expect(statSync(folder.sealKey, { throwIfNoEntry: false })).toBeUndefined();
  });

  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const ofAnotherKind = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  test.each([
    ['empty', ''],
    ['cut off', pem.slice(0, 70)],
    ['another kind of key', ofAnotherKind.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['a character changed', pem.replace('MC4CAQ', 'MC4CBQ')],
    ['no key', 'x'.repeat(10_000)],
  ])('that is %s signs nothing and is said, not replaced', async (_what, content) => {
    const folder = await aFolder();
    writeFileSync(folder.sealKey, content, { mode: 0o600 });
    for (const work of [keyFileSigner(folder).publicKey(false), keyFileSigner(folder).sign(TEXT)]) {
      await expect(work).rejects.toMatchObject({
        code: 'cannot-sign',
        message: expect.stringContaining(`${folder.sealKey} is damaged, or is no Ed25519 key`),
      });
    }
    expect(readFileSync(folder.sealKey, 'utf8')).toBe(content);
  });
});
