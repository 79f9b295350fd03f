import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { openEmbeddedStore } from '../../src/embedded/embedded-store.ts';
import type { ReadOrder, SeenBatches } from './reading-thread.ts';

const READERS = 10;
const BATCHES = 60;
const BATCH_ITEMS = 40;

interface Reader {
  readonly seen: Promise<readonly SeenBatches[]>;
}

/** Resolves once it reads. */
async function reader(order: ReadOrder): Promise<Reader> {
  const worker = new Worker(new URL('./reading-thread.ts', import.meta.url), { workerData: order });
  const [ready] = await once(worker, 'message');
  expect(ready).toBe('ready');
  return { seen: once(worker, 'message').then(([seen]) => seen) };
}

test('ten threads that read while batches are written see whole batches only, and each as it comes', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'keytrail-readers-'));
  const store = await openEmbeddedStore(dataFolder, { mode: 'create' });
  try {
    const pk = 'S#2026-03-01#000001';
    const readers = await Promise.all(
      Array.from({ length: READERS }, () => reader({ dataFolder, pk, batches: BATCHES })),
    );
    for (let batch = 0; batch < BATCHES; batch++) {
      await store.table.write(
        Array.from({ length: BATCH_ITEMS }, (_, number) => ({
          pk,
          sk: `${number}.${batch}`,
          fields: { batch },
          body: new Uint8Array(2_000),
        })),
      );
      // Gives the readers' threads a turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const allSeen = await Promise.all(readers.map(({ seen }) => seen));
    // They did read in between.
    expect(Math.max(...allSeen.map(({ length }) => length))).toBeGreaterThan(2);
    for (const seen of allSeen) {
      for (const batches of seen)
        expect(batches).toEqual(Array.from({ length: batches.length }, (_, batch) => [batch, BATCH_ITEMS]));
    }
  } finally {
    await store.close();
    rmSync(dataFolder, { recursive: true });
  }
});
