import { zstdDecompressSync } from 'node:zlib';
import { corruptItem, type StoredBody } from '../../table/corrupt-item.ts';
import { compress } from '../../table/zstd.ts';
import { compareTexts } from '../../text/text-order.ts';
import { ByteReader, ByteWriter } from '../facts/byte-columns.ts';
import { type Group, type GroupMembers, type KeyDay, MEMBER, type RowRange } from './key-day.ts';

/**
 * A page as bytes, in a zstd frame: a varint length and JSON of a header, then columns of varints over all keys
 * of the page, each key's groups and ranges in turn.
 *
 *   members     of each key: number (distance from the one before of the key), and three bytes, little-endian,
 *               of a bit for each hour with a group
 *   groups      by member and hour: count, first time (from the hour's start), last time (to the hour's end; only of more
 *               than one row)
 *   ranges      slot, chunk, start, count, first time (zigzag, from the last time of the one before), last time
 *               (from the first), exception (0 or 1)
 *
 * Times are in the header's unit. The same key-days in any order make the same bytes.
 */
interface PageHeader {
  readonly format: 1;
  /** Milliseconds in a unit of time: 1,000 where all times are whole seconds. */
  readonly unit: number;
  /** The distinct members of groups by position: all first ones, all second ones and so on; alike compresses. */
  readonly members: readonly (readonly unknown[])[];
  readonly keys: readonly StoredKey[];
}

interface StoredKey {
  readonly p: string;
  readonly k?: string;
  readonly r?: string;
  /** How many members and ranges. */
  readonly g: number;
  readonly c: number;
}

const FORMAT = 1;
const MASK_BYTES = 3;
const HOUR_MS = 3_600_000;

/** A page: the key-days of one bucket of keys. @param dayStartMs of the day, epoch milliseconds */
export function encodePage(keyDays: readonly KeyDay[], dayStartMs: number): Uint8Array {
  const members = new MemberNumbers(keyDays);
  const unit = keyDays.every(hasWholeSeconds) ? 1000 : 1;
  const sorted = keyDays.map((keyDay) => {
    const groups = keyDay.groups
      .map((group) => ({ group, member: members.of(group) }))
      .sort((a, b) => a.member - b.member || a.group.hour - b.group.hour);
    return {
      keyDay,
      groups: groups.map(({ group }) => group),
      masks: masksOf(groups),
      ranges: [...keyDay.ranges].sort((a, b) => a.slot - b.slot || a.chunk - b.chunk || a.start - b.start),
    };
  });
  const header: PageHeader = {
    format: FORMAT,
    unit,
    members: transposed(members.list),
    keys: sorted.map(({ keyDay: { keyName, keyArn, keyRef }, masks, ranges }) => ({
      p: keyName,
      ...(keyArn === undefined || keyArn === keyName ? {} : { k: keyArn }),
      ...(keyRef === undefined ? {} : { r: keyRef }),
      g: masks.length,
      c: ranges.length,
    })),
  };
  const headerBytes = Buffer.from(JSON.stringify(header));
  const writer = new ByteWriter();
  writer.varint(headerBytes.length);
  writer.raw(headerBytes);
  const masks = sorted.flatMap((key) => key.masks);
  for (const { distance } of masks) writer.varint(distance);
  for (const { mask } of masks) writer.raw(Uint8Array.of(mask, mask >>> 8, mask >>> 16));
  const groups = sorted.flatMap((key) => key.groups);
  for (const { count } of groups) writer.varint(count);
  for (const { firstMs, hour } of groups) writer.varint((firstMs - dayStartMs - hour * HOUR_MS) / unit);
  for (const { count, lastMs, hour } of groups) {
    if (count > 1) writer.varint((dayStartMs + (hour + 1) * HOUR_MS - lastMs) / unit);
  }
  const ranges = sorted.flatMap((key) =>
    key.ranges.map((range, place) => ({ range, before: key.ranges[place - 1] })),
  );
  for (const { range, before } of ranges) writer.varint(range.slot - (before?.slot ?? 0));
  for (const { range, before } of ranges) {
    writer.varint(range.chunk - (before?.slot === range.slot ? before.chunk : 0));
  }
  for (const { range } of ranges) writer.varint(range.start);
  for (const { range } of ranges) writer.varint(range.count);
  for (const { range, before } of ranges)
    writer.zigzag((range.firstMs - (before?.lastMs ?? dayStartMs)) / unit);
  for (const { range } of ranges) writer.varint((range.lastMs - range.firstMs) / unit);
  for (const { range } of ranges) writer.varint(range.isException ? 1 : 0);
  return compress(writer.finish());
}

/** @throws KeytrailError `corrupt-item` */
export function decodePage(item: StoredBody, dayStartMs: number): KeyDay[] {
  try {
    return decodeColumns(zstdDecompressSync(item.body ?? new Uint8Array()), dayStartMs);
  } catch (cause) {
    throw corruptItem('A page of key-days', item, cause);
  }
}

function decodeColumns(bytes: Uint8Array, dayStartMs: number): KeyDay[] {
  const reader = new ByteReader(bytes);
  const header = JSON.parse(Buffer.from(reader.raw(reader.varint())).toString()) as PageHeader;
  if (header.format !== FORMAT) throw new RangeError(`a page of format ${header.format}`);
  const groups = new GroupReader(reader, header, dayStartMs);
  const ranges = new RangeReader(reader, header, dayStartMs);
  return header.keys.map((key): KeyDay => {
    const keyArn = key.k ?? (key.p.startsWith('arn:') ? key.p : undefined);
    return {
      keyName: key.p,
      ...(keyArn === undefined ? {} : { keyArn }),
      ...(key.r === undefined ? {} : { keyRef: key.r }),
      groups: groups.next(key.g),
      ranges: ranges.next(key.c),
    };
  });
}

function column(reader: ByteReader, length: number): Float64Array {
  return Float64Array.from({ length }, () => reader.varint());
}

/** The groups of a page, key after key. */
class GroupReader {
  readonly #dayStartMs: number;
  readonly #unit: number;
  readonly #members: readonly GroupMembers[];
  readonly #distances: Float64Array;
  readonly #masks: Uint32Array;
  readonly #counts: Float64Array;
  readonly #firsts: Float64Array;
  /** From the last time to the hour's end; -1 of groups of one row. */
  readonly #lasts: Float64Array;
  #member = 0;
  #group = 0;

  /** Reads the columns of groups; `reader` stands at the first. */
  constructor(reader: ByteReader, { unit, members, keys }: PageHeader, dayStartMs: number) {
    this.#dayStartMs = dayStartMs;
    this.#unit = unit;
    this.#members = transposed(withMaterial(members)) as unknown as readonly GroupMembers[];
    const memberCount = keys.reduce((sum, { g }) => sum + g, 0);
    this.#distances = column(reader, memberCount);
    this.#masks = Uint32Array.from({ length: memberCount }, () => {
      const [low = 0, middle = 0, high = 0] = reader.raw(MASK_BYTES);
      return low | (middle << 8) | (high << 16);
    });
    const groupCount = this.#masks.reduce((sum, mask) => sum + bitsOf(mask), 0);
    this.#counts = column(reader, groupCount);
    this.#firsts = column(reader, groupCount);
    this.#lasts = Float64Array.from(this.#counts, (count) => (count > 1 ? reader.varint() : -1));
  }

  /** The groups of the next key, which has so many members. */
  next(memberCount: number): Group[] {
    const groups: Group[] = [];
    let number = 0;
    for (const end = this.#member + memberCount; this.#member < end; this.#member++) {
      number += this.#distances[this.#member] as number;
      const members = this.#members[number] as GroupMembers;
      const mask = this.#masks[this.#member] as number;
      for (let hour = 0; hour < 24; hour++) {
        if ((mask & (1 << hour)) !== 0) groups.push(this.#groupAt(this.#group++, hour, members));
      }
    }
    return groups;
  }

  #groupAt(group: number, hour: number, members: GroupMembers): Group {
    const hourStart = this.#dayStartMs + hour * HOUR_MS;
    const firstMs = hourStart + (this.#firsts[group] as number) * this.#unit;
    const toEnd = this.#lasts[group] as number;
    const lastMs = toEnd === -1 ? firstMs : hourStart + HOUR_MS - toEnd * this.#unit;
    return { hour, members, count: this.#counts[group] as number, firstMs, lastMs };
  }
}

/** The ranges of a page, key after key. */
class RangeReader {
  readonly #dayStartMs: number;
  readonly #unit: number;
  readonly #slots: Float64Array;
  readonly #chunks: Float64Array;
  readonly #starts: Float64Array;
  readonly #counts: Float64Array;
  readonly #firsts: Float64Array;
  readonly #spans: Float64Array;
  readonly #exceptions: Float64Array;
  #range = 0;

  /** Reads the columns of ranges; `reader` stands at the first. */
  constructor(reader: ByteReader, { unit, keys }: PageHeader, dayStartMs: number) {
    this.#dayStartMs = dayStartMs;
    this.#unit = unit;
    const length = keys.reduce((sum, { c }) => sum + c, 0);
    this.#slots = column(reader, length);
    this.#chunks = column(reader, length);
    this.#starts = column(reader, length);
    this.#counts = column(reader, length);
    this.#firsts = Float64Array.from({ length }, () => reader.zigzag());
    this.#spans = column(reader, length);
    this.#exceptions = column(reader, length);
  }

  /** So many ranges of the next key. */
  next(count: number): RowRange[] {
    const ranges: RowRange[] = [];
    let before = { slot: 0, chunk: 0, lastMs: this.#dayStartMs };
    for (const end = this.#range + count; this.#range < end; this.#range++) {
      const range = this.#range;
      const isSameSlot = this.#slots[range] === 0 && ranges.length > 0;
      const firstMs: number = before.lastMs + (this.#firsts[range] as number) * this.#unit;
      const made = {
        slot: before.slot + (this.#slots[range] as number),
        chunk: (isSameSlot ? before.chunk : 0) + (this.#chunks[range] as number),
        start: this.#starts[range] as number,
        count: this.#counts[range] as number,
        firstMs,
        lastMs: firstMs + (this.#spans[range] as number) * this.#unit,
        isException: this.#exceptions[range] === 1,
      };
      ranges.push(made);
      before = made;
    }
    return ranges;
  }
}

/** The hours of each member of a key's sorted groups. */
function masksOf(groups: readonly { readonly group: Group; readonly member: number }[]) {
  const masks: { readonly member: number; readonly distance: number; mask: number }[] = [];
  for (const { group, member } of groups) {
    let last = masks.at(-1);
    if (last?.member !== member) {
      last = { member, distance: member - (last?.member ?? 0), mask: 0 };
      masks.push(last);
    }
    last.mask |= 1 << group.hour;
  }
  return masks;
}

function bitsOf(mask: number): number {
  let bits = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

/** Rows as columns, or columns as rows. */
/** A page that was written before its groups told of key material is read as if its records did not say. */
function withMaterial(columns: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  const [first] = columns;
  if (first === undefined || columns.length > MEMBER.keyMaterialId) return columns;
  return [...columns, first.map(() => null)];
}

function transposed(rows: readonly (readonly unknown[])[]): unknown[][] {
  return Array.from({ length: rows[0]?.length ?? 0 }, (_, place) => rows.map((row) => row[place]));
}

function hasWholeSeconds({ groups, ranges }: KeyDay): boolean {
  return [...groups, ...ranges].every(({ firstMs, lastMs }) => firstMs % 1000 === 0 && lastMs % 1000 === 0);
}

/** The members of the groups of a page, in the order of their JSON. */
class MemberNumbers {
  readonly list: readonly GroupMembers[];
  readonly #numbers = new Map<string, number>();
  readonly #texts = new Map<GroupMembers, string>();

  constructor(keyDays: readonly KeyDay[]) {
    const byText = new Map<string, GroupMembers>();
    for (const { groups } of keyDays)
      for (const { members } of groups) byText.set(this.#textOf(members), members);
    const sorted = [...byText].sort(([a], [b]) => compareTexts(a, b));
    this.list = sorted.map(([, members]) => members);
    for (const [number, [text]] of sorted.entries()) this.#numbers.set(text, number);
  }

  of({ members }: Group): number {
    return this.#numbers.get(this.#textOf(members)) as number;
  }

  #textOf(members: GroupMembers): string {
    let text = this.#texts.get(members);
    if (text === undefined) {
      text = JSON.stringify(members);
      this.#texts.set(members, text);
    }
    return text;
  }
}
