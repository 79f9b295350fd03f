import type { DayState } from '../day/day-state.ts';
import { segmentPk } from '../facts/table-keys.ts';

/**
 * A generation's segments lie in write shards, each with a partition key of its own. DynamoDB takes a thousand write
 * units a second for one partition key; a key that is used a hundred thousand times a second needs nearly four times as
 * many.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
const WRITE_SHARDS = 16;

/** Smaller segments all go to shard 0, so that readers of a day with few uses need no further request. */
const LEAST_BYTES = 8_192;

/** The shard of a segment, by its content: a retry writes it to the same place. */
export function shardOf({ length }: Uint8Array, contentName: string): number {
  if (length < LEAST_BYTES) return 0;
  return (Buffer.from(contentName, 'base64url')[0] ?? 0) % WRITE_SHARDS;
}

/** Shards as bits, without shard 0, which every generation has. */
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
