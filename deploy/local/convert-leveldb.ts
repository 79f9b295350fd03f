import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { Level } from 'level';
import { openEmbeddedStore } from '../../src/embedded/embedded-store.ts';
import { decodeItem } from '../../src/table/item-attributes.ts';
import type { Item } from '../../src/table/table.ts';

/** Where Keytrail's first embedded store had its items: in the database of dynalite, below this prefix. */
const ITEMS = 'item-keytrail~';
const BATCH_ITEMS = 500;

/**
 * Puts every item of a data folder of the first format, a LevelDB in `table`, into a new store in the same folder.
 * The LevelDB is read from a copy and stays as it was. The new store gets its place when it is complete: what was cut
 * off can be begun again.
 * @returns how many items there were
 * @throws Error where there is nothing to convert, or a history of today's format already
 */
export async function convertLevelDb(dataFolder: string): Promise<number> {
  const old = join(dataFolder, 'table');
  if (!existsSync(join(old, 'CURRENT')))
    throw new Error(`${old} is no LevelDB; there is nothing to convert.`);
  if (existsSync(join(dataFolder, 'history.sqlite')))
    throw new Error(`${dataFolder} has been converted already; ${old} can be deleted.`);
  const work = mkdtempSync(join(dataFolder, 'converting-'));
  try {
    cpSync(old, join(work, 'table'), { recursive: true });
    const count = await copyItems(join(work, 'table'), join(work, 'store'));
    // The marker first: a marker without its database is an error, a database without its marker is not converted.
    for (const name of ['history.json', 'history.sqlite'])
      renameSync(join(work, 'store', name), join(dataFolder, name));
    return count;
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function copyItems(from: string, to: string): Promise<number> {
  const level = new Level<string, string>(from, { createIfMissing: false });
  await level.open();
  const store = await openEmbeddedStore(to, { mode: 'create' });
  try {
    let count = 0;
    let items: Item[] = [];
    for await (const text of level.values({ gte: ITEMS, lt: `${ITEMS}~` })) {
      items.push(itemOf(text));
      count++;
      if (items.length === BATCH_ITEMS) {
        await store.table.write(items);
        items = [];
      }
    }
    await store.table.write(items);
    await store.flush();
    return count;
  } finally {
    await store.close();
    await level.close();
  }
}

/** DynamoDB's JSON, with bytes in base64. */
function itemOf(text: string): Item {
  const attributes = JSON.parse(text) as Record<string, AttributeValue>;
  const body: unknown = attributes['b']?.B;
  if (typeof body === 'string') attributes['b'] = { B: Buffer.from(body, 'base64') };
  return decodeItem(attributes);
}
