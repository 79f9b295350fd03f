import { KeytrailError, type KeytrailErrorCode } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';
import { makeLogHead, moveLogHead } from './log-head.ts';
import { logSealedDays } from './log-sealed-days.ts';
import { type SealSigner, signLog } from './sign-log.ts';

/** What came of a sealing run: how many seals are new in the log, and why its head is not signed, where it is not. */
export interface Concluded {
  readonly logged: number;
  /** A sentence; absent where the head is signed, or where nobody was to sign it. */
  readonly unsigned?: string;
}

const NOT_SIGNED: ReadonlySet<KeytrailErrorCode> = new Set([
  'bad-note',
  'cannot-sign',
  'corrupt-item',
  'log-inconsistent',
]);

/**
 * Ends a sealing run: what it sealed is appended to the log, and the log's head is signed. Where it cannot be signed the
 * seals are in the log all the same, and the next run signs them.
 * @param signer where absent nobody signs
 * @param isSigning whether to sign; as the run before where absent
 */
export async function concludeSealing(
  table: Table,
  signer: SealSigner | undefined,
  isSigning?: boolean,
): Promise<Concluded> {
  const logged = await logSealedDays(table);
  const { size, signed, isUnsigned } = await makeLogHead(table);
  if (signer === undefined || !(isSigning ?? !isUnsigned)) {
    if (signed < size) await moveLogHead(table, { isUnsigned: true });
    return { logged };
  }
  try {
    await signLog(table, signer);
    return { logged };
  } catch (error) {
    if (!(error instanceof KeytrailError && NOT_SIGNED.has(error.code))) throw error;
    return { logged, unsigned: error.message };
  }
}
