import type { DecodedItems } from '../../table/decoded-items.ts';
import type { Item, Table } from '../../table/table.ts';
import type { DayState, PendingBytes } from '../day/day-state.ts';
import { shardPks } from './write-shards.ts';

/** Above this, segments are not handed on but read again when they are needed. */
const KEPT_BYTES = 32 * 1024 * 1024;

/** The segments of a day that wait to be sealed, read whole. */
interface PendingSegments extends PendingBytes {
  /** Equal names mean equal segments. */
  readonly names: readonly string[];
  /** The segments by partition key; empty where they are too many to be kept. */
  readonly shards: ReadonlyMap<string, readonly Item[]>;
}

/**
 * Reads the segments of all pending generations. Those of closed generations are cached in `decoded`: a segment that is
 * added to a closed generation is also added to the next one (see `DayState`), so a stale cache misses nothing.
 */
export async function readSegments(
  table: Table,
  state: DayState,
  decoded: DecodedItems,
): Promise<PendingSegments> {
  const shards = new Map<string, readonly Item[]>();
  const names: string[] = [];
  let openBytes = 0;
  let closedBytes = 0;
  for (const { generation, pk, items, bytes, isClosed } of await readShards(table, state, decoded)) {
    shards.set(pk, items);
    for (const { sk } of items) names.push(`${generation} ${sk}`);
    if (isClosed) closedBytes += bytes;
    else openBytes += bytes;
  }
  const isKept = openBytes + closedBytes <= KEPT_BYTES;
  return { names, shards: isKept ? shards : new Map(), openBytes, closedBytes };
}

interface PendingShard extends Shard {
  readonly generation: number;
  readonly pk: string;
  readonly isClosed: boolean;
}

/** The segments of all pending generations by the partition keys they lie under; see {@link readSegments}. */
export function readShards(table: Table, state: DayState, decoded: DecodedItems): Promise<PendingShard[]> {
  const generations = Object.keys(state.pending).map(Number);
  const reading = generations.flatMap((generation) =>
    shardPks(state, generation).map(async (pk) => {
      const isClosed = generation < state.open;
      const shard = isClosed ? await readOnce(table, pk, decoded) : await read(table, pk);
      return { generation, pk, isClosed, ...shard };
    }),
  );
  return Promise.all(reading);
}

interface Shard {
  readonly items: readonly Item[];
  readonly bytes: number;
}

async function read(table: Table, pk: string): Promise<Shard> {
  const items = await table.query(pk);
  return { items, bytes: items.reduce((sum, { sk, body }) => sum + sk.length + (body?.length ?? 0), 0) };
}

async function readOnce(table: Table, pk: string, decoded: DecodedItems): Promise<Shard> {
  const known = decoded.get<Shard>(pk);
  if (known !== undefined) return known;
  const shard = await read(table, pk);
  decoded.set(pk, shard, shard.bytes);
  return shard;
}
