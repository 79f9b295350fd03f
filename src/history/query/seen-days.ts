import type { DecodedItems } from '../../table/decoded-items.ts';
import type { Table } from '../../table/table.ts';
import { dayStart } from '../../utc-time.ts';
import { readShards } from '../append/read-segments.ts';
import type { DayState } from '../day/day-state.ts';
import { decodeRows } from '../facts/row-block.ts';
import { DAY_SEEN_PK } from '../facts/table-keys.ts';
import { type DaySeen, decodeDaySeen, SeenGatherer, seenInFacts } from '../pages/day-seen.ts';
import { assertNotSealed, committedItems } from './committed-items.ts';

/** What one day has rows of. */
export interface SeenDay {
  readonly day: string;
  readonly seen: DaySeen;
}

/** What one place, Region or operation takes in memory, about. */
const MEMBER_BYTES = 150;

/**
 * What each of some days has rows of: of the sealed part by an item of its, of segments by their facts. So no day need be
 * planned for it. It may name what only a version of an event says that answers do not show.
 * @param fromPages of the sealed part of a day that an earlier version sealed, which has no such item
 * @throws ItemGone where one of the days was sealed since its state was read
 */
export async function readSeenDays(
  table: Table,
  decoded: DecodedItems,
  states: readonly DayState[],
  fromPages: (state: DayState) => Promise<DaySeen>,
): Promise<SeenDay[]> {
  const sealed = await readSealed(table, decoded, states, fromPages);
  const pending = states.filter((state) => Object.keys(state.pending).length > 0);
  const appended = new Map<DayState, DaySeen>();
  for (const state of pending) appended.set(state, await seenInSegments(table, decoded, state));
  if (pending.length > 0) await assertNotSealed(table, pending);
  return states.map((state) => ({
    day: state.day,
    seen: together([sealed.get(state), appended.get(state)].filter((seen) => seen !== undefined)),
  }));
}

async function readSealed(
  table: Table,
  decoded: DecodedItems,
  states: readonly DayState[],
  fromPages: (state: DayState) => Promise<DaySeen>,
): Promise<ReadonlyMap<DayState, DaySeen>> {
  const seen = new Map<DayState, DaySeen>();
  const unread: DayState[] = [];
  for (const state of states) {
    if (state.root === undefined) continue;
    const known = decoded.get<DaySeen>(nameOf(state));
    if (known === undefined) unread.push(state);
    else seen.set(state, known);
  }
  const items = await committedItems(table, DAY_SEEN_PK, unread);
  const reading = unread.map(async (state) => {
    const item = items.get(state);
    const one = item === undefined ? await fromPages(state) : decodeDaySeen(item);
    decoded.set(nameOf(state), one, bytesOf(one));
    seen.set(state, one);
  });
  await Promise.all(reading);
  return seen;
}

function nameOf({ day, root }: DayState): string {
  return `seen ${day} ${root}`;
}

async function seenInSegments(table: Table, decoded: DecodedItems, state: DayState): Promise<DaySeen> {
  const startMs = dayStart(state.day);
  const parts: DaySeen[] = [];
  for (const { pk, items } of await readShards(table, state, decoded)) {
    for (const item of items) {
      // A segment is named by its content.
      const name = `seen ${pk} ${item.sk}`;
      let one = decoded.get<DaySeen>(name);
      if (one === undefined) {
        one = seenInFacts(decodeRows(item), startMs);
        decoded.set(name, one, bytesOf(one));
      }
      parts.push(one);
    }
  }
  return together(parts);
}

function together(parts: readonly DaySeen[]): DaySeen {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const gatherer = new SeenGatherer();
  for (const part of parts) gatherer.addAll(part);
  return gatherer.seen();
}

function bytesOf({ places, regions, operations }: DaySeen): number {
  return 100 + (places.length + regions.length + operations.length) * MEMBER_BYTES;
}
