import { hash } from 'node:crypto';
import type { Table } from '../../table/table.ts';
import { decodeRoot, ItemGone } from '../day/day-reader.ts';
import type { DayRoot, HourSeal } from '../day/day-root.ts';
import { type DayState, hasMovedOn, readDay } from '../day/day-state.ts';
import { rootPk } from '../facts/table-keys.ts';
import { HASH_BYTES, merkleRoot } from './merkle.ts';

/** The heads of the trees of a day; hashes are base64. */
interface DayHeads {
  /** Facts, those that answers do not show included. */
  readonly facts: number;
  /** Over an entry for each hour that has facts, in order; see `dayHeads`. */
  readonly factsRoot: string;
  readonly judgementsRoot: string;
}

/** What a version of a day was sealed as. */
export interface SealedDay extends DayHeads {
  readonly day: string;
  /** Counts how often the day was sealed, from 1. */
  readonly version: number;
  /** The name of the day's root, and the SHA-256 of the bytes in that item, base64. */
  readonly root: string;
  readonly rootHash: string;
  /** The name of the root of the version before. */
  readonly follows?: string;
  /** Rows that answers show, and the times of the first and the last, epoch milliseconds. */
  readonly rows: number;
  readonly firstMs?: number;
  readonly lastMs?: number;
}

/**
 * What the current version of a day was sealed as.
 * @returns undefined where the day was never sealed, or has been sealed again since `state` was read
 * @throws ItemGone where its root is missing
 */
export async function readSealedDay(table: Table, state: DayState): Promise<SealedDay | undefined> {
  const { day, root: name } = state;
  if (name === undefined) return undefined;
  const item = await table.get({ pk: rootPk(day), sk: name });
  if (item?.body === undefined) {
    if (hasMovedOn(state, await readDay(table, day))) return undefined;
    throw new ItemGone(`The root of ${day} is not in the table.`);
  }
  return sealedDayOf(state, name, item.body, decodeRoot(item, day));
}

/** @param name of the root @param body of its item */
function sealedDayOf(state: DayState, name: string, body: Uint8Array, root: DayRoot): SealedDay {
  return {
    day: state.day,
    version: root.sealVersion,
    root: name,
    rootHash: hash('sha256', body, 'base64'),
    ...(root.follows === undefined ? {} : { follows: root.follows }),
    rows: state.rows,
    ...(state.firstMs === undefined ? {} : { firstMs: state.firstMs }),
    ...(state.lastMs === undefined ? {} : { lastMs: state.lastMs }),
    ...dayHeads(root.hours),
  };
}

/**
 * The heads of a day's trees, by RFC 6962. The entry of an hour is a byte for the hour, eight bytes for the number of its
 * facts (big-endian), and the 32 bytes of its own head.
 */
export function dayHeads(hours: readonly HourSeal[]): DayHeads {
  return {
    facts: hours.reduce((sum, { facts }) => sum + facts, 0),
    factsRoot: headOf(hours, ({ factsRoot }) => factsRoot),
    judgementsRoot: headOf(hours, ({ judgementsRoot }) => judgementsRoot),
  };
}

/** The bytes that stand for an hour in its day's tree. @param head base64url */
export function hourEntry({ hour, facts }: HourSeal, head: string): Buffer {
  const entry = Buffer.alloc(HOUR_HEAD_AT + HASH_BYTES);
  entry[0] = hour;
  entry.writeBigUInt64BE(BigInt(facts), 1);
  entry.set(Buffer.from(head, 'base64url').subarray(0, HASH_BYTES), HOUR_HEAD_AT);
  return entry;
}

const HOUR_HEAD_AT = 9;

function headOf(hours: readonly HourSeal[], head: (hour: HourSeal) => string): string {
  const leaves = hours.map((hour) =>
    hash('sha256', Buffer.concat([Buffer.of(0), hourEntry(hour, head(hour))]), 'buffer'),
  );
  return merkleRoot(Buffer.concat(leaves)).toString('base64');
}
