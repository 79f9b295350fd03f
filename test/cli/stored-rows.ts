import { openEmbeddedStore } from '../../src/embedded/embedded-store.ts';
import { History } from '../../src/history/query/history.ts';
import type { UsageRow } from '../../src/history/query/questions.ts';
import { everyRow } from '../history/delivered-records.ts';

/** Every row of a data folder, which other processes may be using. */
export async function storedRows(dataFolder: string): Promise<UsageRow[]> {
  const store = await openEmbeddedStore(dataFolder, { mode: 'read' });
  try {
    return await everyRow(new History(store.table));
  } finally {
    await store.close();
  }
}
