import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { AT } from '../../history/facts/fact.ts';
import type { JobKnowledge } from '../../history/query/ask-jobs.ts';
import type { DayView } from '../../history/query/day-view.ts';
import type { HistoryView } from '../../history/query/history-view.ts';
import { rowsOfDay } from '../../history/query/rows-of-day.ts';
import { WatchedRow } from '../../history/query/watched-row.ts';
import { partitionOf } from '../../history/seal/summarise-rows.ts';
import { dayOf, dayStart, HOUR_MS } from '../../utc-time.ts';
import type { Finding } from '../finding.ts';
import { firstSeenPrincipal } from '../rules/first-seen-principal.ts';
import { alikeRowsOf } from './alike-rows.ts';
import { DayPairs } from './day-pairs.ts';
import type { EvidenceTally } from './evidence-tally.ts';
import { findDeniedBurst } from './find-denied-bursts.ts';
import { findVolumeSpikes, type Spike } from './find-volume-spikes.ts';
import { Matters } from './matters.ts';
import { type Denied, isOfNoJob, makesSeen, type Pair, subjectOfPair } from './pair.ts';
import type { FirstSeen, SeenBook } from './seen-book.ts';
import { isServiceOfAws, surroundingsOf } from './surroundings.ts';
import { RowWatch, type Surroundings } from './watch-rows.ts';
import type { WatchSettings } from './watch-settings.ts';

/** What a day is watched with. */
export interface DayWatching {
  readonly view: HistoryView;
  readonly day: DayView;
  readonly knowledge: JobKnowledge;
  readonly seen: SeenBook;
  /** Takes note of who was seen; answers the days on which somebody may be new now or no longer. */
  readonly tellSeen: (seen: readonly FirstSeen[]) => Promise<ReadonlySet<string>>;
  readonly settings: WatchSettings;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** What a day gave. */
export interface DayWatched {
  readonly findings: readonly Finding[];
  /** By expectation, the time of the last use that it was needed for. */
  readonly needed: ReadonlyMap<string, number>;
  readonly touched: ReadonlySet<string>;
  /** The time of the newest row. */
  readonly lastMs: number;
}

/**
 * Asks every rule about one day, once for each set of expectations. A function of the history, of who was seen before,
 * and of the expectations.
 */
export async function watchDay(
  watching: DayWatching,
  judges: readonly ExpectationJudge[],
): Promise<DayWatched[]> {
  const { day, knowledge, seen, view } = watching;
  const before = joinedBeforeMs(watching);
  const pairs = new DayPairs(dayStart(day.day));
  const watches = judges.map((expectations) => {
    const around = surroundingsOf(knowledge, expectations, seen, view.firstMs);
    return { expectations, around, rows: new RowWatch(expectations, around) };
  });
  for await (const set of rowsOfDay(day)) {
    const kinds = alikeRowsOf(set, before);
    pairs.take(set, kinds);
    for (const { rows } of watches) rows.take(set, kinds);
  }
  const ofPairs = await findOfPairs(watching, pairs.values());
  return watches.map((each) => concluded(watching, each, ofPairs));
}

/** The join has been asked for good of uses before this. Epoch milliseconds. */
function joinedBeforeMs({ nowMs, settings }: DayWatching): number {
  return nowMs - settings.joinWaitMs;
}

/** What many uses of one principal and key make together, whatever is expected. */
interface FoundOfPairs {
  readonly pairs: readonly Pair[];
  readonly matters: Matters;
  readonly touched: ReadonlySet<string>;
}

async function findOfPairs(watching: DayWatching, pairs: readonly Pair[]): Promise<FoundOfPairs> {
  const { day, settings, view } = watching;
  const touched = await watching.tellSeen(
    pairs
      .filter(({ seen: tally }) => !tally.isEmpty)
      .map((pair) => ({
        partition: pair.partition,
        principalId: pair.principalId,
        firstMs: pair.seen.firstMs,
      })),
  );
  const matters = new Matters();
  const before = await deniedBefore(watching, pairs);
  for (const pair of pairs) {
    const burst = findDeniedBurst(pair.denied, before.get(pair) ?? [], settings.deniedBurst);
    if (!burst.isEmpty) matters.add('denied-burst', { subject: subjectOfPair(pair) }, burst);
  }
  for (const spike of await findVolumeSpikes(view, day.day, pairs, settings.volumeSpike)) {
    const { pair, hour, usual } = spike;
    const count = pair.hours[hour] ?? 0;
    const detail = `${count} uses in the hour from ${String(hour).padStart(2, '0')}:00 UTC on ${day.day}; its usual hour has ${Math.ceil(usual)}.`;
    const fired = { subject: subjectOfPair(pair), details: [detail] };
    const matter = matters.of('volume-spike', fired);
    await tallyHour(day, spike, joinedBeforeMs(watching), matter.tally);
  }
  return { pairs, matters, touched };
}

interface JudgedRows {
  readonly expectations: ExpectationJudge;
  readonly around: Surroundings;
  readonly rows: RowWatch;
}

/** What the rows give that have been taken, with what many of them make together. */
function concluded(
  watching: DayWatching,
  { expectations, around, rows }: JudgedRows,
  { pairs, matters: ofPairs, touched }: FoundOfPairs,
): DayWatched {
  rows.finish();
  const { matters } = rows;
  for (const pair of pairs) {
    if (pair.sample === undefined || !isNew(pair, watching, expectations)) continue;
    const context = { ...around, verdict: expectations.judge(pair.sample), isFirstSeen: true };
    const fired = firstSeenPrincipal.fires(pair.sample, context);
    if (fired !== undefined) matters.add(firstSeenPrincipal.id, fired, pair.seen);
  }
  matters.takeAll(ofPairs);
  return { findings: matters.findings(), needed: rows.needed, touched, lastMs: rows.lastMs };
}

/** Whether a principal was first seen on its key on this day, after learning, on a key without expectations. */
function isNew(pair: Pair, { day, seen }: DayWatching, expectations: ExpectationJudge): boolean {
  const { partition, principalId, keyArn, keyRef, sample } = pair;
  const firstMs = seen.firstMs(partition, principalId);
  if (firstMs === undefined || dayOf(firstMs) !== day.day || firstMs < seen.learnedMs(partition))
    return false;
  if (sample === undefined || isServiceOfAws(sample)) return false;
  return !expectations.namesKey(keyArn, keyRef, firstMs);
}

/** Denied attempts shortly before the day, of the pairs that were denied right at its beginning. */
async function deniedBefore(
  { view, day, settings }: DayWatching,
  pairs: readonly Pair[],
): Promise<Map<Pair, Denied[]>> {
  const start = dayStart(day.day);
  const { withinMs } = settings.deniedBurst;
  const found = new Map<Pair, Denied[]>();
  const wanted = new Map(
    pairs
      .filter(({ denied }) => denied.some(({ timeMs }) => timeMs < start + withinMs))
      .map((pair) => [`${pair.partition}\n${pair.principalId}`, pair]),
  );
  if (wanted.size === 0) return found;
  const fromHour = Math.max(0, Math.floor((24 * HOUR_MS - withinMs) / HOUR_MS));
  for (const previous of await view.open([dayOf(start - 1)])) {
    for await (const set of rowsOfDay(previous, 'exceptions', fromHour)) {
      for (let row = 0; row < set.length; row++) {
        const timeMs = set.times[row] as number;
        const profile = set.profileOf(row);
        if (timeMs < start - withinMs || profile[AT.outcome] !== 'denied') continue;
        const pair = wanted.get(`${partitionOf(profile)}\n${profile[AT.principalId] ?? ''}`);
        if (pair === undefined) continue;
        const list = found.get(pair) ?? [];
        list.push({ timeMs, eventId: set.eventId(row) });
        found.set(pair, list);
      }
    }
  }
  return found;
}

/** Takes up those uses of an hour that its count in `Pair.hours` is of. */
async function tallyHour(
  day: DayView,
  { pair, hour }: Spike,
  joinedBeforeMs: number,
  tally: EvidenceTally,
): Promise<void> {
  const from = dayStart(day.day) + hour * HOUR_MS;
  const to = Math.min(from + HOUR_MS, joinedBeforeMs);
  for await (const set of rowsOfDay(day, 'all', hour)) {
    const use = new WatchedRow(set);
    // What comes after the hour is told apart as what may still be joined is.
    for (const { rows, profile: number, joinedTo } of alikeRowsOf(set, to)) {
      const profile = set.profileAt(number);
      if (profile[AT.principalId] !== pair.principalId || partitionOf(profile) !== pair.partition) continue;
      use.row = rows[0] as number;
      use.joinedTo = joinedTo;
      if (!makesSeen(use) || !isOfNoJob(use)) continue;
      const ofHour = rows.filter((row) => (set.times[row] as number) >= from);
      if (ofHour.length > 0) tally.addRows(ofHour, set.times, use);
    }
  }
}
