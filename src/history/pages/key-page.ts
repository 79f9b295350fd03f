import { zstdDecompressSync } from 'node:zlib';
import type { AttributionStatus } from '../../attribution/judgement.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { JobPart } from '../../sagemaker/encryption-posture.ts';
import { compress } from '../../table/zstd.ts';
import { compareTexts } from '../../text/text-order.ts';
import { ByteReader, ByteWriter } from '../facts/byte-columns.ts';

/** What the rows of a group have in common beside key and hour. Append only: stored by position. */
export type GroupMembers = readonly [
  principalId: string | null,
  principalType: string,
  principalAccount: string | null,
  operation: string,
  category: string,
  outcome: string,
  accountId: string | null,
  region: string | null,
  status: AttributionStatus,
  /** ARNs of the jobs that the rows list. */
  jobs: readonly string[],
  /** Further accounts of folded copies, for the filter by account. */
  accounts: readonly string[],
  /** Of each job the run that is meant, by its creation time; null where that is not known or not one. */
  runs: readonly (number | null)[],
  /** What of its job the rows concern, where one job made them and that is known. */
  part: JobPart | null,
];

/** Positions in `GroupMembers`. */
export const MEMBER = {
  principalId: 0,
  principalType: 1,
  principalAccount: 2,
  operation: 3,
  category: 4,
  outcome: 5,
  accountId: 6,
  region: 7,
  status: 8,
  jobs: 9,
  accounts: 10,
  runs: 11,
  part: 12,
} as const;

/** Rows of one key and hour that are alike; times are epoch milliseconds. */
export interface Group {
  readonly hour: number;
  readonly members: GroupMembers;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * Where a slot keeps a key's rows of one kind: `count` rows of a chunk from row `start`. The chunk is told by
 * its place among those of the slot: the day's root knows its name. So a page does not change where only the
 * chunk around its rows does.
 */
export interface RowRange {
  /** First hour of the slot. */
  readonly slot: number;
  readonly chunk: number;
  readonly start: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly isException: boolean;
}

/** One key, or one reference that no key is known for, on one day. */
export interface KeyDay {
  /** The key's ARN, or `ref:<account>/<region>/<reference>`, or `none:<account>/<region>`. */
  readonly partition: string;
  readonly keyArn?: string;
  readonly keyRef?: string;
  readonly groups: readonly Group[];
  readonly ranges: readonly RowRange[];
}

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
    keys: sorted.map(({ keyDay: { partition, keyArn, keyRef }, masks, ranges }) => ({
      p: partition,
      ...(keyArn === undefined || keyArn === partition ? {} : { k: keyArn }),
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
export function decodePage(body: Uint8Array | undefined, dayStartMs: number): KeyDay[] {
  try {
    return decodeColumns(zstdDecompressSync(body ?? new Uint8Array()), dayStartMs);
  } catch (cause) {
    throw new KeytrailError(
      'corrupt-item',
      'A page of key-days cannot be decoded; run `keytrail verify` to see what is damaged.',
      { cause },
    );
  }
}

function decodeColumns(bytes: Uint8Array, dayStartMs: number): KeyDay[] {
  const reader = new ByteReader(bytes);
  const header = JSON.parse(Buffer.from(reader.raw(reader.varint())).toString()) as PageHeader;
  if (header.format !== FORMAT) throw new RangeError(`a page of format ${header.format}`);
  const { unit } = header;
  const column = (length: number) => Float64Array.from({ length }, () => reader.varint());
  const memberCount = header.keys.reduce((sum, { g }) => sum + g, 0);
  const rangeCount = header.keys.reduce((sum, { c }) => sum + c, 0);
  const members = transposed(header.members) as unknown as readonly GroupMembers[];
  const distances = column(memberCount);
  const masks = Uint32Array.from({ length: memberCount }, () => {
    const [low = 0, middle = 0, high = 0] = reader.raw(MASK_BYTES);
    return low | (middle << 8) | (high << 16);
  });
  const groupCount = masks.reduce((sum, mask) => sum + bitsOf(mask), 0);
  const counts = column(groupCount);
  const firsts = column(groupCount);
  const lasts = Float64Array.from(counts, (count) => (count > 1 ? reader.varint() : -1));
  const slots = column(rangeCount);
  const chunks = column(rangeCount);
  const starts = column(rangeCount);
  const rangeCounts = column(rangeCount);
  const rangeFirsts = Float64Array.from({ length: rangeCount }, () => reader.zigzag());
  const spans = column(rangeCount);
  const exceptions = column(rangeCount);
  let entry = 0;
  let group = 0;
  let range = 0;
  return header.keys.map((key): KeyDay => {
    const groups: Group[] = [];
    let member = 0;
    for (const end = entry + key.g; entry < end; entry++) {
      member += distances[entry] as number;
      const mask = masks[entry] as number;
      for (let hour = 0; hour < 24; hour++) {
        if ((mask & (1 << hour)) === 0) continue;
        const hourStart = dayStartMs + hour * HOUR_MS;
        const firstMs = hourStart + (firsts[group] as number) * unit;
        const toEnd = lasts[group] as number;
        groups.push({
          hour,
          members: members[member] as GroupMembers,
          count: counts[group] as number,
          firstMs,
          lastMs: toEnd === -1 ? firstMs : hourStart + HOUR_MS - toEnd * unit,
        });
        group++;
      }
    }
    const ranges: RowRange[] = [];
    let before = { slot: 0, chunk: 0, lastMs: dayStartMs };
    for (const end = range + key.c; range < end; range++) {
      const isSameSlot = slots[range] === 0 && ranges.length > 0;
      const firstMs: number = before.lastMs + (rangeFirsts[range] as number) * unit;
      const made = {
        slot: before.slot + (slots[range] as number),
        chunk: (isSameSlot ? before.chunk : 0) + (chunks[range] as number),
        start: starts[range] as number,
        count: rangeCounts[range] as number,
        firstMs,
        lastMs: firstMs + (spans[range] as number) * unit,
        isException: exceptions[range] === 1,
      };
      ranges.push(made);
      before = made;
    }
    const keyArn = key.k ?? (key.p.startsWith('arn:') ? key.p : undefined);
    return {
      partition: key.p,
      ...(keyArn === undefined ? {} : { keyArn }),
      ...(key.r === undefined ? {} : { keyRef: key.r }),
      groups,
      ranges,
    };
  });
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
