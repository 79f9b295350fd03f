import { readFileSync } from 'node:fs';
import { KeytrailError } from '../keytrail-error.ts';
import type { EarlierNote } from '../proof/check-log.ts';
import { type Finding, type VerifiedHistory, verifyHistory } from '../proof/verify-history.ts';
import { terminalText } from '../text/terminal-text.ts';
import type { CommandContext } from './command-context.ts';
import { type OpenStore, withStore } from './open-store.ts';
import { ProgressBar } from './progress-bar.ts';
import { VerifyThreads } from './verify-threads.ts';

/** A checkpoint is a few lines. */
const LONGEST_NOTE = 64 * 1024;
/** With fewer rows, starting threads takes longer than checking. */
const ROWS_FOR_THREADS = 100_000;

/** A sealing run notes what it logged within this time. */
const PAUSE_MS = 300;

const KINDS: Readonly<Record<Finding['kind'], string>> = { holds: 'holds', fault: 'FAULT', note: 'note ' };

/**
 * `keytrail verify` of a history: one line for each thing that was verified, then what it does not prove, then the newest
 * checkpoint, to be kept elsewhere. The exit code is 1 where anything does not hold.
 * @param since the file of a checkpoint that was kept
 */
export async function verifySealedHistory(context: CommandContext, since?: string): Promise<void> {
  const earlier = since === undefined ? undefined : readNote(since);
  await withStore(context.settings(), 'read', async (store) => {
    const verified = await verifyStore(context, store, earlier);
    context.stdout.write(`${linesOf(verified).join('\n')}\n`);
    if (verified.findings.some(({ kind }) => kind === 'fault')) context.fail();
  });
}

async function verifyStore(
  { stderr, threads, sleep }: CommandContext,
  { table, dataFolder, signer }: OpenStore,
  since: EarlierNote | undefined,
): Promise<VerifiedHistory> {
  const bar = new ProgressBar(stderr);
  let workers: VerifyThreads | undefined;
  try {
    return await verifyHistory({
      table,
      ...(since === undefined ? {} : { since }),
      // A stack's key is asked for by who may use it; a key file lies beside the history.
      ...(dataFolder === undefined ? {} : { publicKey: () => signer.publicKey(true) }),
      startThreads(rows) {
        if (dataFolder === undefined || threads < 2 || rows < ROWS_FOR_THREADS) return undefined;
        const started = new VerifyThreads(dataFolder, threads);
        workers = started;
        return { parallel: threads, check: (range) => started.check(range) };
      },
      pause: () => sleep(PAUSE_MS),
      onRows: (done, of) => bar.update({ phase: 'verifying row', done, of }),
    });
  } finally {
    bar.stop();
    await workers?.end();
  }
}

function linesOf({ findings, limits, checkpoint }: VerifiedHistory): string[] {
  return [
    ...findings.map(({ kind, sentence }) => `${KINDS[kind]}  ${terminalText(sentence)}.`),
    'This does not prove:',
    ...limits.map((limit) => `  - ${limit}`),
    ...(checkpoint === undefined
      ? []
      : [
          'Keep this checkpoint elsewhere; --since verifies that a later history extends it:',
          '',
          checkpoint.trimEnd(),
        ]),
  ];
}

/** @throws KeytrailError `path-unreadable` */
function readNote(path: string): EarlierNote {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new KeytrailError('path-unreadable', `${path} cannot be read; name a file with a checkpoint.`, {
      cause,
    });
  }
  return { name: path, note: bytes.subarray(0, LONGEST_NOTE + 1).toString() };
}
