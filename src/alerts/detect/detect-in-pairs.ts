import { type InspectedDay, inspectDays } from '../../history/query/inspected-day.ts';
import { isReadOnlyCall } from '../../kms/operation-category.ts';
import { dayOf, dayStart, HOUR_MS } from '../../utc-time.ts';
import { DayFindings } from './day-findings.ts';
import { type DayDetectionInputs, joinedBeforeMs } from './day-inputs.ts';
import type { EvidenceTally } from './evidence-tally.ts';
import { findDeniedBurst } from './find-denied-burst.ts';
import { firstSeenOf } from './find-newcomers.ts';
import { findVolumeSpikes, type Spike } from './find-volume-spikes.ts';
import type { DatedPair } from './first-seen-index.ts';
import { countsAsSeen, type Denied, hasNoJob, nameOfPair, type Pair, subjectOfPair } from './pair.ts';
import type { RuleContext } from './rule-context.ts';

/** What the uses of one key by one principal show together, under any expectations. */
export interface PairDetection {
  readonly pairs: readonly Pair[];
  readonly findings: DayFindings;
  readonly touched: ReadonlySet<string>;
  readonly forgotten: readonly DatedPair[];
  readonly lookBackDays: number;
}

/** Asks the rules about pairs of a key and a principal. */
export async function detectInPairs(
  inputs: DayDetectionInputs,
  pairs: readonly Pair[],
  context: RuleContext,
): Promise<PairDetection> {
  const { day, settings, view } = inputs;
  const { touched, forgotten } = await recordFirstSeen(inputs, pairs, context);
  const findings = new DayFindings();
  const early = pairs.filter(({ denied }) =>
    denied.some(({ timeMs }) => timeMs < dayStart(day.day) + settings.deniedBurst.withinMs),
  );
  const before = await deniedBefore(inputs, early);
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
  const { moreThan, lookBackDays } = settings.volumeSpike;
  const isBusy = pairs.some(({ hours }) => hours.some((count) => count > moreThan));
  return {
    ...{ pairs, findings, touched, forgotten },
    lookBackDays: isBusy ? lookBackDays : early.length > 0 ? 1 : 0,
  };
}

/** Brings the first-seen index up to date with a day. */
async function recordFirstSeen(
  { day, seen, dated, records }: DayDetectionInputs,
  pairs: readonly Pair[],
  context: RuleContext,
): Promise<Pick<PairDetection, 'touched' | 'forgotten'>> {
  if (!records) return { touched: new Set(), forgotten: [] };
  const shown = pairs.flatMap((pair) => firstSeenOf(pair, context) ?? []);
  const byName = new Map(shown.map((one) => [nameOfPair(one), one]));
  await seen.load([...dated, ...shown].map(({ keyName }) => keyName));
  // Other processes record what they see.
  const isUnknown = ({ keyName, principalId }: DatedPair) => seen.firstMs(keyName, principalId) === undefined;
  await seen.reload(dated.filter(isUnknown).map(({ keyName }) => keyName));
  // What the index has at another time than the day shows is taken back first.
  const gone = dated.filter((pair) => {
    const firstMs = seen.firstMs(pair.keyName, pair.principalId);
    return firstMs === undefined || firstMs !== byName.get(nameOfPair(pair))?.firstMs;
  });
  const forgotten = gone.filter((pair) => {
    const firstMs = seen.firstMs(pair.keyName, pair.principalId);
    return firstMs !== undefined && dayOf(firstMs) === day.day && !byName.has(nameOfPair(pair));
  });
  const taken = await seen.forget(day.day, gone);
  const touched = new Set([...taken, ...(await seen.record(shown))]);
  return { touched, forgotten };
}

/** By pair, denied attempts shortly before the day. @param pairs those that were denied right at its beginning */
async function deniedBefore(
  { view, day, settings }: DayDetectionInputs,
  pairs: readonly Pair[],
): Promise<Map<Pair, Denied[]>> {
  const start = dayStart(day.day);
  const { withinMs } = settings.deniedBurst;
  const found = new Map<Pair, Denied[]>();
  const wanted = new Map(pairs.map((pair) => [nameOfPair(pair), pair]));
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
