import type { DayState } from '../day/day-state.ts';
import { segmentPk } from '../facts/table-keys.ts';

/**
 * A generation's segments lie in lanes, each a partition key of its own. One takes a thousand write units a second; a key
 * that is used a hundred thousand times in one has segments of nearly four times as much.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
const LANES = 16;

/** Smaller segments all go to lane 0: who brings few uses costs readers no further request. */
const LEAST_BYTES = 8_192;

/** The lane of a segment, by its content: written again it comes to the same place. */
export function laneOf({ length }: Uint8Array, contentName: string): number {
  if (length < LEAST_BYTES) return 0;
  return (Buffer.from(contentName, 'base64url')[0] ?? 0) % LANES;
}

/** The lanes that segments are about to be put in, as bits; lane 0 is always there, and not among them. */
export function laneMask(lanes: Iterable<number>): number {
  let mask = 0;
  for (const lane of lanes) mask |= 1 << lane;
  return mask & ~1;
}

/** The partition keys that may have segments of a generation. */
export function lanePks({ day, lanes }: Pick<DayState, 'day' | 'lanes'>, generation: number): string[] {
  const mask = (lanes[generation] ?? 0) | 1;
  const pks: string[] = [];
  for (let lane = 0; lane < LANES; lane++) {
    if ((mask & (1 << lane)) !== 0) pks.push(segmentPk(day, generation, lane));
  }
  return pks;
}
