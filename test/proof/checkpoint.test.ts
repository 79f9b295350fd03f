import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { parseCheckpoint, signCheckpoint, verifyCheckpoint } from '../../src/proof/checkpoint.ts';
import { leafHash } from '../../src/proof/merkle-hash.ts';
import {
  formatNote,
  formatNoteKey,
  isSignedBy,
  type NoteSigner,
  noteKeyOf,
  parseNote,
  parseNoteKey,
} from '../../src/proof/signed-note.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '../../src/proof/tlog-proof.ts';
import { NaiveLog } from './naive-log.ts';

/** The example of golang.org/x/mod/sumdb/note, from which the format comes. */
const NEUMANN_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const NEUMANN_TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const NEUMANN_NOTE = `${NEUMANN_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

function aSigner(name: string): NoteSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { key: noteKeyOf(name, publicKey), sign: async (text) => sign(null, text, privateKey) };
}

const log = new NaiveLog([...'seven of'].map((letter) => Buffer.from(letter)));
const signer = aSigner('keytrail/test');
const checkpoint = { origin: 'keytrail/test', size: 8, root: log.root() };

describe('a signed note', () => {
  it("is read and verified as Go's package makes it", () => {
    const key = parseNoteKey(NEUMANN_KEY);
    const note = parseNote(NEUMANN_NOTE);
    expect(note.text).toBe(NEUMANN_TEXT);
    expect(isSignedBy(note, key)).toBe(true);
    expect(isSignedBy({ ...note, text: note.text.replace('answer', 'Answer') }, key)).toBe(false);
    expect(formatNote(note)).toBe(NEUMANN_NOTE);
    expect(formatNoteKey(key)).toBe(NEUMANN_KEY);
  });

  it('is not signed where a second signature under the same key is wrong', () => {
    const note = parseNote(NEUMANN_NOTE);
    const [signature] = note.signatures;
    const wrong = { ...note, signatures: [signature, { ...signature, signature: Buffer.alloc(64) }] };
    expect(isSignedBy(wrong as typeof note, parseNoteKey(NEUMANN_KEY))).toBe(false);
  });

  test.each([
    ['nothing', ''],
    ['no signature', NEUMANN_TEXT],
    ['no last line break', NEUMANN_NOTE.slice(0, -1)],
    ['another dash', NEUMANN_NOTE.replace('—', '-')],
    ['a name with a plus', NEUMANN_NOTE.replace('— Peter', '— Peter+')],
    ['base64 that ends early', NEUMANN_NOTE.replace('nAM=', 'nAM')],
    ['a carriage return', NEUMANN_NOTE.replace('\n', '\r\n')],
    ['half a character', NEUMANN_NOTE.replace('answer', '\ud800')],
    ['far too much', `${'x'.repeat(70_000)}\n${NEUMANN_NOTE}`],
  ])('with %s is refused', (_what, note) => {
    expect(() => parseNote(note)).toThrow(expect.objectContaining({ code: 'bad-note' }));
  });

  test.each([
    ['another id', NEUMANN_KEY.replace('c74f20a3', 'c74f20a4')],
    ['another kind of key', NEUMANN_KEY.replace('+AR', '+BR')],
    ['a key cut short', NEUMANN_KEY.slice(0, -4)],
    ['no name', NEUMANN_KEY.replace('PeterNeumann', '')],
  ])('has no key with %s', (_what, key) => {
    expect(() => parseNoteKey(key)).toThrow(expect.objectContaining({ code: 'bad-note' }));
  });

  it('is signed by no key but one of Ed25519', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => noteKeyOf('x', publicKey)).toThrow(expect.objectContaining({ code: 'bad-note' }));
  });
});

describe('a checkpoint', () => {
  it('is read as it was signed, with the same bytes each time', async () => {
    const note = await signCheckpoint(checkpoint, signer);
    expect(verifyCheckpoint(note, signer.key)).toEqual(checkpoint);
    expect(await signCheckpoint(checkpoint, signer)).toBe(note);
    expect(verifyCheckpoint(note, parseNoteKey(formatNoteKey(signer.key)))).toEqual(checkpoint);
  });

  it('names the history where it is of another, and the key where another signed it', async () => {
    const other = await signCheckpoint(
      { ...checkpoint, origin: 'keytrail/other' },
      aSigner('keytrail/other'),
    );
    expect(() => verifyCheckpoint(other, signer.key)).toThrow('A checkpoint is of another history');
    const forged = await signCheckpoint(checkpoint, aSigner('keytrail/test'));
    expect(() => verifyCheckpoint(forged, signer.key)).toThrow(
      `is not signed by the key ${signer.key.keyId} of this history`,
    );
  });

  test.each([
    ['a size with a zero before it', 'keytrail/test\n08\n'],
    ['a size too large to be counted', 'keytrail/test\n9999999999999999\n'],
    ['no origin', '\n8\n'],
    ['a size below nothing', 'keytrail/test\n-8\n'],
  ])('with %s is refused', (_what, head) => {
    const note = `${head}${log.root().toString('base64')}\n\n— keytrail/test ${Buffer.alloc(68).toString('base64')}\n`;
    expect(() => parseCheckpoint(note)).toThrow(expect.objectContaining({ code: 'bad-note' }));
  });

  it('with a root of another length is refused', () => {
    const note = `keytrail/test\n8\nAAAA\n\n— keytrail/test ${Buffer.alloc(68).toString('base64')}\n`;
    expect(() => parseCheckpoint(note)).toThrow(expect.objectContaining({ code: 'bad-note' }));
  });
});

describe('a proof of inclusion', () => {
  it('is written and read alike, and proves its entry alone', async () => {
    const note = await signCheckpoint(checkpoint, signer);
    for (const [index, entry] of log.entries.entries()) {
      const text = formatTlogProof({ index, hashes: log.inclusion(index), checkpoint: note });
      const proof = parseTlogProof(text);
      expect(formatTlogProof(proof)).toBe(text);
      expect(verifyTlogProof(entry, proof, signer.key)).toEqual(checkpoint);
      expect(() => verifyTlogProof(Buffer.from('?'), proof, signer.key)).toThrow('does not lead to the root');
      expect(() => verifyTlogProof(entry, { ...proof, index: (index + 1) % 8 }, signer.key)).toThrow();
    }
  });

  it('keeps what belongs to it', async () => {
    const note = await signCheckpoint(checkpoint, signer);
    const text = formatTlogProof({ index: 0, hashes: [], checkpoint: note, extra: Buffer.from('path') });
    expect(text.split('\n')[1]).toBe('extra cGF0aA==');
    expect(parseTlogProof(text).extra).toEqual(Buffer.from('path'));
  });

  test.each([
    ['another first line', 'c2sp.org/tlog-proof@v2\nindex 0\n\nx'],
    ['no index', 'c2sp.org/tlog-proof@v1\n\nx'],
    ['an index with a zero before it', 'c2sp.org/tlog-proof@v1\nindex 01\n\nx'],
    ['a short hash', 'c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx'],
    ['no checkpoint', 'c2sp.org/tlog-proof@v1\nindex 0'],
    [
      'too many hashes',
      `c2sp.org/tlog-proof@v1\nindex 0${`\n${leafHash(Buffer.of()).toString('base64')}`.repeat(60)}\n\nx`,
    ],
  ])('with %s is refused', (_what, text) => {
    expect(() => parseTlogProof(text)).toThrow(expect.objectContaining({ code: 'bad-note' }));
  });
});
