import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import inside, { type EngineLock } from 'dynalite/db/index.js';
import type { Level } from 'level';
import { KeytrailError } from '../keytrail-error.ts';
import { isEmptyRange } from '../table/dynamodb-table.ts';
import { decodeItem, encodeItem } from '../table/item-attributes.ts';
import type { Item, ItemKey, QueryRange, Table } from '../table/table.ts';

/** Bytes of bodies in one batch of LevelDB's, which holds them once more as text. */
const BATCH_BYTES = 4_000_000;
/** Items read at a time. */
const BATCH_ITEMS = 100;
/** Well within what DynamoDB takes; what is longer is for the engine to refuse. */
const LONGEST_BODY_BYTES = 380_000;
const LONGEST_KEY_BYTES = 1_000;

/**
 * The engine's own items, in the process that owns them, without its HTTP: what dynalite would have put under a
 * key, and from where it would have read it. What is written here it reads, and the other way round, so that
 * other processes go on by its API.
 *
 * An item that changes under a condition is read, compared and put under the engine's own lock. A plain write takes none,
 * and might come between. None does: items that `putIf` is for are written by nothing else.
 */
export class EngineTable implements Table {
  readonly #level: Level<string, unknown>;
  readonly #lock: EngineLock;
  readonly #prefix: string;

  constructor(level: Level<string, unknown>, lock: EngineLock, tableName: string) {
    this.#level = level;
    this.#lock = lock;
    this.#prefix = `item-${tableName}~`;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    return (await this.getAll([key]))[0];
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    const names = [...new Set(keys.map((key) => this.#nameOf(key)))];
    const items: Item[] = [];
    for (let start = 0; start < names.length; start += BATCH_ITEMS) {
      const found = await this.#do(() =>
        this.#level.getMany<string, Buffer>(names.slice(start, start + BATCH_ITEMS), {
          valueEncoding: 'buffer',
        }),
      );
      for (const bytes of found) if (bytes !== undefined) items.push(decodeJson(bytes));
    }
    return items;
  }

  async query(pk: string, range: QueryRange = {}): Promise<Item[]> {
    if (isEmptyRange(range)) return [];
    const partition = this.#partitionOf(pk);
    const values = this.#level.values<string, Buffer>({
      gte: range.from === undefined ? partition : `${partition}${sortText(range.from)}`,
      // Sort keys are in hexadecimal and end in a slash, after which nothing comes.
      ...(range.to === undefined ? { lt: `${partition}~` } : { lte: `${partition}${sortText(range.to)}` }),
      reverse: range.descending === true,
      ...(range.limit === undefined ? {} : { limit: range.limit }),
      valueEncoding: 'buffer',
    });
    return this.#do(async () => {
      const items: Item[] = [];
      for await (const bytes of values) items.push(decodeJson(bytes));
      return items;
    });
  }

  async put(item: Item): Promise<void> {
    await this.write([item]);
  }

  putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#lock(this.#nameOf(item).slice(this.#prefix.length), (release) => {
        const letGo = release(() => {});
        this.#compareAndPut(item, expected).finally(letGo).then(resolve, reject);
      });
    });
  }

  async #compareAndPut(item: Item, expected: number | undefined): Promise<boolean> {
    const stored = await this.get(item);
    const isAsExpected = expected === undefined ? stored === undefined : stored?.version === expected;
    if (isAsExpected) await this.put(item);
    return isAsExpected;
  }

  async write(puts: readonly Item[], deletes: readonly ItemKey[] = []): Promise<void> {
    let batch: BatchOperation[] = [];
    let bytes = 0;
    for (const item of puts) {
      const size = item.body?.length ?? 0;
      if (bytes + size > BATCH_BYTES) {
        await this.#write(batch);
        batch = [];
        bytes = 0;
      }
      batch.push({ type: 'put', key: this.#nameOf(item), value: encodeJson(item), valueEncoding: 'buffer' });
      bytes += size;
    }
    for (const key of deletes) batch.push({ type: 'del', key: this.#nameOf(key) });
    await this.#write(batch);
  }

  async #write(batch: BatchOperation[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      await this.#level.batch<string, Buffer>(batch, {});
    } catch (error) {
      if (this.#level.status === 'open') return endProcess(error);
      throw unavailable(error);
    }
  }

  #nameOf({ pk, sk }: ItemKey): string {
    return `${this.#partitionOf(pk)}${sortText(sk)}`;
  }

  #partitionOf(pk: string): string {
    return `${this.#prefix}${inside.hashPrefix(pk, 'S')}/${inside.toRangeStr(pk, 'S')}/`;
  }

  async #do<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      throw unavailable(error);
    }
  }
}

/**
 * What the disk refuses ends the process, as it does where dynalite writes: LevelDB would take more behind the
 * record that it could not write whole, and may lose that when it is opened again.
 */
function endProcess(error: unknown): Promise<never> {
  setImmediate(() => {
    throw error;
  });
  return new Promise(() => {});
}

function unavailable(cause: unknown): KeytrailError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return new KeytrailError(
    'store-unavailable',
    `The data folder does not answer as it should${why}; check its disk, then try again.`,
    { cause },
  );
}

type BatchOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer; readonly valueEncoding: 'buffer' }
  | { readonly type: 'del'; readonly key: string };

/** Whether an item is one that DynamoDB certainly takes. */
export function isOrdinary({ pk, sk, body }: Item): boolean {
  return (
    pk !== '' &&
    sk !== '' &&
    (body?.length ?? 0) <= LONGEST_BODY_BYTES &&
    Buffer.byteLength(pk) <= LONGEST_KEY_BYTES &&
    Buffer.byteLength(sk) <= LONGEST_KEY_BYTES
  );
}

function sortText(sk: string): string {
  return `${inside.toRangeStr(sk, 'S')}/`;
}

/** What stands around a body in an item's JSON. No text can hold it: in JSON its quotes would be escaped. */
const BODY_OPENS = '"b":{"B":"';
const BODY_CLOSES = '"}';
const NO_BODY = `${BODY_OPENS}${BODY_CLOSES}`;

/**
 * An item as the engine keeps it: DynamoDB's JSON, with bytes in base64. Put together in a buffer, for strings so
 * long are what the collector has most to do with.
 */
function encodeJson(item: Item): Buffer {
  const { body } = item;
  if (body === undefined || body.length === 0) return Buffer.from(JSON.stringify(encodeItem(item)));
  const { body: _, ...rest } = item;
  const head = JSON.stringify(encodeItem(rest)).slice(0, -1);
  const base64 = Buffer.from(body.buffer, body.byteOffset, body.length).toString('base64');
  const bytes = Buffer.allocUnsafe(
    Buffer.byteLength(head) + 1 + BODY_OPENS.length + base64.length + BODY_CLOSES.length + 1,
  );
  let at = bytes.write(head);
  at += bytes.write(`,${BODY_OPENS}`, at, 'latin1');
  at += bytes.write(base64, at, 'latin1');
  bytes.write(`${BODY_CLOSES}}`, at, 'latin1');
  return bytes;
}

function decodeJson(bytes: Buffer): Item {
  const opens = bytes.indexOf(BODY_OPENS);
  if (opens === -1) return decodeItem(parse(bytes.toString()));
  const start = opens + BODY_OPENS.length;
  const end = bytes.indexOf(BODY_CLOSES, start);
  const after = bytes.toString('utf8', end + BODY_CLOSES.length);
  const attributes = parse(`${bytes.toString('utf8', 0, opens)}${NO_BODY}${after}`);
  return decodeItem({ ...attributes, b: { B: Buffer.from(bytes.toString('latin1', start, end), 'base64') } });
}

/** What the engine or `encodeJson` wrote. */
function parse(text: string): Record<string, AttributeValue> {
  return JSON.parse(text) as Record<string, AttributeValue>;
}
