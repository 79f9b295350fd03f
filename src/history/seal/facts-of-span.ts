import { DAY_MS, HOUR_MS } from '../../utc-time.ts';
import { RowSet } from '../facts/row-set.ts';
import type { BoundaryRows, GatheredFacts } from './gathered-facts.ts';
import type { HourSpan } from './split-hours.ts';

/** The facts of a span of hours, to be sealed as one slot. */
interface SpanFacts {
  /** First those the history had, then new ones. */
  readonly facts: RowSet;
  /** Rows `[0, known)` are those the history had. */
  readonly known: number;
  /** For each new row who appended it. */
  readonly origins: readonly string[];
  readonly times: SpanTimes;
}

/** Epoch milliseconds, `toMs` exclusive. At the edges of a day the span reaches out of it. */
interface SpanTimes {
  readonly fromMs: number;
  readonly toMs: number;
  readonly isInside: (timeMs: number) => boolean;
}

/** Takes the facts of a span out of what was gathered, copying as few rows as it can. */
export function factsOfSpan(gathered: GatheredFacts, span: HourSpan, dayStartMs: number): SpanFacts {
  const { known, fresh } = gathered;
  const times = timesOf(gathered, span, dayStartMs);
  const { isInside } = times;
  const isWhole = span.from === gathered.from && span.to === gathered.to;
  const origins: string[] = [];
  let run = 0;
  const isTaken = (row: number) => {
    while (row >= (gathered.origins[run]?.end ?? Number.POSITIVE_INFINITY)) run++;
    if (!isWhole && !isInside(fresh.times[row] as number)) return false;
    origins.push(gathered.origins[run]?.origin ?? '');
    return true;
  };
  if (isWhole && known.length === 0) {
    for (let row = 0; row < fresh.length; row++) isTaken(row);
    return { facts: fresh, known: 0, origins, times };
  }
  const facts = isWhole ? known : new RowSet();
  if (!isWhole) facts.addFrom(known, 0, known.length, (row) => isInside(known.times[row] as number));
  const knownRows = facts.length;
  facts.addFrom(fresh, 0, fresh.length, isTaken);
  return { facts, known: knownRows, origins, times };
}

/** Facts outside the day are here to be compared with those at its edge: they go with the nearest span. */
function timesOf(gathered: GatheredFacts, { from, to }: HourSpan, dayStartMs: number): SpanTimes {
  const fromMs = dayStartMs + from * HOUR_MS;
  const toMs = dayStartMs + to * HOUR_MS;
  const dayEndMs = dayStartMs + DAY_MS;
  const isFirst = from === gathered.from;
  const isLast = to === gathered.to;
  const isInside = (timeMs: number) =>
    (timeMs >= fromMs || (timeMs < dayStartMs && isFirst)) &&
    (timeMs < toMs || (timeMs >= dayEndMs && isLast));
  return { fromMs, toMs, isInside };
}

/**
 * Adds the boundary rows that lie outside a span to its facts.
 * @returns how many of them, the first, the history had
 */
export function addBoundaryRows(
  facts: RowSet,
  { known, fresh }: BoundaryRows,
  { isInside }: SpanTimes,
): number {
  const start = facts.length;
  const isOutside = (set: RowSet) => (row: number) => !isInside(set.times[row] as number);
  facts.addFrom(known, 0, known.length, isOutside(known));
  const knownBoundary = facts.length - start;
  facts.addFrom(fresh, 0, fresh.length, isOutside(fresh));
  return knownBoundary;
}
