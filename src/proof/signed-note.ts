import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { KeytrailError } from '../keytrail-error.ts';

/** A line of a signed note: whose key made it, and the signature itself. */
interface NoteSignature {
  readonly name: string;
  /** Four bytes, in hexadecimal digits. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/**
 * A text and signatures over it.
 * @see https://c2sp.org/signed-note
 */
export interface SignedNote {
  /** What is signed, its last line break included. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A public key by which notes are verified. */
export interface NoteKey {
  readonly name: string;
  /** Four bytes, in hexadecimal digits. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

/** Signs the text of a note: the signature of Ed25519 over its bytes. */
export interface NoteSigner {
  readonly key: NoteKey;
  readonly sign: (text: Uint8Array) => Promise<Uint8Array>;
}

const ED25519 = 0x01;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KEY_ID_BYTES = 4;
/** A note is a few lines; longer ones were not made by a log. */
const LONGEST_NOTE = 64 * 1024;

/** The head of an Ed25519 key in DER, https://www.rfc-editor.org/rfc/rfc8410#section-4 */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** @throws KeytrailError `bad-note` where it is no Ed25519 key */
export function noteKeyOf(name: string, publicKey: KeyObject): NoteKey {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  if (publicKey.asymmetricKeyType !== 'ed25519')
    throw badNote('A key of another kind than Ed25519 cannot sign');
  const raw = der.subarray(SPKI_HEAD.length);
  // The line breaks and the kind of key are part of what is hashed, as the format says.
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), raw]), 'buffer');
  return { name, keyId: keyId.subarray(0, KEY_ID_BYTES).toString('hex'), publicKey };
}

/** `name+id+key`: the text by which people hand on a key of a note. */
export function formatNoteKey({ name, keyId, publicKey }: NoteKey): string {
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_HEAD.length);
  return `${name}+${keyId}+${Buffer.concat([Buffer.of(ED25519), raw]).toString('base64')}`;
}

/** @throws KeytrailError `bad-note` */
export function parseNoteKey(text: string): NoteKey {
  const [, name, keyId, body] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text) ?? [];
  const bytes = Buffer.from(body ?? '', 'base64');
  if (
    name === undefined ||
    bytes.length !== 1 + PUBLIC_KEY_BYTES ||
    bytes[0] !== ED25519 ||
    bytes.toString('base64') !== body
  )
    throw badNote('A public key of checkpoints is not one');
  const der = Buffer.concat([SPKI_HEAD, bytes.subarray(1)]);
  const key = noteKeyOf(name, createPublicKey({ key: der, format: 'der', type: 'spki' }));
  if (key.keyId !== keyId) throw badNote('A public key of checkpoints does not have the id that it gives');
  return key;
}

/** @throws KeytrailError `bad-note` */
export function parseNote(note: string): SignedNote {
  const split = note.lastIndexOf('\n\n');
  const isText =
    note.length <= LONGEST_NOTE && split > 0 && note.endsWith('\n') && !hasControlCharacters(note);
  if (!isText) throw badNote('A checkpoint is not a signed note');
  const lines = note.slice(split + 2, -1).split('\n');
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

export function formatNote({ text, signatures }: SignedNote): string {
  const lines = signatures.map(({ name, keyId, signature }) => {
    const bytes = Buffer.concat([Buffer.from(keyId, 'hex'), signature]);
    return `— ${name} ${bytes.toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** A note with one signature. */
export async function signNote(text: string, { key, sign }: NoteSigner): Promise<string> {
  const signature = await sign(Buffer.from(text));
  return formatNote({ text, signatures: [{ name: key.name, keyId: key.keyId, signature }] });
}

/** Whether a note has a signature by a key, and every signature that claims to be by it is right. */
export function isSignedBy({ text, signatures }: SignedNote, { name, keyId, publicKey }: NoteKey): boolean {
  const own = signatures.filter((signature) => signature.name === name && signature.keyId === keyId);
  const bytes = Buffer.from(text);
  return (
    own.length > 0 &&
    own.every(
      ({ signature }) => signature.length === SIGNATURE_BYTES && verify(null, bytes, publicKey, signature),
    )
  );
}

function parseSignature(line: string): NoteSignature {
  const [, name, body] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? [];
  const bytes = Buffer.from(body ?? '', 'base64');
  if (name === undefined || bytes.length <= KEY_ID_BYTES || bytes.toString('base64') !== body)
    throw badNote('A signature of a checkpoint is not one');
  return {
    name,
    keyId: bytes.subarray(0, KEY_ID_BYTES).toString('hex'),
    signature: bytes.subarray(KEY_ID_BYTES),
  };
}

function hasControlCharacters(note: string): boolean {
  for (let at = 0; at < note.length; at++) {
    const code = note.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return !note.isWellFormed();
}

/** @param what begins a sentence */
export function badNote(what: string): KeytrailError {
  return new KeytrailError(
    'bad-note',
    `${what}; take it from where it was kept, or from \`keytrail verify\` again.`,
  );
}
