import type { KeyObject } from 'node:crypto';
import { KeytrailError } from '../keytrail-error.ts';
import { corruptItem } from '../table/corrupt-item.ts';
import type { Item, Table } from '../table/table.ts';
import { type Checkpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { type LogHead, makeLogHead, moveLogHead } from './log-head.ts';
import { consistencyProof, rootOfLog } from './merkle-log.ts';
import { isConsistent } from './merkle-proof.ts';
import { nodeReader, numbered, sizeOfLog } from './seal-log.ts';
import { formatNoteKey, type NoteKey, noteKeyOf } from './signed-note.ts';

/** Whoever has the key of a history's checkpoints. */
export interface SealSigner {
  /**
   * @param isSigned whether checkpoints were signed before: then a key must be there and is not made
   * @throws KeytrailError `cannot-sign`
   */
  readonly publicKey: (isSigned: boolean) => Promise<KeyObject>;
  /**
   * The Ed25519 signature over some bytes.
   * @throws KeytrailError `cannot-sign`
   */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}

const CHECKPOINTS_PK = 'checkpoint';

/** A checkpoint as it is stored: they are numbered, so that none can be taken away unseen. */
export interface StoredCheckpoint {
  /** From 0. */
  readonly number: number;
  readonly note: string;
  readonly item: Item;
}

/**
 * The checkpoints of a history from the newest to the oldest.
 * @param below those with smaller numbers only
 * @throws KeytrailError `corrupt-item`
 */
export async function readCheckpoints(
  table: Table,
  { below, limit }: { readonly below?: number; readonly limit?: number } = {},
): Promise<StoredCheckpoint[]> {
  if (below !== undefined && below <= 0) return [];
  const items = await table.query(CHECKPOINTS_PK, {
    descending: true,
    ...(below === undefined ? {} : { to: numbered(below - 1) }),
    ...(limit === undefined ? {} : { limit }),
  });
  return items.map((item) => {
    const number = Number.parseInt(item.sk, 16);
    if (numbered(number) !== item.sk) throw corruptItem('A checkpoint', item, undefined);
    return { number, note: Buffer.from(item.body ?? new Uint8Array()).toString(), item };
  });
}

/**
 * Signs the head of the log, unless its newest checkpoint has that size. It is signed only where the log extends the
 * newest checkpoint, and kept only where no other came first.
 * @throws KeytrailError `cannot-sign`, `bad-note`, `log-inconsistent`; nothing is signed then
 */
export async function signLog(table: Table, signer: SealSigner): Promise<void> {
  if ((await sizeOfLog(table)) === 0) return;
  const head = await makeLogHead(table);
  const key = noteKeyOf(head.origin, await signer.publicKey(head.key !== undefined));
  refuseOtherKey(head, key);
  for (;;) {
    const [last] = await readCheckpoints(table, { limit: 1 });
    const before = last === undefined ? undefined : verifyCheckpoint(last.note, key);
    const checkpoint = await extendedHead(table, head.origin, before);
    if (before?.size === checkpoint.size) {
      await moveLogHead(table, { signed: checkpoint.size, isUnsigned: false });
      return;
    }
    // Known before the first signature: from then on no other key is taken.
    refuseOtherKey(await moveLogHead(table, { key: formatNoteKey(key) }), key);
    const note = await signCheckpoint(checkpoint, { key, sign: signer.sign });
    // A signature that is wrong is not kept.
    verifyCheckpoint(note, key);
    const number = last === undefined ? 0 : last.number + 1;
    const item = { pk: CHECKPOINTS_PK, sk: numbered(number), version: 1, body: Buffer.from(note) };
    // Where another came first, its checkpoint is looked at in turn.
    await table.putIf(item, undefined);
  }
}

/**
 * The head of the log as it is now.
 * @throws KeytrailError `log-inconsistent` where it does not extend an earlier head
 */
async function extendedHead(
  table: Table,
  origin: string,
  before: Checkpoint | undefined,
): Promise<Checkpoint> {
  // Read after the checkpoint, than which it is never shorter.
  const size = await sizeOfLog(table);
  const read = nodeReader(table);
  if (before !== undefined && before.size > size) throw inconsistent(before.size);
  const head = { origin, size, root: await rootOfLog(size, read) };
  if (before === undefined) return head;
  const proof = await consistencyProof(before.size, size, read);
  if (!isConsistent(before, head, proof)) throw inconsistent(before.size);
  return head;
}

function refuseOtherKey({ key }: LogHead, given: NoteKey): void {
  if (key === undefined || key === formatNoteKey(given)) return;
  throw new KeytrailError(
    'cannot-sign',
    `The key ${given.keyId} is not the key ${key.split('+')[1] ?? ''} that signed this history before; put that key back.`,
  );
}

function inconsistent(size: number): KeytrailError {
  return new KeytrailError(
    'log-inconsistent',
    `The log of seals does not extend its checkpoint of size ${size}, and is not signed; \`keytrail verify\` says what was altered.`,
  );
}
