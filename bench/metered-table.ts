import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item, ItemKey, QueryRange, Table } from '../src/table/table.ts';

/** Counts what DynamoDB on demand would bill for the requests that pass. */
export interface Meter {
  requests: Record<string, number>;
  /** 1 KB of an item written or deleted, rounded up for each item. */
  writeUnits: number;
  /** Those among them that deletes cost: none where DynamoDB's TTL deletes. */
  deleteUnits: number;
  /** 4 KB read strongly consistent: rounded up for each item of a get, for the sum of a query. */
  readUnits: number;
  /** By the letter that a partition key starts with. */
  writeUnitsByKind: Record<string, number>;
  readUnitsByKind: Record<string, number>;
  itemsByKind: Record<string, number>;
}

export function newMeter(): Meter {
  return {
    requests: {},
    writeUnits: 0,
    deleteUnits: 0,
    readUnits: 0,
    writeUnitsByKind: {},
    readUnitsByKind: {},
    itemsByKind: {},
  };
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

/** The same of an item as the API hands it out: every attribute, those too that the history does not read. */
export function attributesBytes(attributes: Readonly<Record<string, AttributeValue>>): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(attributes))
    bytes += Buffer.byteLength(name) + valueBytes(value);
  return bytes;
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(Number(value.N));
  if (value.B !== undefined) return value.B.length;
  return 1;
}

function numberBytes(value: number): number {
  return Math.ceil(String(Math.abs(value)).replace('.', '').length / 2) + 1;
}

/** What `DynamoDbTable` adds to an item that is put on a condition: `w` and a UUID. */
const WRITE_ID_BYTES = 37;

/** The letter that a partition key starts with, see `src/history/facts/table-keys.ts`; with `-` where it is deleted. */
export function kindOf(pk: string): string {
  return pk.startsWith('-') ? pk.slice(0, 2) : pk.slice(0, 1);
}

/** Kinds of items that only joining uses to jobs writes. What chunks, pages and roots hold of it is not told apart. */
export const JOIN_KINDS: readonly string[] = ['N', 'J', 'G', 'T', 'Y'];

/** What a meter has counted of the join alone: job facts, what judgements hang on, pages of job-days. */
export function joinUnits({ writeUnitsByKind }: Meter): number {
  return JOIN_KINDS.reduce(
    (units, kind) => units + (writeUnitsByKind[kind] ?? 0) + (writeUnitsByKind[`-${kind}`] ?? 0),
    0,
  );
}

export function meterTable(table: Table, meter: Meter): Table {
  const count = (name: string) => {
    meter.requests[name] = (meter.requests[name] ?? 0) + 1;
  };
  const wrote = (item: ItemKey, bytes: number) => {
    const units = Math.max(1, Math.ceil(bytes / 1024));
    const kind = kindOf(item.pk);
    meter.writeUnits += units;
    meter.writeUnitsByKind[kind] = (meter.writeUnitsByKind[kind] ?? 0) + units;
    meter.itemsByKind[kind] = (meter.itemsByKind[kind] ?? 0) + 1;
  };
  // A delete costs what writing the deleted item would (Developer Guide, "Write operations").
  const deleted = (key: ItemKey, bytes: number) => {
    meter.deleteUnits += Math.max(1, Math.ceil(bytes / 1024));
    wrote({ ...key, pk: `-${key.pk}` }, bytes);
  };
  const read = (pk: string, units: number) => {
    const kind = pk.includes('#') ? pk.slice(0, pk.indexOf('#')) : pk;
    meter.readUnits += units;
    meter.readUnitsByKind[kind] = (meter.readUnitsByKind[kind] ?? 0) + units;
  };
  return {
    async get(key) {
      count('get');
      const item = await table.get(key);
      read(key.pk, Math.max(1, Math.ceil((item === undefined ? 0 : itemBytes(item)) / 4096)));
      return item;
    },
    async getAll(keys) {
      if (keys.length === 0) return [];
      count('getAll');
      const items = await table.getAll(keys);
      for (const item of items) read(item.pk, Math.ceil(itemBytes(item) / 4096));
      read(keys[0]?.pk ?? '', Math.max(0, keys.length - items.length));
      return items;
    },
    async query(pk: string, range?: QueryRange) {
      count(`query ${pk[0]}`);
      const items = await table.query(pk, range);
      const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
      read(pk, Math.max(1, Math.ceil(bytes / 4096)));
      return items;
    },
    async put(item) {
      count(`put ${item.pk[0]}`);
      wrote(item, itemBytes(item));
      return table.put(item);
    },
    async putIf(item, expected) {
      count(`putIf ${item.pk[0]}`);
      wrote(item, itemBytes(item) + WRITE_ID_BYTES);
      return table.putIf(item, expected);
    },
    async write(puts, deletes = []) {
      if (puts.length + deletes.length === 0) return;
      count('write');
      for (const item of puts) wrote(item, itemBytes(item));
      const sizes = new Map(
        (await table.getAll(deletes)).map((item) => [`${item.pk}\n${item.sk}`, itemBytes(item)]),
      );
      for (const key of deletes) deleted(key, sizes.get(`${key.pk}\n${key.sk}`) ?? 0);
      return table.write(puts, deletes);
    },
  };
}
