import { compareTexts } from '../../text/text-order.ts';
import { hourMask } from '../../utc-time.ts';
import { type ItemSource, readPages } from '../day/day-reader.ts';
import type { DayRoot } from '../day/day-root.ts';
import type { Group, KeyDay, RowRange } from '../pages/key-page.ts';
import { boundsOf, type Piece } from './seal-plan.ts';

/** Key-days of the new version: what kept slots gave, and what the made ones give. */
export async function mergeKeyDays(
  pieces: readonly Piece[],
  previous: DayRoot | undefined,
  source: ItemSource,
): Promise<KeyDay[]> {
  const merged = new Map<string, { keyArn?: string; keyRef?: string; groups: Group[]; ranges: RowRange[] }>();
  const entry = (source: { partition: string; keyArn?: string; keyRef?: string }) => {
    let found = merged.get(source.partition);
    if (found === undefined) {
      found = {
        ...(source.keyArn === undefined ? {} : { keyArn: source.keyArn }),
        ...(source.keyRef === undefined ? {} : { keyRef: source.keyRef }),
        groups: [],
        ranges: [],
      };
      merged.set(source.partition, found);
    }
    return found;
  };
  const kept = pieces.filter((piece) => piece.kind === 'kept');
  if (previous !== undefined && kept.length > 0) {
    const keptHours = kept.reduce((mask, piece) => mask | hourMask(...boundsOf(piece)), 0);
    for (const page of (await readPages(source, previous)).values()) {
      for (const keyDay of page) {
        const groups = keyDay.groups.filter((group) => (keptHours & (1 << group.hour)) !== 0);
        const ranges = keyDay.ranges.filter((range) => (keptHours & (1 << range.slot)) !== 0);
        if (groups.length === 0) continue;
        const target = entry(keyDay);
        target.groups.push(...groups);
        target.ranges.push(...ranges);
      }
    }
  }
  for (const piece of pieces) {
    if (piece.kind === 'kept') continue;
    for (const partition of piece.slot.partitions) {
      const target = entry(partition);
      target.groups.push(...partition.groups);
      for (const range of partition.ranges) target.ranges.push({ ...range, slot: piece.slot.from });
    }
  }
  return [...merged]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([partition, parts]) => ({
      partition,
      ...parts,
    }));
}
