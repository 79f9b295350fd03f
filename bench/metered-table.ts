import type { Item, ItemKey, QueryRange, Table } from '../src/history/table.ts';

/** Counts what DynamoDB on demand would bill for the requests that pass. */
export interface Meter {
  requests: Record<string, number>;
  /** 1 KB of an item written or deleted, rounded up for each item. */
  writeUnits: number;
  /** 4 KB read strongly consistent: rounded up for each item of a get, for the sum of a query. */
  readUnits: number;
  /** By the letter that a partition key starts with. */
  writeUnitsByKind: Record<string, number>;
  itemsByKind: Record<string, number>;
}

export function newMeter(): Meter {
  return { requests: {}, writeUnits: 0, readUnits: 0, writeUnitsByKind: {}, itemsByKind: {} };
}

/**
 * The size that DynamoDB bills: names and values in UTF-8, binaries raw, numbers about half a byte a digit and
 * one (Developer Guide, "DynamoDB Item sizes and formats").
 */
export function itemBytes(item: Item): number {
  let bytes = 4 + Buffer.byteLength(item.pk) + Buffer.byteLength(item.sk);
  if (item.version !== undefined) bytes += 1 + numberBytes(item.version);
  if (item.body !== undefined) bytes += 1 + item.body.length;
  for (const [name, value] of Object.entries(item.fields ?? {})) {
    bytes +=
      Buffer.byteLength(name) + (typeof value === 'number' ? numberBytes(value) : Buffer.byteLength(value));
  }
  return bytes;
}

function numberBytes(value: number): number {
  return Math.ceil(String(Math.abs(value)).replace('.', '').length / 2) + 1;
}

export function meterTable(table: Table, meter: Meter): Table {
  const count = (name: string) => {
    meter.requests[name] = (meter.requests[name] ?? 0) + 1;
  };
  const wrote = (item: ItemKey, bytes: number) => {
    const units = Math.max(1, Math.ceil(bytes / 1024));
    const kind = item.pk[0] ?? '';
    meter.writeUnits += units;
    meter.writeUnitsByKind[kind] = (meter.writeUnitsByKind[kind] ?? 0) + units;
    meter.itemsByKind[kind] = (meter.itemsByKind[kind] ?? 0) + 1;
  };
  return {
    async get(key) {
      count('get');
      const item = await table.get(key);
      meter.readUnits += Math.max(1, Math.ceil((item === undefined ? 0 : itemBytes(item)) / 4096));
      return item;
    },
    async getAll(keys) {
      if (keys.length === 0) return [];
      count('getAll');
      const items = await table.getAll(keys);
      for (const item of items) meter.readUnits += Math.ceil(itemBytes(item) / 4096);
      meter.readUnits += Math.max(0, keys.length - items.length);
      return items;
    },
    async query(pk: string, range?: QueryRange) {
      count(`query ${pk[0]}`);
      const items = await table.query(pk, range);
      const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
      meter.readUnits += Math.max(1, Math.ceil(bytes / 4096));
      return items;
    },
    async put(item) {
      count(`put ${item.pk[0]}`);
      wrote(item, itemBytes(item));
      return table.put(item);
    },
    async putIf(item, expected) {
      count(`putIf ${item.pk[0]}`);
      wrote(item, itemBytes(item));
      return table.putIf(item, expected);
    },
    async write(puts, deletes = []) {
      if (puts.length + deletes.length === 0) return;
      count('write');
      for (const item of puts) wrote(item, itemBytes(item));
      for (const key of deletes) wrote({ ...key, pk: `-${key.pk}` }, 0);
      return table.write(puts, deletes);
    },
  };
}
