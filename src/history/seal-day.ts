import { AliasBook, daysTouchedByAliases, referenceItems } from './alias-book.ts';
import { decodeRoot, ItemGone, readRoot } from './day-reader.ts';
import type { DayRoot } from './day-root.ts';
import {
  changeDay,
  type DayState,
  isCommitted,
  isUnsettled,
  moveDay,
  pendingHours,
  readDay,
  readDays,
} from './day-state.ts';
import { decodeJson, encodeJson } from './json-body.ts';
import { boundedName, hourMask, padded, rootPk, segmentPk } from './names.ts';
import { itemKeysOf, type OriginCounts, planSeal, type SealPlan } from './plan-seal.ts';
import type { Item, ItemKey, Table } from './table.ts';

/** What a seal replaced and what it wrote; either may have to go, see `sweep`. */
interface SweepList {
  readonly day: string;
  readonly sealVersion: number;
  readonly keys: readonly ItemKey[];
  readonly segmentPks: readonly string[];
}

/**
 * Seals what is pending of a day, again if it changed meanwhile, and tells other days what it learned.
 *
 * Safe at any interruption and with any number of sealers at once: everything is written under names of this
 * version and content, and nothing of it counts until the day's item moves, which happens once for each
 * version. A sealer that comes second starts again from what the first made.
 * @param knownPartitions what `readPartitions` answered, kept up to date here
 */
export async function sealDay(
  table: Table,
  day: string,
  why: string,
  knownPartitions?: Set<string>,
): Promise<void> {
  const known = knownPartitions ?? new Set(await readPartitions(table));
  for (;;) {
    const state = await closeGeneration(table, day);
    if (state.untold.length > 0) await tellOtherDays(table, state);
    if (pendingHours(state) === 0) return;
    let plan: SealPlan;
    try {
      plan = await planDay(table, state, why);
    } catch (error) {
      // Another sealer's sweep took what this one was reading: the day has moved on.
      if (error instanceof ItemGone && (await readDay(table, day)).sealVersion !== state.sealVersion)
        continue;
      throw error;
    }
    await commit(table, plan, known);
  }
}

/** How `sealAll` is done: by default one day after another, here. */
export interface SealAllOptions {
  /** Seals one day; somebody else's thread may do it. */
  readonly sealOne?: (day: string) => Promise<void>;
  /** Days sealed at once. */
  readonly parallel?: number;
  readonly onDay?: (day: string) => void;
}

/**
 * Seals every day that has something pending, oldest first, until none has.
 * @returns what became of the records of `origin`, whoever sealed them
 */
export async function sealAll(
  table: Table,
  origin: string,
  why: string,
  options: SealAllOptions = {},
): Promise<OriginCounts> {
  const known = new Set(await readPartitions(table));
  const sealOne = options.sealOne ?? ((day: string) => sealDay(table, day, why, known));
  for (;;) {
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
  return takeCounts(table, origin);
}

/** Plans the next version of a day without touching it: for sealing, and for answers before it. */
export async function planDay(table: Table, state: DayState, why: string): Promise<SealPlan> {
  const previous = await readRoot(table, state);
  return planSeal({
    table,
    source: table,
    state,
    ...(previous === undefined ? {} : { previous }),
    generations: Object.keys(state.pending).map(Number),
    hours: pendingHours(state),
    aliases: new AliasBook(table, state.day),
    why,
  });
}

/** From here on batches put their segments under a new generation, so that those of the old are complete. */
async function closeGeneration(table: Table, day: string): Promise<DayState> {
  return changeDay(table, day, (state) =>
    state.pending[state.open] === undefined ? undefined : { ...state, open: state.open + 1 },
  );
}

/** Writes a plan and moves the day to it; where the day has moved otherwise, nothing of the plan counts. */
async function commit(table: Table, plan: SealPlan, known: Set<string>): Promise<void> {
  const { state } = plan;
  const sweepItem = sweepListOf(plan);
  // The list of what may have to go is durable before anything is written that may have to go.
  await table.put(sweepItem);
  await table.write([...plan.items, ...pointerItems(plan, known), ...countItems(plan)]);
  for (const partition of plan.partitions) known.add(partition);
  // A day that told of an alias before our pointers were there has not told us: what it told is here now.
  // One that tells later finds our pointers, and makes the day stale under us.
  if (!(await plan.aliasBook.hasChanged())) {
    for (let current: DayState | undefined = state; current !== undefined; ) {
      if ((await moveDay(table, current, nextState(current, plan))) !== undefined) return;
      const now = await readDay(table, state.day);
      if (isCommitted(now, plan.rootName)) return;
      const isOvertaken = now.sealVersion !== state.sealVersion || now.staleCount !== state.staleCount;
      current = isOvertaken ? undefined : now;
    }
  }
  // A sweep may have taken the list before the last of its items was written.
  await table.put(sweepItem);
}

function nextState(current: DayState, plan: SealPlan): DayState {
  const sealed = new Set(Object.keys(plan.state.pending));
  const pending = Object.fromEntries(
    Object.entries(current.pending).filter(([generation]) => !sealed.has(generation)),
  );
  const { firstMs: _first, lastMs: _last, ...rest } = current;
  return {
    ...rest,
    pending,
    stale: 0,
    untold: [...new Set([...current.untold, ...plan.changedAliases])],
    sealVersion: plan.root.sealVersion,
    tags: [...current.tags, plan.rootName.slice(plan.rootName.indexOf('.') + 1)],
    root: plan.rootName,
    rows: plan.rows,
    ...(plan.firstMs === undefined ? {} : { firstMs: plan.firstMs }),
    ...(plan.lastMs === undefined ? {} : { lastMs: plan.lastMs }),
  };
}

/** Items that only lead to the day: harmless should the day never move. */
function pointerItems(plan: SealPlan, known: ReadonlySet<string>): Item[] {
  const { day } = plan.root;
  return distinct([
    ...referenceItems(day, plan.references),
    ...plan.partitions.filter((partition) => !known.has(partition)).map(partitionItem),
    ...plan.corrections.map(({ original }) => correctionItem(original, day)),
  ]);
}

function distinct(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [`${item.pk}\n${item.sk}`, item])).values()];
}

function partitionItem(partition: string): Item {
  return { pk: 'K', sk: boundedName(partition), body: encodeJson(partition) };
}

export async function readPartitions(table: Table): Promise<string[]> {
  return (await table.query('K')).map((item) => decodeJson<string>(item.body, 'The name of a key'));
}

/** Says that a day has an addendum to an event; the day's root says which. */
function correctionItem(original: string, day: string): Item {
  return { pk: 'X', sk: `${boundedName(original)}|${day}`, body: encodeJson(original) };
}

/** The days that have addenda, by the id of the event they correct. Over-approximates. */
export async function readCorrectedEvents(table: Table): Promise<Map<string, string[]>> {
  const events = new Map<string, string[]>();
  for (const item of await table.query('X')) {
    const original = decodeJson<string>(item.body, 'An addendum');
    const day = item.sk.slice(item.sk.lastIndexOf('|') + 1);
    events.set(original, [...(events.get(original) ?? []), day]);
  }
  return events;
}

function sweepListOf(plan: SealPlan): Item {
  const { state, root, rootName } = plan;
  const list: SweepList = {
    day: root.day,
    sealVersion: root.sealVersion,
    keys: [...plan.replaced, ...plan.items.map(({ pk, sk }) => ({ pk, sk }))],
    segmentPks: Object.keys(state.pending).map((generation) => segmentPk(root.day, Number(generation))),
  };
  return {
    pk: 'L',
    sk: `${root.day}.${padded(root.sealVersion)}.${rootName.slice(7)}`,
    body: encodeJson(list),
  };
}

/**
 * Takes away what seals replaced, and what was written for seals that lost a race or never came to their end.
 * A reader that still stood on it starts again from the day's new version.
 *
 * Only what no root reaches goes: names carry the version they were written for, and a version that the day
 * has passed is never written for again.
 * @returns how many items went
 */
export async function sweep(table: Table): Promise<number> {
  let swept = 0;
  for (const item of await table.query('L')) {
    const list = decodeJson<SweepList>(item.body, 'A list of what was replaced');
    const state = await readDay(table, list.day);
    // The seal that wrote the list has not come to its end: the next one of this day may take up its items.
    if (state.sealVersion < list.sealVersion || state.root === undefined) continue;
    const rootItem = await table.get({ pk: rootPk(list.day), sk: state.root });
    if (rootItem?.body === undefined) continue;
    const live = new Set(
      itemKeysOf(decodeRoot(rootItem.body, list.day), state.root).map((key) => `${key.pk}\n${key.sk}`),
    );
    const keys = list.keys.filter((key) => !live.has(`${key.pk}\n${key.sk}`));
    for (const pk of list.segmentPks) {
      // A generation that is pending again or still is someone else's to seal.
      const generation = Number.parseInt(pk.split('#')[2] ?? '', 16);
      if (state.pending[generation] !== undefined) continue;
      for (const segment of await table.query(pk)) keys.push({ pk: segment.pk, sk: segment.sk });
    }
    await table.write([], keys);
    await table.write([], [item]);
    swept += keys.length;
  }
  return swept;
}

/** Counts stand beside the version they are of: they count if it does. */
function countItems(plan: SealPlan): Item[] {
  return [...plan.counts]
    .filter(([origin]) => origin !== '')
    .map(([origin, counts]) => ({
      pk: 'O',
      sk: `${origin}|${plan.root.day}.${plan.rootName}`,
      body: encodeJson(counts),
    }));
}

async function takeCounts(table: Table, origin: string): Promise<OriginCounts> {
  const total: OriginCounts = { fresh: 0, duplicate: 0, folded: 0, rows: 0 };
  const items = await table.query('O', { from: `${origin}|`, to: `${origin}|~` });
  const states = new Map((await readDays(table)).map((state) => [state.day, state]));
  for (const item of items) {
    const name = item.sk.slice(origin.length + 1);
    const day = name.slice(0, name.indexOf('.'));
    if (!isCommitted(states.get(day), name.slice(day.length + 1))) continue;
    const counts = decodeJson<OriginCounts>(item.body, 'The counts of an import');
    total.fresh += counts.fresh;
    total.duplicate += counts.duplicate;
    total.folded += counts.folded;
    total.rows += counts.rows;
  }
  await table.write([], items);
  return total;
}

/** Makes the days stale that use an alias of which a seal has learned, and takes note that they were told. */
async function tellOtherDays(table: Table, state: DayState): Promise<void> {
  const told = state.untold;
  for (const [day, aliases] of await daysTouchedByAliases(table, told, state.day)) {
    await makeStale(table, day, aliases);
  }
  await changeDay(table, state.day, (current) => ({
    ...current,
    untold: current.untold.filter((alias) => !told.includes(alias)),
  }));
}

async function makeStale(table: Table, day: string, aliases: ReadonlySet<string>): Promise<void> {
  for (;;) {
    const state = await readDay(table, day);
    let root: DayRoot | undefined;
    try {
      root = await readRoot(table, state);
    } catch (error) {
      if (error instanceof ItemGone && (await readDay(table, day)).sealVersion !== state.sealVersion)
        continue;
      throw error;
    }
    // What is pending may use them too, and a seal of it may be on its way with what was known before.
    const stale = (root?.slots ?? [])
      .filter((slot) => slot.references.some((alias) => aliases.has(alias)))
      .reduce((mask, slot) => mask | hourMask(slot.from, slot.to), pendingHours(state));
    if (stale === 0) return;
    const next = { ...state, stale: state.stale | stale, staleCount: state.staleCount + 1 };
    if ((await moveDay(table, state, next)) !== undefined) return;
  }
}
