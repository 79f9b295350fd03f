import type { Item, Table } from '../../table/table.ts';
import type { OriginCounts } from '../append/append.ts';
import { SegmentSources } from '../append/segment-stream.ts';
import { ItemGone, readRoot } from '../day/day-reader.ts';
import {
  closeGeneration,
  type DayState,
  hasMovedOn,
  isCommitted,
  isUnsettled,
  moveDay,
  pendingHours,
  readDay,
  readDays,
} from '../day/day-state.ts';
import { jobFactsOf } from '../evidence/alias-facts.ts';
import { appendJobFacts } from '../evidence/evidence-items.ts';
import { EvidenceStore } from '../evidence/evidence-store.ts';
import { settleEvidence } from '../evidence/settle-evidence.ts';
import { DayAliases } from './day-aliases.ts';
import { countItems, readCounts } from './origin-counts.ts';
import { partOfDay } from './part-of-day.ts';
import { planSeal } from './plan-seal.ts';
import { pointerItems, readKeyNames } from './pointer-items.ts';
import type { PlanInput, SealPlan } from './seal-plan.ts';
import { sweepListOf } from './sweep.ts';

/** What a sealer remembers from one day to the next. */
export interface SealerMemory {
  /** What `readKeyNames` answered, and what was sealed since. */
  readonly keyNames: Set<string>;
  readonly evidence: EvidenceStore;
}

export async function newSealerMemory(table: Table): Promise<SealerMemory> {
  return { keyNames: new Set(await readKeyNames(table)), evidence: new EvidenceStore(table) };
}

/**
 * Seals the pending hours of a day, again if more came meanwhile. Hours that became stale meanwhile are left to the next call; `sealAll` goes on until there are none.
 *
 * Safe at any interruption and with any number of sealers at once: everything is written under names of this
 * version and content, and nothing of it counts until the day's item moves, which happens once for each
 * version. A sealer that loses this race starts again from the winner's version.
 * @returns whether there was time for all of it
 */
export async function sealDay(
  table: Table,
  day: string,
  why: string,
  remembered?: SealerMemory,
  { onSealed, isOnce = false, mostRows, isTimeLeft = () => true }: SealDayOptions = {},
): Promise<boolean> {
  const memory = remembered ?? (await newSealerMemory(table));
  let isMoreToDo = false;
  let sealedHours = 0;
  for (let isSealed = false; ; ) {
    const isLast: boolean = isSealed && isOnce && !isMoreToDo;
    const now: DayState = await (isLast ? readDay(table, day) : closeGeneration(table, day));
    // Hours of earlier parts that became stale meanwhile are left to the next call too.
    const state: DayState = isMoreToDo ? { ...now, stale: now.stale & ~sealedHours } : now;
    if (state.expired !== undefined) return true;
    // Stale hours wait for the next call: until then more changes may come.
    const isWhole = isSealed && !isMoreToDo;
    const isDone = isWhole ? Object.keys(state.pending).length === 0 : pendingHours(state) === 0;
    if (isDone || isLast) return true;
    if (isMoreToDo && !isTimeLeft()) return false;
    let plan: SealPlan;
    try {
      plan = await planDay(table, state, why, memory.evidence, mostRows === undefined ? {} : { mostRows });
    } catch (error) {
      // Another sealer's sweep deleted what this one was reading, or the day expired.
      if (error instanceof ItemGone && hasMovedOn(state, await readDay(table, day))) continue;
      throw error;
    }
    if (plan.newAliasFacts.size > 0) {
      // They are settled first, so that other days are invalidated by them whatever becomes of this seal.
      await appendJobFacts(table, jobFactsOf(plan.newAliasFacts));
      await settleEvidence(table);
      continue;
    }
    if (await commit(table, now, plan, memory.keyNames)) {
      isSealed = true;
      sealedHours |= pendingHours(plan.state);
      isMoreToDo = plan.state !== state;
      onSealed?.(plan);
    }
  }
}

/** What a committed seal found. */
export type SealReport = Pick<SealPlan, 'counts' | 'unattributed'>;

interface SealDayOptions {
  /** Called with each plan that was committed. */
  readonly onSealed?: (plan: SealPlan) => void;
  /** Whether facts that come meanwhile are left to the next call: there may be no end to them. */
  readonly isOnce?: boolean;
  /** The rows that are sealed at once, up to whole hours; a larger day is sealed in parts, first hours first. */
  readonly mostRows?: number;
  /** Asked between parts. */
  readonly isTimeLeft?: () => boolean;
}

/** How `sealAll` works: by default one day after another, in this thread. */
export interface SealAllOptions {
  /** Seals one day, perhaps in another thread. */
  readonly sealOne?: (day: string) => Promise<unknown>;
  /** Days sealed at once. */
  readonly parallel?: number;
  /** Called after each day with how many were sealed, and how many there are so far. */
  readonly onDay?: (day: string, sealed: number, of: number) => void;
}

/** How a scheduled sealer works. */
export interface SealDueOptions {
  readonly isDue: (state: DayState) => boolean;
  /** Asked before each day and each part of one; the rest is left to the next run. */
  readonly isTimeLeft: () => boolean;
  /** See `SealDayOptions.mostRows`. */
  readonly mostRows?: number;
  readonly onSealed?: (plan: SealPlan) => void;
}

/**
 * Settles job facts and seals the days that are due, oldest first, each once. What comes meanwhile, and what one day
 * changes of a day that was sealed before, is left to the next run.
 * @returns the days that there was no time for, or not for all of, oldest first
 */
export async function sealDue(
  table: Table,
  why: string,
  { isDue, isTimeLeft, mostRows, onSealed }: SealDueOptions,
): Promise<readonly string[]> {
  const memory = await newSealerMemory(table);
  const visited = new Set<string>();
  for (;;) {
    await settleEvidence(table);
    const due = (await readDays(table)).filter((state) => isDue(state) && !visited.has(state.day));
    if (due.length === 0) return [];
    for (const [index, { day }] of due.entries()) {
      const left = () => due.slice(index).map((state) => state.day);
      if (!isTimeLeft()) return left();
      visited.add(day);
      const isComplete = await sealDay(table, day, why, memory, {
        isOnce: true,
        isTimeLeft,
        ...(mostRows === undefined ? {} : { mostRows }),
        ...(onSealed === undefined ? {} : { onSealed }),
      });
      if (!isComplete) return left();
    }
  }
}

/**
 * Settles job facts and seals every day that has something pending, oldest first, until none has.
 * @returns what has become of the records of `origin` so far, whoever sealed them
 */
export async function sealAll(
  table: Table,
  origin: string,
  why: string,
  options: SealAllOptions = {},
): Promise<OriginCounts> {
  const memory = await newSealerMemory(table);
  const sealOne = options.sealOne ?? ((day: string) => sealDay(table, day, why, memory));
  let sealed = 0;
  for (;;) {
    await settleEvidence(table);
    const pending = (await readDays(table)).filter(isUnsettled);
    const of = sealed + pending.length;
    if (pending.length === 0) break;
    // Each takes consecutive days, which are judged by mostly the same evidence.
    const parallel = Math.max(1, options.parallel ?? 1);
    const share = Math.ceil(pending.length / parallel);
    const run = async (_: unknown, number: number) => {
      for (const { day } of pending.slice(number * share, (number + 1) * share)) {
        await sealOne(day);
        sealed++;
        options.onDay?.(day, sealed, of);
      }
    };
    await Promise.all(Array.from({ length: parallel }, run));
  }
  return readCounts(table, origin);
}

interface PlanDayOptions {
  readonly purpose?: PlanInput['purpose'];
  readonly mostRows?: number;
  /** By partition key, the segments that have been read already. */
  readonly read?: ReadonlyMap<string, readonly Item[]>;
}

/** Plans the next version of a day and writes nothing: for a seal, or for answers before it. */
export async function planDay(
  table: Table,
  state: DayState,
  why: string,
  evidence: EvidenceStore,
  { purpose = 'seal', mostRows = Number.POSITIVE_INFINITY, read }: PlanDayOptions = {},
): Promise<SealPlan> {
  const previous = await readRoot(table, state);
  const segments = new SegmentSources(table, state, read);
  const part =
    mostRows === Number.POSITIVE_INFINITY ? state : await partOfDay(state, previous, segments, mostRows);
  const known = await evidence.of(state.day);
  return planSeal({
    source: table,
    state: part,
    ...(previous === undefined ? {} : { previous }),
    segments,
    hours: pendingHours(part),
    aliases: new DayAliases(known.aliases),
    evidence: known,
    why,
    purpose,
  });
}

/**
 * Writes a plan and moves the day to it. Where another seal has moved the day, nothing of the plan counts.
 * @returns whether the day moved to the plan
 */
async function commit(table: Table, state: DayState, plan: SealPlan, known: Set<string>): Promise<boolean> {
  const sweepItem = sweepListOf(plan);
  // The sweep list is durable before any item is written that may have to be swept.
  await table.put(sweepItem);
  await table.write([...plan.items, ...pointerItems(plan, known), ...countItems(plan)]);
  for (const keyName of plan.keyNames) known.add(keyName);
  for (let current: DayState | undefined = state; current !== undefined; ) {
    if ((await moveDay(table, current, nextState(current, plan))) !== undefined) return true;
    const now = await readDay(table, state.day);
    if (isCommitted(now, plan.rootName)) return true;
    current = now.sealVersion === state.sealVersion ? now : undefined;
  }
  // A sweep may have deleted the list before the last of its items was written.
  await table.put(sweepItem);
  return false;
}

/**
 * The stale hours after a seal. If hours became stale after the plan was made, they stay stale, with all hours that it
 * judged: what is new may concern slots that nobody knew were being judged again. Hours that were judged by facts which
 * are not settled yet become stale too: days are invalidated by the difference between two settled states, and this was
 * neither of them.
 */
function staleAfter(current: DayState, plan: SealPlan): number {
  const isInvalidated = current.staleCount !== plan.state.staleCount;
  const left = isInvalidated ? current.stale : current.stale & ~plan.state.stale;
  return left | (isInvalidated || !plan.isJudgedBySettled ? plan.judgedHours : 0);
}

function nextState(current: DayState, plan: SealPlan): DayState {
  const pending = Object.fromEntries(
    Object.entries(current.pending)
      .map(([generation, hours]): [string, number] => [
        generation,
        hours & ~(plan.state.pending[Number(generation)] ?? 0),
      ])
      .filter(([, hours]) => hours !== 0),
  );
  const { firstMs: _first, lastMs: _last, ...rest } = current;
  return {
    ...rest,
    pending,
    stale: staleAfter(current, plan),
    sealVersion: plan.root.sealVersion,
    tags: [...current.tags, plan.rootName.slice(plan.rootName.indexOf('.') + 1)],
    indexRuns: plan.root.index.map(({ version, bits }) => ({ version, bits })),
    root: plan.rootName,
    rows: plan.rows,
    ...(plan.firstMs === undefined ? {} : { firstMs: plan.firstMs }),
    ...(plan.lastMs === undefined ? {} : { lastMs: plan.lastMs }),
  };
}
