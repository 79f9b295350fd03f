import type { Slice } from './slice.ts';

/** Something that happens at a moment known beforehand; `timeMs` decides the slice that writes it down. */
export interface Scheduled {
  readonly timeMs: number;
  readonly emit: (slice: Slice) => void;
}

/** Those of a list sorted by time that fall into `[fromMs, toMs)`. */
export function* within(sorted: readonly Scheduled[], fromMs: number, toMs: number): Generator<Scheduled> {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.timeMs ?? 0) < fromMs) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < sorted.length; at++) {
    const item = sorted[at];
    if (item === undefined || item.timeMs >= toMs) return;
    yield item;
  }
}

export function byTime(list: readonly Scheduled[]): Scheduled[] {
  return [...list].sort((a, b) => a.timeMs - b.timeMs);
}
