import type { Quarantined } from '../cloudtrail/quarantined.ts';
import { sourceIdOf } from '../history/facts/source.ts';
import { type Keeping, makeDurable } from '../ingest/make-durable.ts';
import { type QuarantineEntry, quarantineEntry } from '../ingest/quarantine.ts';
import type { RecordGatherer } from '../ingest/record-gatherer.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { writeCheckpoint } from './checkpoint.ts';
import type { EventSource, LookedUpEvent, LookupPage } from './event-lookup.ts';
import { lookupFailure } from './lookup-failure.ts';
import type { Clock, PacedLookup } from './paced-lookup.ts';
import {
  askedFor,
  isSettled,
  mayBeTooOld,
  nextSpan,
  type Reach,
  readDownTo,
  readThrough,
  type Span,
  withoutTooOld,
} from './reach.ts';

const LOOKUP_EVENTS = sourceIdOf({ kind: 'lookup-events' });

/** What is held before it is made durable: a minute's reading, some megabytes. */
const EVENTS_HELD = 5_000;

export interface SourceReaderParts extends Keeping, Clock {
  readonly lookup: PacedLookup;
  readonly gatherer: RecordGatherer;
  /** Whose events they are, where that is known; without it nothing is remembered of how far they were read. */
  readonly accountId: string | undefined;
  /** Names who appended, for the counts of a seal. */
  readonly origin: string;
  /** Called with quarantined entries once they are durable, and with how far the source is completely read. */
  readonly onKept: (quarantined: readonly QuarantineEntry[], reach: Reach) => void;
}

/** Whether everything there is was read, or the time was up before. */
export type Ending = 'read' | 'time-up';

/** Whether no more can be read for now, and what was read is good. */
export function isEndOfReading(error: unknown): error is KeytrailError {
  return (
    error instanceof KeytrailError && (error.code === 'lookup-failed' || error.code === 'backfill-running')
  );
}

/**
 * Reads one source's events, slice after slice, the oldest slice first. What was read is durable before the
 * checkpoint passes it. After a crash some of it is read again, which the history drops.
 */
export class SourceReader {
  readonly #source: EventSource;
  readonly #parts: SourceReaderParts;
  #reach: Reach;
  /** How far a checkpoint may say that it is read. */
  #settled: Reach;
  #held = 0;
  #batches = 0;
  /** False from the first span on that may still get events: it is read, and will be again. */
  #isSettled = true;

  constructor(source: EventSource, reach: Reach, parts: SourceReaderParts) {
    this.#source = source;
    this.#reach = reach;
    this.#settled = reach;
    this.#parts = parts;
  }

  /**
   * @param untilMs nothing after it is asked for
   * @throws KeytrailError `lookup-failed`, `backfill-running`, after what had come is kept; `store-unavailable`
   */
  async read(untilMs: number): Promise<Ending> {
    for (;;) {
      const nowMs = this.#parts.now();
      const span = nextSpan(this.#reach, untilMs, nowMs);
      if (span === undefined) return 'read';
      this.#isSettled &&= isSettled(span, nowMs);
      this.#reach = askedFor(this.#reach, span, nowMs);
      let ending: Ending;
      try {
        ending = await this.#readSpan(span);
      } catch (error) {
        // After the store failed nothing may be kept: what it did not take is not held any more.
        if (isEndOfReading(error)) await this.#keep();
        throw error;
      }
      await this.#keep();
      if (ending === 'time-up') return ending;
    }
  }

  async #readSpan(span: Span): Promise<Ending> {
    const { lookup, now } = this.#parts;
    const before = this.#reach;
    let pages = 0;
    let isInOrder = true;
    let lastMs = Number.POSITIVE_INFINITY;
    for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
      const answer = await lookup.ask(this.#source, span, token);
      switch (answer.kind) {
        case 'time-up':
          return 'time-up';
        case 'time-range':
          if (!mayBeTooOld(span, now())) throw lookupFailure(answer.error);
          this.#reach = withoutTooOld(this.#reach, span, now());
          return 'read';
        case 'next-token':
          // It has run out: the rest is asked for anew, if there is less of it than before.
          if (this.#reach.begun?.leftMs === before.begun?.leftMs) throw lookupFailure(answer.error);
          return 'read';
        case 'page':
          break;
        default:
          answer satisfies never;
          return 'read';
      }
      pages += 1;
      token = answer.page.next;
      for (const { timeMs = Number.NaN } of answer.page.events) {
        isInOrder &&= timeMs <= lastMs;
        lastMs = timeMs;
      }
      this.#take(answer.page);
      // Newest first is what is documented; were it ever otherwise, only the whole span counts as read.
      if (isInOrder) this.#reach = readDownTo(this.#reach, span, lastMs);
      if (this.#held >= EVENTS_HELD) await this.#keep();
    }
    this.#reach = readThrough(this.#reach, span, pages);
    return 'read';
  }

  #take({ events }: LookupPage): void {
    const { gatherer } = this.#parts;
    for (const event of events) {
      const value = { CloudTrailEvent: event.record, EventSource: event.eventSource };
      for (const refused of gatherer.take(value, { source: LOOKUP_EVENTS }))
        gatherer.quarantine(this.#entryOf(event, refused));
    }
    gatherer.counts.records += events.length;
    this.#held += events.length;
  }

  /** The bytes are the event as LookupEvents gives it: read again, they are what they were. */
  #entryOf({ eventId, eventSource, record }: LookedUpEvent, { code, reason, isKms }: Quarantined) {
    const { accountId, lookup } = this.#parts;
    const names = [accountId, lookup.region, eventId].filter((name) => name !== undefined);
    const event = { EventId: eventId, EventSource: eventSource, CloudTrailEvent: record };
    return quarantineEntry(
      `lookup:${names.join('/')}`,
      code,
      reason,
      Buffer.from(JSON.stringify(event)),
      0,
      isKms,
    );
  }

  /** Durable first, then the checkpoint. */
  async #keep(): Promise<void> {
    const { gatherer, lookup, accountId, origin, onKept } = this.#parts;
    const gathered = gatherer.finish();
    await makeDurable(gathered, this.#parts, origin, `${this.#source} ${this.#batches++}`);
    this.#held = 0;
    if (this.#isSettled) this.#settled = this.#reach;
    if (this.#isSettled && accountId !== undefined) {
      const place = { accountId, region: lookup.region };
      await writeCheckpoint(this.#parts.table, place, this.#source, this.#settled);
    }
    onKept(gathered.quarantined, this.#settled);
  }
}
