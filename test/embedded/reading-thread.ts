import { parentPort, workerData } from 'node:worker_threads';
import { openEmbeddedStore } from '../../src/embedded/embedded-store.ts';

/**
 * Reads a partition that batches are written to, in a thread of its own, until all of them are there. Posts `ready`, and
 * at the end what it saw.
 */
export interface ReadOrder {
  readonly dataFolder: string;
  readonly pk: string;
  readonly batches: number;
}

/** How many items of each batch one reading found. */
export type SeenBatches = readonly (readonly [batch: number, items: number])[];

const { dataFolder, pk, batches } = workerData as ReadOrder;
const store = await openEmbeddedStore(dataFolder, { mode: 'read' });
parentPort?.postMessage('ready');
const seen = new Map<string, SeenBatches>();
for (let found = 0; found < batches; ) {
  const counts = new Map<number, number>();
  for (const { fields } of await store.table.query(pk)) {
    const batch = Number(fields?.['batch']);
    counts.set(batch, (counts.get(batch) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  seen.set(JSON.stringify(sorted), sorted);
  found = counts.size;
}
await store.close();
parentPort?.postMessage([...seen.values()]);
