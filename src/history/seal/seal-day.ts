import type { Item, Table } from '../../table/table.ts';
import { hourMask } from '../../utc-time.ts';
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
import { AliasStore } from '../evidence/alias-store.ts';
import { EvidenceStore } from '../evidence/evidence-store.ts';
import { invalidateOtherDays } from '../evidence/invalidate-other-days.ts';
import { settleEvidence } from '../evidence/settle-evidence.ts';
import { countItems, readCounts } from './origin-counts.ts';
import { partOfDay } from './part-of-day.ts';
import { planSeal } from './plan-seal.ts';
import { pointerItems, readKeyNames } from './pointer-items.ts';
import type { OriginCounts, PlanInput, SealPlan } from './seal-plan.ts';
import { sweepListOf } from './sweep.ts';

/** What a sealer keeps from one day to the next. */
export interface SealerMemory {
  /** What `readKeyNames` answered, and what was sealed since. */
  readonly keyNames: Set<string>;
  readonly evidence: EvidenceStore;
}

export async function newSealerMemory(table: Table): Promise<SealerMemory> {
  return { keyNames: new Set(await readKeyNames(table)), evidence: new EvidenceStore(table) };
}

/**
 * Seals what is pending of a day, again if more came meanwhile, and tells other days what it learned. Hours
 * that were found stale while it did are left to the next time; `sealAll` goes on until there are none.
 *
 * Safe at any interruption and with any number of sealers at once: everything is written under names of this
 * version and content, and nothing of it counts until the day's item moves, which happens once for each
 * version. A sealer that comes second starts again from what the first made.
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
    // What earlier parts were found stale of meanwhile is for the next time, too.
    const state: DayState = isMoreToDo ? { ...now, stale: now.stale & ~sealedHours } : now;
    if (state.expired !== undefined) return true;
    if (state.pendingInvalidations.length > 0) await invalidateOtherDays(table, state);
    // What was learned of aliases meanwhile waits for the next time: there may be more to learn till then.
    const isWhole = isSealed && !isMoreToDo;
    const isDone = isWhole ? Object.keys(state.pending).length === 0 : pendingHours(state) === 0;
    if (isDone || isLast) return true;
    if (isMoreToDo && !isTimeLeft()) return false;
    let plan: SealPlan;
    try {
      plan = await planDay(table, state, why, memory.evidence, mostRows === undefined ? {} : { mostRows });
    } catch (error) {
      // Another sealer's sweep took what this one was reading, or the day expired: it has moved on.
      if (error instanceof ItemGone && hasMovedOn(state, await readDay(table, day))) continue;
      throw error;
    }
    if (await commit(table, now, plan, memory.keyNames)) {
      isSealed = true;
      sealedHours |= pendingHours(plan.state);
      isMoreToDo = plan.state !== state;
      onSealed?.(plan);
    }
  }
}

interface SealDayOptions {
  /** Called with each plan that came to count. */
  readonly onSealed?: (plan: SealPlan) => void;
  /** Whether what comes meanwhile is left to the next time: there may be no end to it. */
  readonly isOnce?: boolean;
  /** Sealed at once, as nearly as whole hours come to it; a larger day is sealed in parts, the first hours first. */
  readonly mostRows?: number;
  /** Asked between parts. */
  readonly isTimeLeft?: () => boolean;
}

/** How `sealAll` is done: by default one day after another, here. */
export interface SealAllOptions {
  /** Seals one day; somebody else's thread may do it. */
  readonly sealOne?: (day: string) => Promise<unknown>;
  /** Days sealed at once. */
  readonly parallel?: number;
  readonly onDay?: (day: string) => void;
}

/** What a sealer does that comes by now and then. */
export interface SealDueOptions {
  readonly isDue: (state: DayState) => boolean;
  /** Asked before each day and each part of one: what is left is for the next time. */
  readonly isTimeLeft: () => boolean;
  /** See `SealDayOptions.mostRows`. */
  readonly mostRows?: number;
  readonly onSealed?: (plan: SealPlan) => void;
}

/**
 * Takes in what has come of jobs, and seals the days that are due, oldest first, each once: what one tells another that
 * was sealed before is for the next time, and so is what comes meanwhile.
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
 * Takes in what has come of jobs, and seals every day that has something pending, oldest first, until none has.
 * @returns what became so far of the records of `origin`, whoever sealed them
 */
export async function sealAll(
  table: Table,
  origin: string,
  why: string,
  options: SealAllOptions = {},
): Promise<OriginCounts> {
  const memory = await newSealerMemory(table);
  const sealOne = options.sealOne ?? ((day: string) => sealDay(table, day, why, memory));
  for (;;) {
    await settleEvidence(table);
    const pending = (await readDays(table)).filter(isUnsettled);
    if (pending.length === 0) break;
    // Each takes days that follow each other: what one day tells of aliases is there for the next.
    const parallel = Math.max(1, options.parallel ?? 1);
    const share = Math.ceil(pending.length / parallel);
    const run = async (_: unknown, number: number) => {
      for (const { day } of pending.slice(number * share, (number + 1) * share)) {
        await sealOne(day);
        options.onDay?.(day);
      }
    };
    await Promise.all(Array.from({ length: parallel }, run));
  }
  return readCounts(table, origin);
}

interface PlanDayOptions {
  readonly purpose?: PlanInput['purpose'];
  readonly mostRows?: number;
  /** By partition key, segments that have been read whole. */
  readonly read?: ReadonlyMap<string, readonly Item[]>;
}

/** Plans the next version of a day without touching it: for sealing, and for answers before it. */
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
  return planSeal({
    source: table,
    state: part,
    ...(previous === undefined ? {} : { previous }),
    segments,
    hours: pendingHours(part),
    aliases: new AliasStore(table, state.day),
    evidence: await evidence.of(state.day),
    why,
    purpose,
  });
}

/**
 * Writes a plan and moves the day to it; where the day has moved otherwise, nothing of the plan counts.
 * @returns whether the day moved to it
 */
async function commit(table: Table, state: DayState, plan: SealPlan, known: Set<string>): Promise<boolean> {
  const sweepItem = sweepListOf(plan);
  // The list of what may have to go is durable before anything is written that may have to go.
  await table.put(sweepItem);
  await table.write([...plan.items, ...pointerItems(plan, known), ...countItems(plan)]);
  for (const keyName of plan.keyNames) known.add(keyName);
  // A day that told of an alias before our pointers were there has not told us: what it told is here now.
  // One that tells later finds our pointers, and makes the day stale.
  const unresolved = (await plan.aliases.hasChanged()) ? hoursOfReferences(plan) : 0;
  for (let current: DayState | undefined = state; current !== undefined; ) {
    if ((await moveDay(table, current, nextState(current, plan, unresolved))) !== undefined) return true;
    const now = await readDay(table, state.day);
    if (isCommitted(now, plan.rootName)) return true;
    current = now.sealVersion === state.sealVersion ? now : undefined;
  }
  // A sweep may have taken the list before the last of its items was written.
  await table.put(sweepItem);
  return false;
}

function hoursOfReferences(plan: SealPlan): number {
  return plan.root.slots
    .filter((slot) => slot.references.length > 0)
    .reduce((mask, slot) => mask | hourMask(slot.from, slot.to), 0);
}

/**
 * Hours found stale since the plan was made are so still, and all that it judged: what is new may concern slots
 * that nobody could know to be judged again. So it is with what was judged by facts that still wait to be taken in:
 * the days are told what changes from one settled state to the next, and this is neither.
 */
function staleAfter(current: DayState, plan: SealPlan): number {
  const isTold = current.staleCount !== plan.state.staleCount;
  const left = isTold ? current.stale : current.stale & ~plan.state.stale;
  return left | (isTold || !plan.isJudgedBySettled ? plan.judgedHours : 0);
}

function nextState(current: DayState, plan: SealPlan, unresolved: number): DayState {
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
    stale: staleAfter(current, plan) | unresolved,
    pendingInvalidations: [...current.pendingInvalidations, ...plan.changedAliases],
    sealVersion: plan.root.sealVersion,
    tags: [...current.tags, plan.rootName.slice(plan.rootName.indexOf('.') + 1)],
    indexRuns: plan.root.index.map(({ version, bits }) => ({ version, bits })),
    root: plan.rootName,
    rows: plan.rows,
    ...(plan.firstMs === undefined ? {} : { firstMs: plan.firstMs }),
    ...(plan.lastMs === undefined ? {} : { lastMs: plan.lastMs }),
  };
}
