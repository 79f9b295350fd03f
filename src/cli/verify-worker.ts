import { parentPort, workerData } from 'node:worker_threads';
import { openEmbeddedStore } from '../embedded/embedded-store.ts';
import { checkSlotRange, type SlotRange } from '../proof/verify-history.ts';

/*
 * Checks the rows of sealed slots, one range at a time. It opens the embedded store by itself: rows do not travel between
 * threads.
 */

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread only');

const store = openEmbeddedStore(String(workerData), { mode: 'read' });

port.on('message', async (range: SlotRange) => {
  // An error that is none of the store's content ends the thread, and with it the command.
  port.postMessage(await checkSlotRange((await store).table, range));
});
