import type { ExpectationJudge } from '../../expectations/verdict.ts';
import {
  type AlikeRows,
  type DayRows,
  inspectDays,
  type PairUse,
} from '../../history/query/inspected-day.ts';
import { DAY_MS, dayOf, dayStart } from '../../utc-time.ts';
import type { Finding } from '../finding.ts';
import { isAwsPrincipal } from './aws-principal.ts';
import type { DayNotes } from './checked-days.ts';
import { type DayDetectionInputs, joinedBeforeMs } from './day-inputs.ts';
import { DayPairs } from './day-pairs.ts';
import { detectInPairs, type PairDetection } from './detect-in-pairs.ts';
import { shortNameOf } from './detect-stopped-uses.ts';
import { findNewcomers, subjectOfNewcomers } from './find-newcomers.ts';
import type { DatedPair } from './first-seen-index.ts';
import { placeName } from './job-part.ts';
import { nameOfPair, type Pair } from './pair.ts';
import { RowDetector } from './row-detector.ts';
import { type RuleContext, ruleContextOf } from './rule-context.ts';
import { SessionTies } from './session-ties.ts';

/** What detection over one day found, under one set of expectations. */
export interface DayDetection {
  readonly findings: readonly Finding[];
  /** By expectation, the time of the last use that needed it, epoch milliseconds. */
  readonly needed: ReadonlyMap<string, number>;
  /** Days whose findings may have changed by what this one shows of who was first seen. */
  readonly touched: ReadonlySet<string>;
  /** Pairs that are no longer first seen on this day, and on no earlier one. */
  readonly forgotten: readonly DatedPair[];
  /** The time of the newest row, epoch milliseconds. */
  readonly lastMs: number;
  readonly notes: Pick<DayNotes, 'begins' | 'lookBackDays' | 'olderIn' | 'movedAliases' | 'idlePairs'>;
}

/**
 * Asks every rule about one day, once for each set of expectations. The result depends only on the history, the
 * first-seen index and the expectations.
 */
export async function detectDay(
  inputs: DayDetectionInputs,
  judges: readonly ExpectationJudge[],
): Promise<DayDetection[]> {
  const { day, knowledge, seen, whole } = inputs;
  const before = joinedBeforeMs(inputs);
  const startMs = dayStart(day.day);
  const pairs = new DayPairs(startMs);
  const begins = new Map<string, number>();
  const needs = { olderIn: new Set<string>(), movedAliases: new Set<string>(), grantees: new Set<string>() };
  const detections = judges.map((expectations) => {
    const context = ruleContextOf(knowledge, expectations, seen, whole, needs);
    return { expectations, context, rows: new RowDetector(expectations, context) };
  });
  const [{ context } = { context: undefined }] = detections;
  if (context === undefined) return [];
  const ties = new SessionTies(knowledge.evidence, context, startMs);
  for await (const rows of day.rows()) {
    const kinds = rows.alike(before);
    pairs.take(rows, kinds);
    ties.take(rows, kinds);
    noteBegins(begins, rows, kinds);
    for (const detection of detections) detection.rows.take(rows, kinds);
  }
  const usesDayBefore = await detectTied(inputs, detections, ties);
  const ofPairs = await detectInPairs(inputs, pairs.values(), context);
  for (const { rows } of detections) rows.finish();
  if (inputs.records) await seen.recordGrantees(day.day, [...needs.grantees].map(pairIn));
  const lookBackDays = Math.max(ofPairs.lookBackDays, usesDayBefore ? 1 : 0);
  const notes = {
    ...{ begins: Object.fromEntries([...begins].sort()), lookBackDays },
    ...{ olderIn: [...needs.olderIn].sort(), movedAliases: [...needs.movedAliases].sort() },
    idlePairs: idleAmong(await day.pairUses(), pairs.values()),
  };
  return detections.map((each) => ({ ...concluded(inputs, each, ofPairs), notes }));
}

function noteBegins(begins: Map<string, number>, { use }: DayRows, kinds: readonly AlikeRows[]): void {
  for (const { rows, firstMs } of kinds) {
    use.row = rows[0] as number;
    const place = placeName(use.accountId, use.region);
    begins.set(place, Math.min(firstMs, begins.get(place) ?? firstMs));
  }
}

/** The pairs of a day without a use that counts, by their short names. */
function idleAmong(uses: readonly PairUse[], pairs: readonly Pair[]): string[] {
  const used = new Set(pairs.filter(({ seen }) => !seen.isEmpty).map(nameOfPair));
  const idle = new Set<string>();
  for (const { keyName, principalId } of uses) {
    if (principalId === null || used.has(nameOfPair({ keyName, principalId }))) continue;
    // Rules about pairs leave AWS and uses without a key out.
    if (!isAwsPrincipal(principalId) && !keyName.startsWith('none:'))
      idle.add(shortNameOf(keyName, principalId));
  }
  return [...idle].sort();
}

/** Finds uses of credentials that outlived their job. @returns whether the day before has a part in the result */
async function detectTied(
  inputs: DayDetectionInputs,
  detections: readonly JudgedRows[],
  ties: SessionTies,
): Promise<boolean> {
  const { view, day, knowledge } = inputs;
  const before = joinedBeforeMs(inputs);
  const usesDayBefore = ties.needsDayBefore;
  const [{ context } = { context: undefined }] = detections;
  if (usesDayBefore && context !== undefined) {
    const startMs = dayStart(day.day) - DAY_MS;
    for (const previous of await inspectDays(view, [dayOf(startMs)])) {
      const earlier = new SessionTies(knowledge.evidence, context, startMs);
      for await (const rows of previous.rows()) earlier.take(rows, rows.alike(before));
      ties.addBefore(earlier.jobs);
    }
  }
  const tied = ties.tied();
  if (tied.size === 0) return usesDayBefore;
  for await (const rows of day.rows()) {
    const kinds = rows.alike(before);
    for (const detection of detections) detection.rows.takeTied(rows, kinds, tied);
  }
  return usesDayBefore;
}

function pairIn(name: string): DatedPair {
  const at = name.indexOf('\n');
  return { keyName: name.slice(0, at), principalId: name.slice(at + 1) };
}

/** One set of expectations, and the rows judged under it. */
interface JudgedRows {
  readonly expectations: ExpectationJudge;
  readonly context: RuleContext;
  readonly rows: RowDetector;
}

/** Adds the findings about pairs to those of the rows. */
function concluded(
  { day, seen }: DayDetectionInputs,
  { expectations, rows }: JudgedRows,
  { pairs, findings: ofPairs, touched, forgotten }: PairDetection,
): Omit<DayDetection, 'notes'> {
  const { findings } = rows;
  for (const found of findNewcomers(pairs, day.day, seen, expectations))
    findings.add('first-seen-principal', { subject: subjectOfNewcomers(found) }, found.tally);
  findings.addAll(ofPairs);
  return { findings: findings.finished(), needed: rows.needed, touched, forgotten, lastMs: rows.lastMs };
}
