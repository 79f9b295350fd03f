import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { damagedFile } from './damaged-file.ts';
import { type DataFolder, headOf, sizeOf } from './data-folder.ts';
import { SCHEMA } from './sqlite-table.ts';
import { STORE_FORMAT, type StoreMarker } from './store-marker.ts';

/** `KTRL`: marks a SQLite file as Keytrail's, https://www.sqlite.org/fileformat2.html#application_id */
export const APPLICATION_ID = 0x4b54524c;
export const PAGE_BYTES = 8_192;

const HEADER_BYTES = 100;

/** Parts of the header that are the same in every store; see https://www.sqlite.org/fileformat2.html, §1.3. */
const FIXED: readonly (readonly [offset: number, bytes: Buffer])[] = [
  [0, Buffer.from('SQLite format 3\0')],
  [16, uint16(PAGE_BYTES)],
  // Write-ahead log, no reserved bytes, payload fractions.
  [18, Buffer.from([2, 2, 0, 64, 32, 32])],
  // Schema format.
  [44, uint32(4)],
  // No vacuum by itself; UTF-8.
  [52, uint32(0)],
  [56, uint32(1)],
  [60, uint32(STORE_FORMAT)],
  [64, uint32(0)],
  [68, uint32(APPLICATION_ID)],
  [72, Buffer.alloc(20)],
];

const PAGE_COUNT_OFFSET = 28;
/** Another process may be between writing the header and the pages it counts. */
const SIZE_ATTEMPTS = 5;
const SIZE_PAUSE_MS = 50;

/**
 * Looks at the database's file before SQLite does, which would take an empty one for a new one and ignores some of
 * what it does not expect.
 * @throws KeytrailError `data-folder` naming the file that is missing, cut or not a store's
 */
export async function checkFile({ database }: DataFolder): Promise<void> {
  const header = headOf(database, HEADER_BYTES);
  if (header === undefined) throw damagedFile(database, 'is missing');
  if (header.length < HEADER_BYTES)
    throw damagedFile(database, header.length === 0 ? 'is empty' : 'is cut off');
  const wrong = FIXED.find(
    ([offset, bytes]) => !header.subarray(offset, offset + bytes.length).equals(bytes),
  );
  if (wrong !== undefined) {
    const format = header.readUInt32BE(60);
    const isNewer = wrong[0] === 60 && format > STORE_FORMAT;
    throw damagedFile(
      database,
      isNewer ? `is of format ${format}, which this version does not know` : "is not a store of Keytrail's",
    );
  }
  await checkSize(database);
}

/** Pages that only the write-ahead log has yet are not missed. */
async function checkSize(database: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    if (sizeOf(`${database}-wal`) > 0) return;
    const pages = headOf(database, HEADER_BYTES)?.readUInt32BE(PAGE_COUNT_OFFSET) ?? 0;
    if (sizeOf(database) === pages * PAGE_BYTES) return;
    if (attempt === SIZE_ATTEMPTS)
      throw damagedFile(database, `does not have the ${pages} pages that it counts`);
    await sleep(SIZE_PAUSE_MS);
  }
}

/**
 * Looks at what SQLite makes of the file: its tables, and that it has what the marker says.
 * @returns how often it was put on the disk
 * @throws KeytrailError `data-folder`
 */
export function checkDatabase(
  database: DatabaseSync,
  folder: DataFolder,
  marker: StoreMarker | undefined,
): number {
  const file = folder.database;
  const stored = database.prepare('SELECT name, sql FROM sqlite_schema').all();
  const isOurs =
    stored.length === ALL_TABLES.length &&
    ALL_TABLES.every(({ name, sql }) => stored.some((each) => each['name'] === name && each['sql'] === sql));
  if (!isOurs) throw damagedFile(file, "does not have the tables of a store of Keytrail's");
  const flushes = flushesOf(database);
  // A database without a marker is new. Its maker may have died before writing one.
  if (marker === undefined && flushes !== 0) throw damagedFile(folder.marker, 'is missing');
  if (flushes < (marker?.flushes ?? 0))
    throw damagedFile(file, `or ${file}-wal lacks what was on the disk before`);
  return flushes;
}

/** How often the whole database was put on the disk. */
export function flushesOf(database: DatabaseSync): number {
  return Number(database.prepare('SELECT count FROM flushes WHERE id = 1').get()?.['count'] ?? -1);
}

export const ALL_TABLES = [
  ...SCHEMA,
  {
    name: 'flushes',
    sql: 'CREATE TABLE flushes (id INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT',
  },
];

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
