import { DAY_MS, HOUR_MS } from '../utc-time.ts';

/** CloudTrail's times are whole seconds. */
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/**
 * How far back the event history goes.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export const EVENT_HISTORY_MS = 90 * DAY_MS;
/** The paging of a slice may take this long, and must not find its beginning too old meanwhile. */
const OLD_MARGIN_MS = 5 * MINUTE_MS;
/**
 * Events come "within an average of about 5 minutes", which is no promise: what is younger than this may not
 * have come yet.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
export const SETTLING_MS = 15 * MINUTE_MS;

const FIRST_SLICE_MS = HOUR_MS;
const SHORTEST_SLICE_MS = MINUTE_MS;
const LONGEST_SLICE_MS = 30 * DAY_MS;
/** The pages that a slice should have: ten seconds at two requests a second, so that little is read again after a crash. */
const PAGES_OF_SLICE = 20;
const MOST_GROWTH = 4;

/** How far the events of one source have been read. All times are epoch milliseconds of whole seconds. */
export interface Reach {
  /** What is asked for: `fromMs` inclusive, `toMs` exclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Up to here everything has been read that can be. */
  readonly readMs: number;
  /** A slice that starts at `readMs`, of which everything from `leftMs` on has been read: newest comes first. */
  readonly begun?: { readonly endMs: number; readonly leftMs: number };
  /** How long the next slice is to be. */
  readonly sliceMs: number;
  /** Some of the time before this was older than CloudTrail keeps when it was asked for. */
  readonly unreadMs?: number;
}

/** What one question to LookupEvents, and all its pages, is about: `endMs` exclusive. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export function beginning(fromMs: number, toMs: number): Reach {
  const first = Math.floor(fromMs / SECOND_MS) * SECOND_MS;
  return { fromMs: first, toMs: wholeSecondsUp(toMs), readMs: first, sliceMs: FIRST_SLICE_MS };
}

export function isRead(reach: Reach): boolean {
  return reach.readMs >= reach.toMs;
}

/**
 * What to ask next, oldest first; undefined where nothing is left before `untilMs`. What is too old is one span: it
 * is most likely refused or empty.
 */
export function nextSpan(reach: Reach, untilMs: number, nowMs: number): Span | undefined {
  const { readMs: startMs, begun, sliceMs } = reach;
  const lastMs = Math.min(reach.toMs, wholeSecondsUp(untilMs));
  if (begun !== undefined) return { startMs, endMs: begun.leftMs };
  if (startMs >= lastMs) return undefined;
  const oldestMs = oldestReadableMs(nowMs);
  if (startMs < oldestMs) return { startMs, endMs: Math.min(oldestMs, lastMs) };
  const settledMs = settledUntilMs(nowMs);
  if (startMs >= settledMs) return { startMs, endMs: lastMs };
  return { startMs, endMs: Math.min(startMs + sliceMs, settledMs, lastMs) };
}

/** Whether nothing of a span can still be on its way: only then may a checkpoint pass it. */
export function isSettled(span: Span, nowMs: number): boolean {
  return span.endMs <= settledUntilMs(nowMs);
}

/** Whether LookupEvents may say of a span that its beginning is too old. */
export function mayBeTooOld(span: Span, nowMs: number): boolean {
  return span.startMs < oldestReadableMs(nowMs);
}

/** Before a span is asked: its part that is older than the event history is as good as unread, whatever comes. */
export function askedFor(reach: Reach, span: Span, nowMs: number): Reach {
  const keptFromMs = nowMs - EVENT_HISTORY_MS;
  return span.startMs < keptFromMs ? unreadUntil(reach, Math.min(span.endMs, keptFromMs)) : reach;
}

/** After pages that went down to an event of `oldestMs`, of whose second there may be more. */
export function readDownTo(reach: Reach, span: Span, oldestMs: number): Reach {
  const leftMs = Math.floor(oldestMs / SECOND_MS) * SECOND_MS + SECOND_MS;
  if (leftMs >= span.endMs || leftMs <= span.startMs) return reach;
  return { ...reach, begun: { endMs: reach.begun?.endMs ?? span.endMs, leftMs } };
}

/** After the last page of a span: the number of pages says how long the next slice should be. */
export function readThrough(reach: Reach, span: Span, pages: number): Reach {
  const { begun, ...rest } = reach;
  const expectedMs = ((span.endMs - span.startMs) / Math.max(1, pages)) * PAGES_OF_SLICE;
  const sliceMs = Math.min(expectedMs, reach.sliceMs * MOST_GROWTH, LONGEST_SLICE_MS);
  return {
    ...rest,
    readMs: begun?.endMs ?? span.endMs,
    sliceMs: wholeSecondsUp(Math.max(sliceMs, SHORTEST_SLICE_MS)),
  };
}

/** Where LookupEvents refused a span as too old: goes on with what is not. */
export function withoutTooOld(reach: Reach, span: Span, nowMs: number): Reach {
  const { begun, ...rest } = reach;
  const gaveUpMs = Math.min(oldestReadableMs(nowMs), span.endMs);
  if (gaveUpMs < span.endMs) return unreadUntil({ ...reach, readMs: gaveUpMs }, gaveUpMs);
  return unreadUntil({ ...rest, readMs: begun?.endMs ?? gaveUpMs }, gaveUpMs);
}

function unreadUntil(reach: Reach, unreadMs: number): Reach {
  return { ...reach, unreadMs: Math.max(reach.unreadMs ?? unreadMs, wholeSecondsUp(unreadMs)) };
}

function oldestReadableMs(nowMs: number): number {
  return wholeSecondsUp(nowMs - EVENT_HISTORY_MS + OLD_MARGIN_MS);
}

function settledUntilMs(nowMs: number): number {
  return wholeSecondsUp(nowMs - SETTLING_MS);
}

function wholeSecondsUp(timeMs: number): number {
  return Math.ceil(timeMs / SECOND_MS) * SECOND_MS;
}
