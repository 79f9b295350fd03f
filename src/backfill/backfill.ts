import { accessKeyHashKey } from '../ingest/access-key-hash-key.ts';
import type { Keeping } from '../ingest/make-durable.ts';
import type { QuarantineEntry } from '../ingest/quarantine.ts';
import { RecordGatherer } from '../ingest/record-gatherer.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { accountOf } from './account-of.ts';
import { readCheckpoint, type Window, writeCheckpoint } from './checkpoint.ts';
import { EVENT_SOURCES, type EventSource } from './event-lookup.ts';
import { BackfillLease, type Holder } from './lease.ts';
import type { Clock, PacedLookup } from './paced-lookup.ts';
import { beginning, isRead, type Reach } from './reach.ts';
import { remarksOn } from './remarks.ts';
import { isEndOfReading, SourceReader } from './source-reader.ts';

export interface BackfillParts extends Keeping, Clock {
  readonly lookup: PacedLookup;
  readonly holder: Holder;
  /** Names who appended, for the counts of a seal; empty where nobody counts. */
  readonly origin: string;
  /** Reads from the start what was read before, too. */
  readonly isAgain?: boolean;
  /** Milliseconds of the window, of all sources together. */
  readonly onProgress?: (readMs: number, ofMs: number) => void;
}

export interface BackfillCounts {
  readonly events: number;
  readonly kmsEvents: number;
  readonly jobEvents: number;
  readonly quarantinedCount: number;
  readonly requests: number;
}

export interface BackfillResult extends BackfillCounts {
  /** How many of the quarantined events are of KMS. */
  readonly quarantinedKms: number;
  /** Whether the history has everything of the window that CloudTrail may have had. */
  readonly isComplete: boolean;
  /** Whether some of it is older than CloudTrail keeps. */
  readonly isPartlyTooOld: boolean;
  /** Whether there was nothing left to read. */
  readonly wasReadBefore: boolean;
  /** One sentence for each thing that the user should know. */
  readonly remarks: readonly string[];
  /** Why it did not come to its end; what had come before is kept. */
  readonly failure?: KeytrailError;
}

/**
 * Reads the events of a window out of CloudTrail's event history into a history, or goes on with that: how far it
 * came is in the table. Seals nothing.
 * @throws KeytrailError `bad-usage` where nothing of the window has happened yet; `backfill-running` where another run
 * reads that account and Region: the window is written down, for who goes on with what is unfinished;
 * `store-unavailable`
 */
export async function backfill(window: Window, parts: BackfillParts): Promise<BackfillResult> {
  const untilMs = parts.now();
  if (window.fromMs >= untilMs) {
    throw new KeytrailError('bad-usage', 'from must be a time that has passed; nothing has happened since.');
  }
  const { lookup } = parts;
  const requestsBefore = lookup.requests;
  const gatherer = new RecordGatherer(await accessKeyHashKey(parts.table), parts.now);
  const quarantined = { count: 0, kms: 0 };
  let reaches = new Map(EVENT_SOURCES.map((source) => [source, beginning(window.fromMs, window.toMs)]));
  let hasReadAll = false;
  let wasReadBefore = false;
  let failure: KeytrailError | undefined;
  let lease: BackfillLease | undefined;
  try {
    const accountId = await accountOf(lookup);
    lease = await takenLease(accountId, reaches, parts);
    reaches = await startingFrom(reaches, accountId, parts);
    wasReadBefore = [...reaches.values()].every(isRead);
    hasReadAll = true;
    for (const [source, start] of reaches) {
      if (!hasReadAll) break;
      const onKept = (entries: readonly QuarantineEntry[], reach: Reach) => {
        quarantined.count += entries.length;
        quarantined.kms += entries.filter(({ isKms }) => isKms === true).length;
        reaches.set(source, reach);
        parts.onProgress?.(...progressOf(reaches));
      };
      const reader = new SourceReader(source, start, { ...parts, gatherer, accountId, onKept });
      hasReadAll = (await reader.read(untilMs)) === 'read';
    }
  } catch (error) {
    // Without the lease nothing was read, nor can be said of it.
    if (!isEndOfReading(error) || (error.code === 'backfill-running' && lease === undefined)) throw error;
    failure = error;
    hasReadAll = false;
  } finally {
    lookup.beforeRequest = undefined;
    await lease?.release();
  }
  const { records: events, kmsEvents, jobEvents } = gatherer.counts;
  const ends = [...reaches.values()];
  return {
    events,
    kmsEvents,
    jobEvents,
    quarantinedCount: quarantined.count,
    quarantinedKms: quarantined.kms,
    requests: lookup.requests - requestsBefore,
    isComplete: ends.every((reach) => isRead(reach) && reach.unreadMs === undefined),
    isPartlyTooOld: ends.some(({ unreadMs }) => unreadMs !== undefined),
    wasReadBefore,
    remarks: remarksOn(ends, hasReadAll),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** Undefined where it is not known whose events they are: then there are none. */
async function takenLease(
  accountId: string | undefined,
  beginnings: ReadonlyMap<EventSource, Reach>,
  parts: BackfillParts,
): Promise<BackfillLease | undefined> {
  if (accountId === undefined) return undefined;
  const { table, lookup, holder, now } = parts;
  try {
    const lease = await BackfillLease.take(table, { accountId, region: lookup.region }, holder, now);
    lookup.beforeRequest = () => lease.keep();
    return lease;
  } catch (error) {
    // What is asked for is not forgotten over it.
    if (isEndOfReading(error)) await startingFrom(beginnings, accountId, { ...parts, isAgain: false });
    throw error;
  }
}

/**
 * Where each source was left. A window that is new is written down before it is read, so that a later run finds what is
 * unfinished.
 */
async function startingFrom(
  beginnings: ReadonlyMap<EventSource, Reach>,
  accountId: string | undefined,
  { table, lookup: { region }, isAgain }: BackfillParts,
): Promise<Map<EventSource, Reach>> {
  if (accountId === undefined) return new Map(beginnings);
  const place = { accountId, region };
  const starts = new Map<EventSource, Reach>();
  for (const [source, first] of beginnings) {
    const left = isAgain === true ? undefined : await readCheckpoint(table, place, first, source);
    if (left === undefined) await writeCheckpoint(table, place, source, first);
    starts.set(source, left ?? first);
  }
  return starts;
}

function progressOf(reaches: ReadonlyMap<EventSource, Reach>): [readMs: number, ofMs: number] {
  let readMs = 0;
  let ofMs = 0;
  for (const reach of reaches.values()) {
    const { begun } = reach;
    readMs += reach.readMs - reach.fromMs + (begun === undefined ? 0 : begun.endMs - begun.leftMs);
    ofMs += reach.toMs - reach.fromMs;
  }
  return [readMs, ofMs];
}
