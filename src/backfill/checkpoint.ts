import { KeytrailError } from '../keytrail-error.ts';
import type { Item, ItemKey, Table } from '../table/table.ts';
import { isoTime } from '../utc-time.ts';
import { EVENT_SOURCES, type EventSource } from './event-lookup.ts';
import { isRead, type Reach } from './reach.ts';

const BACKFILLS = 'B';

/** Whose event history: LookupEvents answers for one account in one Region. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** From when to when events are wanted: epoch milliseconds, `toMs` exclusive. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

function checkpointKey({ accountId, region }: Place, { fromMs, toMs }: Window, source: EventSource): ItemKey {
  return {
    pk: BACKFILLS,
    sk: [accountId, region, isoTime(fromMs), isoTime(toMs), source].join('/'),
  };
}

/** How far a source was read for a window, the last time that it was written down. */
export async function readCheckpoint(
  table: Table,
  place: Place,
  window: Window,
  source: EventSource,
): Promise<Reach | undefined> {
  const item = await table.get(checkpointKey(place, window, source));
  return item === undefined ? undefined : reachOf(item);
}

/**
 * Writes down how far a source was read. Two that read for the same window at once may set it back, each to what
 * it has made durable itself: some of it is then read twice, which changes nothing.
 */
export async function writeCheckpoint(
  table: Table,
  place: Place,
  source: EventSource,
  reach: Reach,
): Promise<void> {
  const { begun, unreadMs } = reach;
  await table.put({
    ...checkpointKey(place, reach, source),
    fields: {
      account: place.accountId,
      region: place.region,
      source,
      from: isoTime(reach.fromMs),
      to: isoTime(reach.toMs),
      read: isoTime(reach.readMs),
      sliceSeconds: reach.sliceMs / 1_000,
      ...(begun === undefined ? {} : { begunTo: isoTime(begun.endMs), left: isoTime(begun.leftMs) }),
      ...(unreadMs === undefined ? {} : { unread: isoTime(unreadMs) }),
    },
  });
}

/** Whether anything is left to read, in any account and Region. */
export async function isAnyUnfinished(table: Table): Promise<boolean> {
  return (await table.query(BACKFILLS)).some((item) => !isRead(reachOf(item)));
}

/** The windows of which something is still to be read there, by their beginning. */
export async function unfinishedWindows(table: Table, place: Place): Promise<Window[]> {
  const prefix = `${place.accountId}/${place.region}/`;
  const items = await table.query(BACKFILLS, { from: prefix, to: `${prefix}\u{10ffff}` });
  const windows = new Map<string, Window & { read: number }>();
  for (const item of items) {
    const reach = reachOf(item);
    const { fromMs, toMs } = reach;
    const name = `${fromMs}/${toMs}`;
    const read = (windows.get(name)?.read ?? 0) + (isRead(reach) ? 1 : 0);
    windows.set(name, { fromMs, toMs, read });
  }
  return [...windows.values()]
    .filter(({ read }) => read < EVENT_SOURCES.length)
    .map(({ fromMs, toMs }) => ({ fromMs, toMs }))
    .sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
}

function reachOf({ sk, fields = {} }: Item): Reach {
  const time = (name: string): number => {
    const timeMs = Date.parse(String(fields[name] ?? ''));
    if (!Number.isNaN(timeMs)) return timeMs;
    throw new KeytrailError(
      'corrupt-item',
      `The checkpoint ${sk} of a backfill has no time ${name}; delete that item, or begin with another from or to.`,
    );
  };
  const sliceMs = Number(fields['sliceSeconds']) * 1_000;
  const begun =
    fields['begunTo'] === undefined ? {} : { begun: { endMs: time('begunTo'), leftMs: time('left') } };
  return {
    fromMs: time('from'),
    toMs: time('to'),
    readMs: time('read'),
    sliceMs: sliceMs > 0 ? sliceMs : 1_000,
    ...begun,
    ...(fields['unread'] === undefined ? {} : { unreadMs: time('unread') }),
  };
}
