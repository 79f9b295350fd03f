import { zstdDecompressSync } from 'node:zlib';
import { KeytrailError } from '../../keytrail-error.ts';
import { corruptItem, type StoredBody } from '../../table/corrupt-item.ts';
import { compress } from '../../table/zstd.ts';
import { ByteReader, ByteWriter } from './byte-columns.ts';
import { copyId, type Dictionary, ID_BYTES, RowSet } from './row-set.ts';

/**
 * Rows as bytes: the one encoding of segments and chunks.
 *
 *   byte 0      format version
 *   varint      rows
 *   ids         sixteen bytes a row, as they are: random bytes do not compress
 *   zstd frame  a varint length and JSON of a header; the texts of the six dictionaries, each a line (JSON
 *               text has no line breaks of its own); then the columns: times (zigzag deltas, milliseconds;
 *               seconds when all are whole), profile, session, context, extra, judgement and source numbers (varint;
 *               context and source 0 where it is the next new one, else its number and one)
 *
 * Format 1, which is read too, has no sources.
 */
const FORMAT = 2;
const FORMAT_WITHOUT_SOURCES = 1;
const WHOLE_SECONDS = 1;

interface BlockHeader {
  readonly profiles: number;
  readonly sessions: number;
  readonly contexts: number;
  readonly extras: number;
  readonly judgements: number;
  /** Absent in format 1. */
  readonly sources?: number;
  /** Bytes of the texts, which follow the header. */
  readonly textBytes: number;
  /** Row numbers and the ids that are no lower-case GUID. */
  readonly idTexts: readonly (readonly [number, string])[];
  readonly flags: number;
}

/** Encodes the rows of `set` that `order` names, in that order. */
export function encodeRows(set: RowSet, order: Uint32Array): Uint8Array {
  const rows = order.length;
  const ids = new Uint8Array(rows * ID_BYTES);
  const profiles = new LocalNumbers(set.profiles);
  const sessions = new LocalNumbers(set.sessions);
  const contexts = new LocalNumbers(set.contexts);
  const extras = new LocalNumbers(set.extras);
  const judgements = new LocalNumbers(set.judgements);
  const sources = new LocalNumbers(set.sources);
  const idTexts: [number, string][] = [];
  const columns = new ByteWriter();
  const wholeSeconds = order.every((row) => (set.times[row] as number) % 1000 === 0);
  const unit = wholeSeconds ? 1000 : 1;
  let lastTime = 0;
  for (let i = 0; i < rows; i++) {
    const row = order[i] as number;
    copyId(set.ids, row * ID_BYTES, ids, i * ID_BYTES);
    const idText = set.idTexts.get(row);
    if (idText !== undefined) idTexts.push([i, idText]);
    const time = (set.times[row] as number) / unit;
    columns.zigzag(time - lastTime);
    lastTime = time;
  }
  for (let i = 0; i < rows; i++) columns.varint(profiles.number(set.profile[order[i] as number] as number));
  for (let i = 0; i < rows; i++) columns.varint(sessions.number(set.session[order[i] as number] as number));
  for (let i = 0; i < rows; i++) {
    const number = contexts.number(set.context[order[i] as number] as number);
    columns.varint(contexts.wasNew ? 0 : number + 1);
  }
  for (let i = 0; i < rows; i++) columns.varint(extras.number(set.extra[order[i] as number] as number));
  for (let i = 0; i < rows; i++) {
    columns.varint(judgements.number(set.judgement[order[i] as number] as number));
  }
  for (let i = 0; i < rows; i++) {
    const number = sources.number(set.source[order[i] as number] as number);
    columns.varint(sources.wasNew ? 0 : number + 1);
  }
  const dictionaries = [profiles, sessions, contexts, extras, judgements, sources];
  const texts = Buffer.from(dictionaries.flatMap(({ texts }) => texts).join('\n'));
  const header: BlockHeader = {
    profiles: profiles.texts.length,
    sessions: sessions.texts.length,
    contexts: contexts.texts.length,
    extras: extras.texts.length,
    judgements: judgements.texts.length,
    sources: sources.texts.length,
    textBytes: texts.length,
    idTexts,
    flags: wholeSeconds ? WHOLE_SECONDS : 0,
  };
  return blockOf(rows, ids, [header, texts, columns.finish()]);
}

function blockOf(
  rows: number,
  ids: Uint8Array,
  [header, texts, columns]: readonly [BlockHeader, Uint8Array, Uint8Array],
): Uint8Array {
  const headerBytes = Buffer.from(JSON.stringify(header));
  const plain = new ByteWriter();
  plain.varint(headerBytes.length);
  plain.raw(headerBytes);
  plain.raw(texts);
  plain.raw(columns);
  const block = new ByteWriter();
  block.raw(Uint8Array.of(FORMAT));
  block.varint(rows);
  block.raw(ids);
  block.raw(compress(plain.finish()));
  return block.finish().slice();
}

/**
 * Decodes the block that an item holds.
 * @throws KeytrailError `unsupported-format` for a newer format, `corrupt-item` for bytes that are no block.
 */
export function decodeRows(item: StoredBody): RowSet {
  const { body: bytes = new Uint8Array() } = item;
  if (bytes.length > 0 && bytes[0] !== FORMAT && bytes[0] !== FORMAT_WITHOUT_SOURCES) {
    throw new KeytrailError(
      'unsupported-format',
      `A block of rows has format ${bytes[0]}, this version of Keytrail reads ${FORMAT}; use a newer Keytrail.`,
    );
  }
  try {
    return decodeColumns(bytes);
  } catch (cause) {
    throw corruptItem('A block of rows', item, cause);
  }
}

function decodeColumns(bytes: Uint8Array): RowSet {
  const outer = new ByteReader(bytes, 1);
  const rows = outer.varint();
  const ids = outer.raw(rows * ID_BYTES);
  const idsEnd = ids.byteOffset + ids.length - bytes.byteOffset;
  const plain = zstdDecompressSync(bytes.subarray(idsEnd));
  const reader = new ByteReader(plain);
  const header = JSON.parse(bufferOf(reader.raw(reader.varint())).toString()) as BlockHeader;
  const texts = bufferOf(reader.raw(header.textBytes)).toString().split('\n');
  const set = new RowSet();
  set.length = rows;
  let at = 0;
  const fill = (dictionary: Dictionary, count: number) => {
    for (const end = at + count; at < end; at++) dictionary.append(texts[at] ?? '');
  };
  fill(set.profiles, header.profiles);
  fill(set.sessions, header.sessions);
  fill(set.contexts, header.contexts);
  fill(set.extras, header.extras);
  fill(set.judgements, header.judgements);
  fill(set.sources, header.sources ?? 0);
  set.ids = new Uint8Array(ids);
  for (const [row, text] of header.idTexts) set.idTexts.set(row, text);
  const unit = (header.flags & WHOLE_SECONDS) !== 0 ? 1000 : 1;
  set.times = new Float64Array(rows);
  let time = 0;
  for (let i = 0; i < rows; i++) {
    time += reader.zigzag();
    set.times[i] = time * unit;
  }
  set.profile = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) set.profile[i] = reader.varint();
  set.session = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) set.session[i] = reader.varint();
  set.context = readNumbersByNew(reader, rows);
  set.extra = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) set.extra[i] = reader.varint();
  set.judgement = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) set.judgement[i] = reader.varint();
  set.source = header.sources === undefined ? new Uint32Array(rows) : readNumbersByNew(reader, rows);
  return set;
}

/** Numbers of which 0 stands for the next new one, others for themselves and one. */
function readNumbersByNew(reader: ByteReader, rows: number): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(rows);
  let next = 1;
  for (let i = 0; i < rows; i++) {
    const number = reader.varint();
    numbers[i] = number === 0 ? next++ : number - 1;
  }
  return numbers;
}

/** The same bytes, not a copy. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Renumbers a dictionary by first use in the block; 0 stays "nothing". */
class LocalNumbers {
  readonly texts: string[] = [];
  /** Whether the last call met a text for the first time. */
  wasNew = false;
  readonly #dictionary: Dictionary;
  /** By number in the dictionary; 0 where it has none yet. */
  readonly #local: Uint32Array;

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
    this.#local = new Uint32Array(dictionary.texts.length);
  }

  number(global: number): number {
    const known = this.#local[global] as number;
    this.wasNew = known === 0 && global !== 0;
    if (!this.wasNew) return known;
    this.texts.push(this.#dictionary.text(global));
    this.#local[global] = this.texts.length;
    return this.texts.length;
  }
}
