import type { KeyUse } from '../../kms/key-use.ts';
import type { AliasOfKeyFact, JobFact } from '../../sagemaker/job-fact.ts';
import { contentName, MAX_BODY_BYTES } from '../../table/content-name.ts';
import type { Item, Table } from '../../table/table.ts';
import { rankTexts } from '../../text/text-order.ts';
import { DAY_MS, dayOf, dayStart, HOUR_MS, hourMask } from '../../utc-time.ts';
import { changeDay, type DayState, readDay } from '../day/day-state.ts';
import { aliasFactsOfSets } from '../evidence/alias-facts.ts';
import { appendJobFacts } from '../evidence/evidence-items.ts';
import { factParts } from '../facts/fact.ts';
import { encodeRows } from '../facts/row-block.ts';
import { RowSet } from '../facts/row-set.ts';
import type { SourceId } from '../facts/source.ts';
import { segmentPk } from '../facts/table-keys.ts';
import { putReadSources, type ReadSource } from './read-sources.ts';
import { shardMask, shardOf } from './write-shards.ts';

const MAX_SEGMENT_ROWS = 8_192;

/**
 * The copies of one cross-account use carry the clocks of two services. Copies this near to midnight are stored in the
 * neighbouring day too, so that each day can be sealed by itself.
 */
const MIDNIGHT_MARGIN_MS = 15 * 60_000;

/** Facts of one or more whole hours of one day, encoded. */
export interface Segment {
  readonly day: string;
  /** First hour, and the hour after the last; every hour between has facts. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** Whether its facts belong to a neighbouring day, and are stored in this one to be compared with its own. */
  readonly isBoundary: boolean;
  readonly body: Uint8Array;
}

/** Hours share a segment until they have this many facts: a segment for each hour would be many small items. */
const ENOUGH_SEGMENT_ROWS = 4_096;

/** Collects key uses and encodes them as segments. It stores nothing itself. */
export class SegmentBuilder {
  #byHour = new Map<number, RowSet>();
  #boundaryByHour = new Map<number, RowSet>();
  /** Facts held, copies for a neighbouring day not counted. */
  rows = 0;

  /** @param source id of where it was read; empty where nobody says */
  add(use: KeyUse, source: SourceId = ''): void {
    const parts = factParts(use);
    const hourStart = Math.floor(use.eventTimeMs / HOUR_MS) * HOUR_MS;
    setOf(this.#byHour, hourStart).add(use.eventId, use.eventTimeMs, parts, source);
    this.rows++;
    if (use.sharedEventId === undefined) return;
    const sinceMidnight = use.eventTimeMs - Math.floor(use.eventTimeMs / DAY_MS) * DAY_MS;
    if (sinceMidnight < MIDNIGHT_MARGIN_MS) {
      const lastHour = use.eventTimeMs - sinceMidnight - HOUR_MS;
      setOf(this.#boundaryByHour, lastHour).add(use.eventId, use.eventTimeMs, parts, source);
    } else if (sinceMidnight >= DAY_MS - MIDNIGHT_MARGIN_MS) {
      const firstHour = use.eventTimeMs - sinceMidnight + DAY_MS;
      setOf(this.#boundaryByHour, firstHour).add(use.eventId, use.eventTimeMs, parts, source);
    }
  }

  /** What the collected records say of aliases. */
  aliasFacts(): AliasOfKeyFact[] {
    return aliasFactsOfSets(this.#byHour.values());
  }

  /** Encodes the collected uses and starts anew. Segments of one call belong to one batch. */
  finish(): Segment[] {
    const segments = [...encodeHours(this.#byHour, false), ...encodeHours(this.#boundaryByHour, true)];
    this.#byHour = new Map();
    this.#boundaryByHour = new Map();
    this.rows = 0;
    return segments;
  }
}

function setOf(sets: Map<number, RowSet>, hourStart: number): RowSet {
  let set = sets.get(hourStart);
  if (set === undefined) {
    set = new RowSet();
    sets.set(hourStart, set);
  }
  return set;
}

function encodeHours(byHour: ReadonlyMap<number, RowSet>, isBoundary: boolean): Segment[] {
  const segments: Segment[] = [];
  let together: { start: number; end: number; set: RowSet } | undefined;
  const flush = () => {
    if (together === undefined) return;
    const { start, end, set } = together;
    const day = dayOf(start);
    const from = (start - dayStart(day)) / HOUR_MS;
    const to = from + (end - start) / HOUR_MS;
    encodeSegments(set, sortedForSegment(set), { day, from, to, isBoundary }, segments);
    together = undefined;
  };
  for (const [start, set] of [...byHour].sort(([a], [b]) => a - b)) {
    if (
      together !== undefined &&
      together.end === start &&
      start % DAY_MS !== 0 &&
      together.set.length + set.length <= ENOUGH_SEGMENT_ROWS
    ) {
      together.set.addFrom(set);
      together.end = start + HOUR_MS;
    } else {
      flush();
      together = { start, end: start + HOUR_MS, set };
    }
  }
  flush();
  return segments;
}

/** By profile and time: similar neighbours compress best, and the same facts are always in the same order. */
function sortedForSegment(set: RowSet): Uint32Array {
  const rank = rankTexts(set.profiles.texts);
  return Uint32Array.from({ length: set.length }, (_, row) => row).sort(
    (a, b) =>
      (rank[set.profile[a] as number] as number) - (rank[set.profile[b] as number] as number) ||
      (set.times[a] as number) - (set.times[b] as number) ||
      set.compareIds(a, b),
  );
}

function encodeSegments(
  set: RowSet,
  order: Uint32Array,
  place: Pick<Segment, 'day' | 'from' | 'to' | 'isBoundary'>,
  into: Segment[],
): void {
  if (order.length <= MAX_SEGMENT_ROWS) {
    const body = encodeRows(set, order);
    if (body.length <= MAX_BODY_BYTES || order.length === 1) {
      into.push({ ...place, rows: order.length, body });
      return;
    }
  }
  const half = order.length >>> 1;
  encodeSegments(set, order.subarray(0, half), place, into);
  encodeSegments(set, order.subarray(half), place, into);
}

/** What a batch of records says: its key uses as segments, and its job facts. */
export interface BatchFacts {
  readonly segments: readonly Segment[];
  readonly jobFacts: readonly JobFact[];
  /** The files of which these are the last facts. */
  readonly sources?: readonly ReadSource[];
}

/**
 * Makes the facts of a batch durable. Job facts come first, so that the first seal of its uses knows them.
 * @param origin see `appendSegments`
 * @param batch see `appendSegments`
 */
export async function appendFacts(
  table: Table,
  { segments, jobFacts, sources = [] }: BatchFacts,
  origin: string,
  batch?: string,
): Promise<void> {
  await appendJobFacts(table, jobFacts);
  await appendSegments(table, segments, origin, batch);
  // Last: a file that is noted as read is not read again.
  await putReadSources(table, sources);
}

/**
 * Makes a batch's segments durable; when this resolves the batch may be acknowledged, and its rows are in
 * answers. Doing it again, whole or in part, changes nothing.
 *
 * Facts are written to their own day before they are written to a neighbouring one. If the batch is cut off and never
 * retried, a use that two accounts logged around midnight is shown twice rather than not at all.
 * @param origin names who appended, for the counts of an import; empty where nobody counts
 * @param batch distinguishes batches of one origin that hold the same facts
 * @param chooseShard places a segment by its body and content name; the same for the same content
 */
export async function appendSegments(
  table: Table,
  segments: readonly Segment[],
  origin: string,
  batch = '',
  chooseShard = shardOf,
): Promise<void> {
  for (const isBoundary of [false, true]) {
    const byDay = new Map<string, Segment[]>();
    for (const segment of segments) {
      if (segment.isBoundary !== isBoundary) continue;
      const list = byDay.get(segment.day);
      if (list === undefined) byDay.set(segment.day, [segment]);
      else list.push(segment);
    }
    for (const [day, daySegments] of byDay)
      await appendToDay(table, day, daySegments, origin, batch, chooseShard);
  }
}

async function appendToDay(
  table: Table,
  day: string,
  segments: readonly Segment[],
  origin: string,
  batch: string,
  chooseShard: typeof shardOf,
) {
  const hours = segments.reduce((mask, { from, to }) => mask | hourMask(from, to), 0);
  const placed = segments.map((segment) => {
    const name = contentName(segment.body);
    return { segment, name, shard: chooseShard(segment.body, name) };
  });
  const shards = shardMask(placed.map(({ shard }) => shard));
  const tooLate: { readonly generation: number; readonly items: readonly Item[] }[] = [];
  for (;;) {
    const announced = await changeDay(table, day, (state) => announce(state, hours, shards));
    const items = placed.map((one) => segmentItem(one, announced.open, origin, batch));
    await table.write(items);
    const after = await readDay(table, day);
    if (after.open === announced.open) break;
    // A sealer closed the generation during the write: it may or may not have seen these segments.
    tooLate.push({ generation: announced.open, items });
  }
  if (tooLate.length === 0) return;
  // In a generation that is not sealed yet, another batch may have put the same items, and a reader may need
  // them: the sweep of that seal deletes them. In a sealed generation nothing else would.
  const { pending } = await readDay(table, day);
  const orphans = tooLate.filter(({ generation }) => pending[generation] === undefined);
  await table.write(
    [],
    orphans.flatMap(({ items }) => items.map(({ pk, sk }) => ({ pk, sk }))),
  );
}

function announce(state: DayState, hours: number, shards: number): DayState | undefined {
  const { open, pending } = state;
  const announced = pending[open] ?? 0;
  const known = state.shards[open] ?? 0;
  if ((announced & hours) === hours && (known & shards) === shards) return undefined;
  return {
    ...state,
    pending: { ...pending, [open]: announced | hours },
    ...((known | shards) === 0 ? {} : { shards: { ...state.shards, [open]: known | shards } }),
  };
}

/** A segment under the name of its content, and the shard it is for. */
interface Placed {
  readonly segment: Segment;
  readonly name: string;
  readonly shard: number;
}

function segmentItem(
  { segment, name, shard }: Placed,
  generation: number,
  origin: string,
  batch: string,
): Item {
  const hour = String(segment.from).padStart(2, '0');
  return {
    pk: segmentPk(segment.day, generation, shard),
    sk: [hour, name, origin, batch].filter((part) => part !== '').join('.'),
    body: segment.body,
    fields: { origin, rows: segment.rows, to: segment.to },
  };
}

/** What became of the records of one import. */
export interface OriginCounts {
  /** KMS records that are new, already in the history, or second copies; and the rows of the new ones. */
  fresh: number;
  duplicate: number;
  folded: number;
  rows: number;
}
