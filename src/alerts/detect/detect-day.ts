import type { ExpectationJudge } from '../../expectations/verdict.ts';
import type { HistoryView, JobKnowledge } from '../../history/query/history-view.ts';
import { type InspectedDay, inspectDays } from '../../history/query/inspected-day.ts';
import { isReadOnlyCall } from '../../kms/operation-category.ts';
import { dayOf, dayStart, HOUR_MS } from '../../utc-time.ts';
import type { Finding } from '../finding.ts';
import { firstSeenPrincipal } from '../rules/first-seen-principal.ts';
import { DayFindings } from './day-findings.ts';
import { DayPairs } from './day-pairs.ts';
import type { DetectionSettings } from './detection-settings.ts';
import type { EvidenceTally } from './evidence-tally.ts';
import { findDeniedBurst } from './find-denied-burst.ts';
import { findVolumeSpikes, type Spike } from './find-volume-spikes.ts';
import type { FirstSeen, FirstSeenIndex } from './first-seen-index.ts';
import { countsAsSeen, type Denied, hasNoJob, type Pair, subjectOfPair } from './pair.ts';
import { RowDetector } from './row-detector.ts';
import { isUseByAws, type RuleContext, ruleContextOf } from './rule-context.ts';

/** What detection over one day reads. */
export interface DayDetectionInputs {
  readonly view: HistoryView;
  readonly day: InspectedDay;
  readonly knowledge: JobKnowledge;
  readonly seen: FirstSeenIndex;
  /** Records who was seen. Gives the days on which a principal may have become new, or stopped being new. */
  readonly recordSeen: (seen: readonly FirstSeen[]) => Promise<ReadonlySet<string>>;
  readonly settings: DetectionSettings;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** What detection over one day found, under one set of expectations. */
export interface DayDetection {
  readonly findings: readonly Finding[];
  /** By expectation, the time of the last use that needed it, epoch milliseconds. */
  readonly needed: ReadonlyMap<string, number>;
  /** Days on which a principal may have become new, or stopped being new. */
  readonly touched: ReadonlySet<string>;
  /** The time of the newest row, epoch milliseconds. */
  readonly lastMs: number;
}

/**
 * Asks every rule about one day, once for each set of expectations. The result depends only on the history, the
 * first-seen index and the expectations.
 */
export async function detectDay(
  inputs: DayDetectionInputs,
  judges: readonly ExpectationJudge[],
): Promise<DayDetection[]> {
  const { day, knowledge, seen, view } = inputs;
  const before = joinedBeforeMs(inputs);
  const pairs = new DayPairs(dayStart(day.day));
  const detections = judges.map((expectations) => {
    const context = ruleContextOf(knowledge, expectations, seen, view.firstMs);
    return { expectations, context, rows: new RowDetector(expectations, context) };
  });
  for await (const rows of day.rows()) {
    const kinds = rows.alike(before);
    pairs.take(rows, kinds);
    for (const detection of detections) detection.rows.take(rows, kinds);
  }
  const ofPairs = await detectInPairs(inputs, pairs.values());
  return detections.map((each) => concluded(inputs, each, ofPairs));
}

/** The join is final for uses before this, epoch milliseconds. */
function joinedBeforeMs({ nowMs, settings }: DayDetectionInputs): number {
  return nowMs - settings.joinWaitMs;
}

/** What the uses of one key by one principal show together, under any expectations. */
interface PairDetection {
  readonly pairs: readonly Pair[];
  readonly findings: DayFindings;
  readonly touched: ReadonlySet<string>;
}

async function detectInPairs(inputs: DayDetectionInputs, pairs: readonly Pair[]): Promise<PairDetection> {
  const { day, settings, view } = inputs;
  const touched = await inputs.recordSeen(
    pairs
      .filter(({ seen: tally }) => !tally.isEmpty)
      .map((pair) => ({
        keyName: pair.keyName,
        principalId: pair.principalId,
        firstMs: pair.seen.firstMs,
      })),
  );
  const findings = new DayFindings();
  const before = await deniedBefore(inputs, pairs);
  for (const pair of pairs) {
    const burst = findDeniedBurst(pair.denied, before.get(pair) ?? [], settings.deniedBurst);
    if (!burst.isEmpty) findings.add('denied-burst', { subject: subjectOfPair(pair) }, burst);
  }
  for (const spike of await findVolumeSpikes(view, day.day, pairs, settings.volumeSpike)) {
    const { pair, hour, usual } = spike;
    const count = pair.hours[hour] ?? 0;
    const detail = `${count} uses in the hour from ${String(hour).padStart(2, '0')}:00 UTC on ${day.day}; its usual hour has ${Math.ceil(usual)}.`;
    const fired = { subject: subjectOfPair(pair), details: [detail] };
    const { tally } = findings.open('volume-spike', fired);
    await tallyHour(day, spike, joinedBeforeMs(inputs), tally);
  }
  return { pairs, findings, touched };
}

/** One set of expectations, and the rows judged under it. */
interface JudgedRows {
  readonly expectations: ExpectationJudge;
  readonly context: RuleContext;
  readonly rows: RowDetector;
}

/** Adds the findings about pairs to those of the rows. */
function concluded(
  inputs: DayDetectionInputs,
  { expectations, context, rows }: JudgedRows,
  { pairs, findings: ofPairs, touched }: PairDetection,
): DayDetection {
  rows.finish();
  const { findings } = rows;
  for (const pair of pairs) {
    if (pair.sample === undefined || !isNew(pair, inputs, expectations)) continue;
    const verdict = expectations.judge(pair.sample);
    const fired = firstSeenPrincipal.fires(pair.sample, { ...context, verdict, isFirstSeen: true });
    if (fired !== undefined) findings.add(firstSeenPrincipal.id, fired, pair.seen);
  }
  findings.addAll(ofPairs);
  return { findings: findings.finished(), needed: rows.needed, touched, lastMs: rows.lastMs };
}

/** Whether a principal was first seen on its key on this day, after learning, and the key has no expectations. */
function isNew(pair: Pair, { day, seen }: DayDetectionInputs, expectations: ExpectationJudge): boolean {
  const { keyName, principalId, keyArn, keyRef, sample } = pair;
  const firstMs = seen.firstMs(keyName, principalId);
  if (firstMs === undefined || dayOf(firstMs) !== day.day || firstMs < seen.learnedMs(keyName)) return false;
  if (sample === undefined || isUseByAws(sample)) return false;
  return !expectations.namesKey(keyArn, keyRef, firstMs);
}

/** By pair, denied attempts shortly before the day. Only for pairs that were denied right at its beginning. */
async function deniedBefore(
  { view, day, settings }: DayDetectionInputs,
  pairs: readonly Pair[],
): Promise<Map<Pair, Denied[]>> {
  const start = dayStart(day.day);
  const { withinMs } = settings.deniedBurst;
  const found = new Map<Pair, Denied[]>();
  const wanted = new Map(
    pairs
      .filter(({ denied }) => denied.some(({ timeMs }) => timeMs < start + withinMs))
      .map((pair) => [`${pair.keyName}\n${pair.principalId}`, pair]),
  );
  if (wanted.size === 0) return found;
  const fromHour = Math.max(0, Math.floor((24 * HOUR_MS - withinMs) / HOUR_MS));
  for (const previous of await inspectDays(view, [dayOf(start - 1)])) {
    for await (const { length, times, use } of previous.rows('exceptions', fromHour)) {
      for (let row = 0; row < length; row++) {
        use.row = row;
        const timeMs = times[row] as number;
        if (timeMs < start - withinMs || use.outcome !== 'denied' || isReadOnlyCall(use)) continue;
        const pair = wanted.get(`${use.keyName}\n${use.principal.id ?? ''}`);
        if (pair === undefined) continue;
        const list = found.get(pair) ?? [];
        list.push({ timeMs, eventId: use.eventId });
        found.set(pair, list);
      }
    }
  }
  return found;
}

/** Tallies the uses of one hour that `Pair.hours` counts. */
async function tallyHour(
  day: InspectedDay,
  { pair, hour }: Spike,
  joinedBeforeMs: number,
  tally: EvidenceTally,
): Promise<void> {
  const from = dayStart(day.day) + hour * HOUR_MS;
  const to = Math.min(from + HOUR_MS, joinedBeforeMs);
  for await (const part of day.rows('all', hour)) {
    const { times, use } = part;
    // With the hour's end as the limit, rows after the hour are in groups of their own, without a join.
    for (const { rows, joinedTo } of part.alike(to)) {
      use.row = rows[0] as number;
      use.joinedTo = joinedTo;
      if (use.principal.id !== pair.principalId || use.keyName !== pair.keyName) continue;
      if (!countsAsSeen(use) || !hasNoJob(use)) continue;
      const ofHour = rows.filter((row) => (times[row] as number) >= from);
      if (ofHour.length > 0) tally.addRows(ofHour, times, use);
    }
  }
}
