import { corruptItem } from '../../table/corrupt-item.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, ItemKey, Table } from '../../table/table.ts';
import {
  namedSourceId,
  type RecordSource,
  SOURCE_KINDS,
  type SourceId,
  type SourceKind,
  sourceIdOf,
  sourceKindOf,
} from '../facts/source.ts';

/** A file or object that was read whole. */
export interface ReadSource {
  readonly kind: SourceKind;
  /** `s3://…` or a whole path. */
  readonly name: string;
  /** The content name of the bytes as they are stored, packed or not. */
  readonly content: string;
  /** Hex of the SHA-256 of the bytes as they were read: unpacked, where they are gzip. */
  readonly sha256: string;
  /** Key uses that it gave, and the times of the first and the last of them in epoch milliseconds. */
  readonly uses: number;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Records and parts of it that were not understood. */
  readonly refused: number;
  /** What read it; see `READER_VERSION`. */
  readonly reader: number;
}

/** Raised when more of a file is understood than before: then files are read again although their bytes are known. */
export const READER_VERSION = 1;

/** A list, and the rest in the key: there may be an item for every eight rows. */
type Stored = readonly [
  format: 1,
  name: string,
  /** Base64url. */
  sha256: string,
  reader: number,
  refused: number,
  uses: number,
  fromMs?: number,
  toMs?: number,
];

/**
 * Notes files as read. Doing it again changes nothing.
 * @throws KeytrailError `store-unavailable`
 */
export async function putReadSources(table: Table, sources: readonly ReadSource[]): Promise<void> {
  const items = new Map<string, Item>();
  for (const source of sources) {
    const key = keyOf(source);
    items.set(key.sk, { ...key, body: encodeJson(storedOf(source)) });
  }
  if (items.size > 0) await table.write([...items.values()]);
}

/**
 * What is known of a file before it is read. `same`: it was read with these bytes, all of it was understood, and no more
 * would be understood now. `other-bytes`: what was read under its name had other bytes.
 */
export type KnownFile = 'unknown' | 'same' | 'other-bytes';

export async function whatIsKnownOf(table: Table, source: Required<RecordSource>): Promise<KnownFile> {
  const before = await sourcesOf(table, source);
  const same = before.find(({ content }) => content === source.content);
  if (same !== undefined) {
    return same.refused === 0 && same.reader === READER_VERSION ? 'same' : 'unknown';
  }
  return before.length === 0 ? 'unknown' : 'other-bytes';
}

/** The files of an id: one, unless somebody made two that have the same. */
export async function sourcesOfId(table: Table, id: SourceId): Promise<ReadSource[]> {
  const items = await table.query(pkOf(id), { from: id, to: `${id}~` });
  return items.map(sourceOf);
}

/** What was read under a name, of whichever kind; more than one where its bytes were others each time. */
export async function sourcesOfName(table: Table, name: string): Promise<ReadSource[]> {
  return (await Promise.all(SOURCE_KINDS.map((kind) => sourcesOf(table, { kind, name })))).flat();
}

async function sourcesOf(
  table: Table,
  { kind, name }: Pick<ReadSource, 'kind' | 'name'>,
): Promise<ReadSource[]> {
  const id = namedSourceId(kind, name);
  const items = await table.query(pkOf(id), { from: id, to: `${id}~` });
  return items.map(sourceOf).filter((source) => source.name === name);
}

/** The names of all files that were read. */
export async function namesOfSources(table: Table): Promise<string[]> {
  const partitions = SOURCE_KINDS.flatMap((kind) => partitionsOf(kind));
  const items = await Promise.all(partitions.map((pk) => table.query(pk)));
  return [...new Set(items.flat().map((item) => sourceOf(item).name))].sort();
}

function storedOf({ name, sha256, reader, refused, uses, fromMs, toMs }: ReadSource): Stored {
  const known = [1, name, Buffer.from(sha256, 'hex').toString('base64url'), reader, refused, uses] as const;
  return fromMs === undefined || toMs === undefined ? known : [...known, fromMs, toMs];
}

function sourceOf(item: Item): ReadSource {
  const what = 'What was read of a log file';
  const [, name, sha256, reader, refused, uses, fromMs, toMs] = decodeJson<Stored>(item, what);
  const kind = sourceKindOf(item.sk);
  if (kind === undefined) throw corruptItem(what, item, new Error('its key names no kind of source'));
  return {
    kind,
    name,
    content: item.sk.slice(item.sk.indexOf('.') + 1),
    sha256: Buffer.from(sha256, 'base64url').toString('hex'),
    reader,
    refused,
    uses,
    ...(fromMs === undefined || toMs === undefined ? {} : { fromMs, toMs }),
  };
}

/** The whole content name is in the key, so that files with the same id are two items. */
function keyOf(source: Required<RecordSource>): ItemKey {
  const id = sourceIdOf(source);
  return { pk: pkOf(id), sk: `${id}.${source.content}` };
}

/** Spread over partitions by the first character of the name's hash. */
function pkOf(id: SourceId): string {
  return `source#${id.slice(0, 2)}`;
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function partitionsOf(kind: SourceKind): string[] {
  const [digit] = sourceIdOf({ kind });
  return [...BASE64URL].map((character) => pkOf(`${digit}${character}`));
}
