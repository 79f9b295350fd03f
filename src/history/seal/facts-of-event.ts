import type { Table } from '../../table/table.ts';
import { dayStart } from '../../utc-time.ts';
import { ItemGone, type ItemSource, readChunks, readRoot } from '../day/day-reader.ts';
import type { DayRoot, Slot } from '../day/day-root.ts';
import { readDay } from '../day/day-state.ts';
import type { FactParts } from '../facts/fact.ts';
import { RowSet } from '../facts/row-set.ts';
import { leavesByHour, rawProfilesOf } from './hash-hours.ts';
import { FactHasher, HASH_BYTES } from './merkle.ts';
import { rawRows } from './raw-facts.ts';
import { hourEntry } from './sealed-day.ts';

/** A fact of an event, and its place in the tree of its hour. */
export interface FactInTree {
  /** The bytes that its leaf is the hash of. */
  readonly entry: Uint8Array;
  readonly index: number;
  /** The hashes of all leaves of the hour. */
  readonly leaves: readonly Uint8Array[];
  /** The texts whose hashes are in the entry. */
  readonly texts: Pick<FactParts, 'profile' | 'session' | 'extra'>;
  /** The bytes that stand for the hour in the tree of its day, and the hour's place there. */
  readonly hourEntry: Uint8Array;
  readonly hourIndex: number;
  /** The bytes that stand for each hour of the day. */
  readonly hourEntries: readonly Uint8Array[];
}

/** The root of a sealed version of a day by its name; undefined where the version is gone, or the day's rows are. */
export async function readSealedRoot(table: Table, day: string, name: string): Promise<DayRoot | undefined> {
  const state = await readDay(table, day);
  return state.root === name && state.expired === undefined ? readRoot(table, state) : undefined;
}

/**
 * The facts of an event that are sealed in one hour of a day.
 * @param hour of the day
 */
export async function factsOfEvent(
  source: ItemSource,
  root: DayRoot,
  hour: number,
  eventId: string,
): Promise<FactInTree[]> {
  const slot = root.slots.find(({ from, to }) => hour >= from && hour < to);
  const hourIndex = root.hours.findIndex((one) => one.hour === hour);
  if (slot === undefined || hourIndex === -1) return [];
  const facts = new RowSet();
  const [visible, hidden]: [number[], number[]] = [[], []];
  const chunks = await chunksOf(source, root.day, slot);
  for (const { name, kind } of slot.chunks) {
    const rows = chunks.get(name) ?? new RowSet();
    for (let row = 0; row < rows.length; row++)
      (kind === 'hidden' ? hidden : visible).push(facts.length + row);
    facts.addFrom(rows);
  }
  const raw = rawRows({ facts, visible, hidden });
  const bounds = { from: hour, to: hour + 1, dayStartMs: dayStart(root.day), isHashed: true };
  const [[, hashes] = [hour, Buffer.alloc(0)]] = leavesByHour(facts, raw, bounds);
  const leaves = Array.from({ length: hashes.length / HASH_BYTES }, (_, place) =>
    hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES),
  );
  const hourEntries = root.hours.map((one) => hourEntry(one, one.factsRoot));
  const hasher = new FactHasher(facts);
  const profileOf = rawProfilesOf(facts);
  const leaf = Buffer.alloc(HASH_BYTES);
  return raw
    .filter((row) => facts.eventId(row) === eventId)
    .map((row) => {
      hasher.putLeaf(row, profileOf(row), leaf, 0);
      return {
        entry: hasher.entryOf(row, profileOf(row)),
        index: leaves.findIndex((one) => leaf.equals(one)),
        texts: { ...facts.parts(row), profile: facts.profiles.text(profileOf(row)) },
        ...{ leaves, hourIndex, hourEntries, hourEntry: hourEntries[hourIndex] as Uint8Array },
      };
    })
    .filter(({ index }) => index !== -1);
}

/** None where another seal has replaced them. */
async function chunksOf(
  source: ItemSource,
  day: string,
  { chunks }: Slot,
): Promise<ReadonlyMap<string, RowSet>> {
  try {
    return await readChunks(
      source,
      day,
      chunks.map(({ name }) => name),
    );
  } catch (error) {
    if (error instanceof ItemGone) return new Map();
    throw error;
  }
}
