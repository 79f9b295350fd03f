import type { Slice } from './slice.ts';

/** An event at a planned time, which decides the slice that writes it. */
export interface Scheduled {
  readonly timeMs: number;
  readonly emit: (slice: Slice) => void;
}

/** The events of a sorted list in `[fromMs, toMs)`. */
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
