import { KeytrailError } from '../keytrail-error.ts';
import type { CommandContext } from './command-context.ts';

/**
 * Runs work that may be interrupted, by Ctrl-C or by the system, and completed by running it again.
 * @param work ends early with the reason of its signal
 * @throws KeytrailError `interrupted`
 */
export async function untilInterrupted<T>(
  context: Pick<CommandContext, 'untilStopped'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  void context.untilStopped().then(() => {
    stopping.abort(
      new KeytrailError(
        'interrupted',
        'Interrupted; run the same command again to complete it: what was read is kept.',
      ),
    );
  });
  try {
    return await work(stopping.signal);
  } catch (error) {
    // Whatever failed because of it.
    stopping.signal.throwIfAborted();
    throw error;
  }
}
