import type { KeyObject } from 'node:crypto';
import { KeytrailError } from '../keytrail-error.ts';
import type { Item, Table } from '../table/table.ts';
import { type Checkpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { type LogHead, makeLogHead, moveLogHead } from './log-head.ts';
import { consistencyProof, rootOfLog } from './merkle-log.ts';
import { isConsistent } from './merkle-proof.ts';
import { nodeReader, numbered, sizeOfLog } from './seal-log.ts';
import { formatNoteKey, noteKeyOf } from './signed-note.ts';

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

/** The checkpoints of a history from the newest to the oldest, by the size that their items are named by. */
export async function readCheckpoints(
  table: Table,
  range: { readonly below?: number; readonly limit?: number } = {},
): Promise<{ readonly size: number; readonly note: string; readonly item: Item }[]> {
  const { below, limit } = range;
  if (below !== undefined && below <= 0) return [];
  const items = await table.query(CHECKPOINTS_PK, {
    descending: true,
    ...(below === undefined ? {} : { to: numbered(below - 1) }),
    ...(limit === undefined ? {} : { limit }),
  });
  return items.map((item) => ({
    size: Number.parseInt(item.sk, 16),
    note: Buffer.from(item.body ?? new Uint8Array()).toString(),
    item,
  }));
}

/**
 * Signs the head of the log, unless its newest checkpoint has that size. It is signed only where the log extends the
 * newest checkpoint.
 * @returns the size of the newest checkpoint; 0 where the log is empty
 * @throws KeytrailError `cannot-sign`, `bad-note`, `log-inconsistent`; nothing is signed then
 */
export async function signLog(table: Table, signer: SealSigner): Promise<number> {
  const size = await sizeOfLog(table);
  if (size === 0) return 0;
  const head = await makeLogHead(table);
  const key = noteKeyOf(head.origin, await signer.publicKey(head.key !== undefined));
  refuseOtherKey(head, formatNoteKey(key), key.keyId);
  const [last] = await readCheckpoints(table, { limit: 1 });
  const before = last === undefined ? undefined : verifyCheckpoint(last.note, key);
  if (before !== undefined && last !== undefined) refuseOtherSize(before, last.size);
  const signed = before?.size ?? 0;
  if (signed > size) throw inconsistent(signed);
  const read = nodeReader(table);
  const checkpoint = { origin: head.origin, size, root: await rootOfLog(size, read) };
  if (before !== undefined) {
    const proof = await consistencyProof(before.size, size, read);
    if (!isConsistent(before, checkpoint, proof)) throw inconsistent(before.size);
  }
  if (signed < size) {
    // Known before the first signature: from then on no other key is taken.
    refuseOtherKey(await moveLogHead(table, { key: formatNoteKey(key) }), formatNoteKey(key), key.keyId);
    const note = await signCheckpoint(checkpoint, { key, sign: signer.sign });
    verifyCheckpoint(note, key);
    const item = { pk: CHECKPOINTS_PK, sk: numbered(size), version: 1, body: Buffer.from(note) };
    await table.putIf(item, undefined);
  }
  await moveLogHead(table, { signed: size, isUnsigned: false });
  return size;
}

function refuseOtherKey({ key }: LogHead, given: string, keyId: string): void {
  if (key === undefined || key === given) return;
  throw new KeytrailError(
    'cannot-sign',
    `The key ${keyId} is not the key ${key.split('+')[1] ?? ''} that signed this history before; put that key back.`,
  );
}

function refuseOtherSize({ size }: Checkpoint, named: number): void {
  if (size !== named) throw inconsistent(named);
}

function inconsistent(size: number): KeytrailError {
  return new KeytrailError(
    'log-inconsistent',
    `The log of seals does not extend its checkpoint of size ${size}, and is not signed; \`keytrail verify\` says what was altered.`,
  );
}
