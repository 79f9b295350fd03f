import type { DayState } from '../day/day-state.ts';
import { segmentPk } from '../facts/table-keys.ts';

/**
 * A generation's segments lie in shards, each a partition key of its own. One takes a thousand write units a second; a key
 * that is used a hundred thousand times in one has segments of nearly four times as much.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
const WRITE_SHARDS = 16;

/** Smaller segments all go to shard 0: who brings few uses costs readers no further request. */
const LEAST_BYTES = 8_192;

/** The shard of a segment, by its content: written again it comes to the same place. */
export function shardOf({ length }: Uint8Array, contentName: string): number {
  if (length < LEAST_BYTES) return 0;
  return (Buffer.from(contentName, 'base64url')[0] ?? 0) % WRITE_SHARDS;
}

/** The shards that segments are about to be put in, as bits; shard 0 is always there, and not among them. */
export function shardMask(shards: Iterable<number>): number {
  let mask = 0;
  for (const shard of shards) mask |= 1 << shard;
  return mask & ~1;
}

/** The partition keys that may have segments of a generation. */
export function shardPks({ day, shards }: Pick<DayState, 'day' | 'shards'>, generation: number): string[] {
  const mask = (shards[generation] ?? 0) | 1;
  const pks: string[] = [];
  for (let shard = 0; shard < WRITE_SHARDS; shard++) {
    if ((mask & (1 << shard)) !== 0) pks.push(segmentPk(day, generation, shard));
  }
  return pks;
}
