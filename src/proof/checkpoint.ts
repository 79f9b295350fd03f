import { HASH_BYTES } from './merkle-hash.ts';
import type { TreeHead } from './merkle-proof.ts';
import { badNote, isSignedBy, type NoteKey, type NoteSigner, parseNote, signNote } from './signed-note.ts';

/**
 * The head of a log, which is signed.
 * @see https://c2sp.org/tlog-checkpoint
 */
export interface Checkpoint extends TreeHead {
  /** Names the log among all logs. */
  readonly origin: string;
}

/** The most leaves that a log counts exactly. */
const LARGEST_SIZE = Number.MAX_SAFE_INTEGER;

/** The text of a checkpoint, which is what is signed. */
function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** The note of a checkpoint. Ed25519 gives the same bytes each time. */
export async function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): Promise<string> {
  return signNote(checkpointText(checkpoint), signer);
}

/**
 * The checkpoint in a note, whoever signed it.
 * @throws KeytrailError `bad-note`
 */
export function parseCheckpoint(note: string): Checkpoint {
  // Lines after the third are extensions, which say nothing of the tree.
  const [origin = '', sizeText = '', rootText = '', ...rest] = parseNote(note).text.split('\n');
  const size = Number(sizeText);
  const root = Buffer.from(rootText, 'base64');
  const isOne =
    origin !== '' &&
    /^(0|[1-9]\d{0,15})$/.test(sizeText) &&
    size <= LARGEST_SIZE &&
    root.length === HASH_BYTES &&
    root.toString('base64') === rootText &&
    rest.length >= 1;
  if (!isOne) throw badNote('A signed note is not a checkpoint');
  return { origin, size, root };
}

/**
 * The checkpoint in a note that a key has signed.
 * @throws KeytrailError `bad-note`
 */
export function verifyCheckpoint(note: string, key: NoteKey): Checkpoint {
  const checkpoint = parseCheckpoint(note);
  if (checkpoint.origin !== key.name) throw badNote('A checkpoint is of another history');
  if (!isSignedBy(parseNote(note), key))
    throw badNote(`A checkpoint is not signed by the key ${key.keyId} of this history`);
  return checkpoint;
}
