import { setImmediate } from 'node:timers/promises';

/**
 * Lets whatever waits in the event loop have its turn. Reads of the embedded store are done at once, so that a long
 * question would not let another begin, nor notice that its client hung up.
 */
export async function nextTurn(): Promise<void> {
  await setImmediate();
}
