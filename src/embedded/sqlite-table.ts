import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { KeytrailError } from '../keytrail-error.ts';
import { type Item, type ItemKey, isEmptyRange, type QueryRange, type Table } from '../table/table.ts';
import { isBusy, storeError } from './sqlite-error.ts';

/**
 * Rows, and two indexes of the same keys.
 *
 * SQLite does not check its own pages: a bit that flips in one can hide rows from a look-up without any error. So
 * every read goes two ways, through `by_key` and the rows and through `by_key_and_sum` alone, and the two must agree
 * on which items there are and on their checksums. Damage in one place cannot change both alike.
 */
export const SCHEMA: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: 'items',
    sql: `CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER,
  fields TEXT,
  sum INTEGER NOT NULL,
  body BLOB
) STRICT`,
  },
  { name: 'by_key', sql: 'CREATE UNIQUE INDEX by_key ON items (pk, sk)' },
  { name: 'by_key_and_sum', sql: 'CREATE INDEX by_key_and_sum ON items (pk, sk, sum)' },
];

/** DynamoDB's bounds, so that what is written here could be written there (Developer Guide, quotas). */
const LONGEST_PARTITION_KEY_BYTES = 2_048;
const LONGEST_SORT_KEY_BYTES = 1_024;
const LARGEST_ITEM_BYTES = 400 * 1024;

/** Two minutes: longer than any write that another process may be in the middle of. */
const BUSY_ATTEMPTS = 2_000;
/** Beside the 50 ms that SQLite itself waits on each attempt. */
const BUSY_PAUSE_MS = 10;

interface StoredRow {
  readonly id: number;
  readonly pk: string;
  readonly sk: string;
  readonly version: number | null;
  readonly fields: string | null;
  readonly sum: number;
  readonly body: Uint8Array | null;
}

/** What `by_key_and_sum` says of a row. */
type RowEntry = Pick<StoredRow, 'id' | 'sum'>;

/**
 * The store contract over one SQLite database. Any number of processes and threads have it open at a time; one of
 * them writes at a time, and each read sees the database as it is after some write, whole.
 *
 * A call of `write` is one transaction: it is seen whole or not at all, also after `kill -9`.
 */
export class SqliteTable implements Table {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();

  /** @param file named where the database cannot be read or written */
  constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.#file = file;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    return this.#read(() => this.#get(key));
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    const distinct = new Map(keys.map((key) => [`${key.pk.length}|${key.pk}${key.sk}`, key]));
    return this.#read(() => {
      const items: Item[] = [];
      for (const key of distinct.values()) {
        const item = this.#get(key);
        if (item !== undefined) items.push(item);
      }
      return items;
    });
  }

  async query(pk: string, range: QueryRange = {}): Promise<Item[]> {
    if (isEmptyRange(range)) return [];
    const { from, to, descending = false, limit = -1 } = range;
    const condition = `pk = ?${from === undefined ? '' : ' AND sk >= ?'}${to === undefined ? '' : ' AND sk <= ?'}`;
    const order = `ORDER BY sk ${descending ? 'DESC' : 'ASC'} LIMIT ?`;
    const bounds = [pk, from, to, limit].filter((bound) => bound !== undefined);
    return this.#read(() => {
      const rows = this.#all<StoredRow>(`${SELECT_ROWS} WHERE ${condition} ${order}`, bounds);
      const entries = this.#all<RowEntry>(`${SELECT_ENTRIES} WHERE ${condition} ${order}`, bounds);
      if (rows.length !== entries.length) throw this.#damaged(pk, rows.length < entries.length);
      return rows.map((row, index) => this.#checked(row, entries[index]));
    });
  }

  async put(item: Item): Promise<void> {
    await this.write([item]);
  }

  async putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean> {
    return this.#write([item], () => {
      const stored = this.#get(item);
      const isAsExpected = expected === undefined ? stored === undefined : stored?.version === expected;
      if (isAsExpected) this.#put(item);
      return isAsExpected;
    });
  }

  async write(puts: readonly Item[], deletes: readonly ItemKey[] = []): Promise<void> {
    if (puts.length === 0 && deletes.length === 0) return;
    await this.#write(puts, () => {
      for (const item of puts) this.#put(item);
      for (const { pk, sk } of deletes) this.#statement(DELETE).run(pk, sk);
    });
  }

  #get({ pk, sk }: ItemKey): Item | undefined {
    const row = this.#statement(`${SELECT_ROWS} WHERE pk = ? AND sk = ?`).get(pk, sk) as
      | StoredRow
      | undefined;
    const entry = this.#statement(`${SELECT_ENTRIES} WHERE pk = ? AND sk = ?`).get(pk, sk) as
      | RowEntry
      | undefined;
    if (row === undefined && entry === undefined) return undefined;
    if (row === undefined || row.sk !== sk) throw this.#damaged(pk, true, sk);
    return this.#checked(row, entry);
  }

  #put(item: Item): void {
    const { pk, sk, version = null, body = null } = item;
    const fields = item.fields === undefined ? null : JSON.stringify(item.fields);
    const sum = sumOf({ pk, sk, version, fields, body });
    this.#statement(UPSERT).run(pk, sk, version, fields, sum, body);
  }

  /** The item of a row that both ways lead to and whose bytes are those that were written. */
  #checked(row: StoredRow, entry: RowEntry | undefined): Item {
    const { pk, sk, version, fields, body } = row;
    const isWhole = entry?.id === row.id && entry.sum === row.sum && sumOf(row) === row.sum;
    if (!isWhole) throw this.#damaged(pk, false, sk);
    return {
      pk,
      sk,
      // Written by `#put`, as the checksum says.
      ...(fields === null ? {} : { fields: JSON.parse(fields) as NonNullable<Item['fields']> }),
      ...(version === null ? {} : { version }),
      ...(body === null ? {} : { body }),
    };
  }

  async #read<Answer>(work: () => Answer): Promise<Answer> {
    return this.#whenFree(() => this.#inTransaction('BEGIN', work));
  }

  async #write<Answer>(items: readonly Item[], work: () => Answer): Promise<Answer> {
    for (const item of items) refuseUnlikeDynamoDb(item);
    return this.#whenFree(() => this.#inTransaction('BEGIN IMMEDIATE', work));
  }

  #inTransaction<Answer>(begin: string, work: () => Answer): Answer {
    this.#statement(begin).run();
    try {
      const answer = work();
      this.#statement('COMMIT').run();
      return answer;
    } catch (error) {
      // SQLite has rolled back by itself after some errors.
      if (this.#database.isTransaction) this.#statement('ROLLBACK').run();
      throw error;
    }
  }

  /** Tries again, off the thread, while another process writes. */
  async #whenFree<Answer>(work: () => Answer): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || attempt === BUSY_ATTEMPTS) throw storeError(error, this.#file);
      }
      await sleep(BUSY_PAUSE_MS);
    }
  }

  #all<Row>(sql: string, values: readonly SQLInputValue[]): Row[] {
    // Columns and types are those of `SCHEMA`, which is STRICT.
    return this.#statement(sql).all(...values) as unknown as Row[];
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #damaged(pk: string, isMissing: boolean, sk?: string): KeytrailError {
    const what = sk === undefined ? `Items of ${pk}` : `The item ${pk} ${sk}`;
    return new KeytrailError(
      'corrupt-item',
      `${what} in ${this.#file} ${isMissing ? 'cannot be found where the index has them' : 'are not as they were written'}: the file is damaged. Put it back from a backup, or import the logs into a new folder (KEYTRAIL_DATA).`,
    );
  }
}

const SELECT_ROWS = 'SELECT id, pk, sk, version, fields, sum, body FROM items INDEXED BY by_key';
const SELECT_ENTRIES = 'SELECT id, sum FROM items INDEXED BY by_key_and_sum';
const DELETE = 'DELETE FROM items INDEXED BY by_key WHERE pk = ? AND sk = ?';
const UPSERT = `INSERT INTO items (pk, sk, version, fields, sum, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (pk, sk) DO UPDATE SET version = excluded.version, fields = excluded.fields, sum = excluded.sum, body = excluded.body`;

/** CRC-32 (ISO 3309) over the whole row, key included: any single bit that flips changes it. */
function sumOf({ pk, sk, version, fields, body }: Omit<StoredRow, 'id' | 'sum'>): number {
  const head = crc32(`${pk}\0${sk}\0${version ?? ''}\0${fields ?? ''}\0${body === null ? '-' : body.length}`);
  return body === null ? head : crc32(body, head);
}

/** @throws KeytrailError `store-unavailable`, as DynamoDB's own refusal becomes */
function refuseUnlikeDynamoDb({ pk, sk, body, fields }: Item): void {
  const pkBytes = Buffer.byteLength(pk);
  const skBytes = Buffer.byteLength(sk);
  let bytes = pkBytes + skBytes + (body?.length ?? 0);
  for (const [name, value] of Object.entries(fields ?? {}))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(String(value));
  const isTaken =
    pkBytes > 0 &&
    pkBytes <= LONGEST_PARTITION_KEY_BYTES &&
    skBytes > 0 &&
    skBytes <= LONGEST_SORT_KEY_BYTES &&
    bytes <= LARGEST_ITEM_BYTES;
  if (isTaken) return;
  throw new KeytrailError(
    'store-unavailable',
    `An item of ${bytes} bytes with keys of ${pkBytes} and ${skBytes} is not one that DynamoDB takes; nothing of it was written.`,
  );
}
