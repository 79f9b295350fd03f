import { type Quarantined, quarantined } from '../cloudtrail/quarantined.ts';
import type { ParsedEvent } from './parsed-event.ts';

/** How far a clock may be ahead of the reader's. */
const MOST_AHEAD_MS = 86_400_000;

/**
 * Refuses what is dated more than a day after it was read: a wrong clock or a forger can write any time, and such a
 * record would be the newest of the history for good.
 * @param readMs epoch milliseconds
 */
export function refusedIfAhead(event: ParsedEvent, readMs: number): ParsedEvent | Quarantined {
  switch (event.kind) {
    case 'key-use':
      return isAhead(event.uses[0].eventTimeMs, readMs) ? refused(true) : event;
    case 'job-event':
    case 'session':
      return event.facts.some(({ timeMs }) => isAhead(timeMs, readMs)) ? refused(false) : event;
    case 'source-change':
      return isAhead(event.change.timeMs, readMs) ? refused(false) : event;
    case 'other':
    case 'quarantine':
      return event;
    default:
      return event satisfies never;
  }
}

function isAhead(timeMs: number, readMs: number): boolean {
  return timeMs > readMs + MOST_AHEAD_MS;
}

function refused(isKms: boolean): Quarantined {
  return quarantined(
    'bad-event-time',
    'The record is dated more than a day after it was read; check the clocks here and where it was written, then retry it.',
    isKms,
  );
}
