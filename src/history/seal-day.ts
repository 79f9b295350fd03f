import { AliasBook, aliasItems, daysTouchedByAliases, referenceItems } from './alias-book.ts';
import { decodeRoot, ItemGone, readRoot } from './day-reader.ts';
import { changeDay, type DayState, moveDay, pendingHours, readDay, readDays } from './day-state.ts';
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
 * Seals what is pending of a day, again if it changed meanwhile.
 *
 * Safe at any interruption and with any number of sealers at once: everything is written under names of this
 * version and content, and nothing of it counts until the day's item moves, which happens once for each
 * version. A sealer that comes second starts again from what the first made.
 * @param origin whose counts the caller takes; others' are left in the table for them
 * @param knownPartitions what `readPartitions` answered, kept up to date here
 * @returns the counts of `origin`
 */
export async function sealDay(
  table: Table,
  day: string,
  origin: string,
  why: string,
  knownPartitions?: Set<string>,
): Promise<OriginCounts> {
  const known = knownPartitions ?? new Set(await readPartitions(table));
  const total: OriginCounts = { fresh: 0, duplicate: 0, folded: 0, rows: 0 };
  for (;;) {
    const state = await closeGeneration(table, day);
    if (pendingHours(state) === 0) return total;
    let plan: SealPlan;
    try {
      plan = await planDay(table, state, why);
    } catch (error) {
      // Another sealer's sweep took what this one was reading: the day has moved on.
      if (error instanceof ItemGone && (await readDay(table, day)).sealVersion !== state.sealVersion)
        continue;
      throw error;
    }
    if (await commit(table, plan, known)) {
      addCounts(total, plan.counts.get(origin));
      await leaveCounts(table, plan, origin);
    }
  }
}

/** How `sealAll` is done: by default one day after another, here. */
export interface SealAllOptions {
  /** Seals one day; somebody else's thread may do it. */
  readonly sealOne?: (day: string) => Promise<OriginCounts>;
  /** Days sealed at once. */
  readonly parallel?: number;
  readonly onDay?: (day: string) => void;
}

/** Seals every day that has something pending, oldest first, until none has. */
export async function sealAll(
  table: Table,
  origin: string,
  why: string,
  options: SealAllOptions = {},
): Promise<OriginCounts> {
  const total: OriginCounts = { fresh: 0, duplicate: 0, folded: 0, rows: 0 };
  const known = new Set(await readPartitions(table));
  const sealOne = options.sealOne ?? ((day: string) => sealDay(table, day, origin, why, known));
  for (;;) {
    const pending = (await readDays(table)).filter((state) => pendingHours(state) !== 0);
    if (pending.length === 0) break;
    // Each takes days that follow each other: what one day tells of aliases is there for the next.
    const parallel = Math.max(1, options.parallel ?? 1);
    const share = Math.ceil(pending.length / parallel);
    const run = async (_: unknown, number: number) => {
      for (const { day } of pending.slice(number * share, (number + 1) * share)) {
        addCounts(total, await sealOne(day));
        options.onDay?.(day);
      }
    };
    await Promise.all(Array.from({ length: parallel }, run));
  }
  for (const item of await table.query('O', { from: `${origin}|`, to: `${origin}|~` })) {
    addCounts(total, decodeJson<OriginCounts>(item.body, 'The counts of an import'));
    await table.write([], [item]);
  }
  return total;
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

async function commit(table: Table, plan: SealPlan, known: Set<string>): Promise<boolean> {
  const { state } = plan;
  const sweepItem = sweepListOf(plan);
  // The list of what may have to go is durable before anything is written that may have to go.
  await table.put(sweepItem);
  await table.write([...plan.items, ...pointerItems(plan, known)], obsoleteCorrections(plan));
  for (const partition of plan.partitions) known.add(partition);
  // Days that use an alias this day tells of are found by the pointers they wrote; one that was planned
  // before our facts were there, and writes its pointers after we looked, sees our facts here.
  await touchOtherDays(table, plan);
  if (await plan.aliasBook.hasChanged()) return false;
  for (let current: DayState = state; ; ) {
    const moved = await moveDay(table, current, nextState(current, plan));
    if (moved !== undefined) return true;
    current = await readDay(table, state.day);
    const isSameVersion = current.sealVersion === state.sealVersion && current.root === state.root;
    if (!isSameVersion || isStaleSince(current, state)) return false;
  }
}

/** Whether hours were found stale after the plan was made. */
function isStaleSince(current: DayState, planned: DayState): boolean {
  return (current.stale & ~planned.stale) !== 0;
}

function nextState(current: DayState, plan: SealPlan): DayState {
  const sealed = new Set(Object.keys(plan.state.pending));
  const pending = Object.fromEntries(
    Object.entries(current.pending).filter(([generation]) => !sealed.has(generation)),
  );
  const { firstMs, lastMs, ...rest } = current;
  return {
    ...rest,
    pending,
    stale: 0,
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
    ...(plan.changedAliases.size === 0 ? [] : aliasItems(day, plan.aliases)),
    ...referenceItems(day, plan.references),
    ...plan.partitions.filter((partition) => !known.has(partition)).map(partitionItem),
    ...plan.corrections.map(({ original, by }) => correctionItem(original, by)),
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

interface StoredCorrection {
  readonly original: string;
  readonly by: string;
}

/** An addendum that was pointed to by its own id before its copy was folded into another. */
function obsoleteCorrections(plan: SealPlan): ItemKey[] {
  return plan.corrections.flatMap(({ original, copies }) =>
    copies.map((copy) => correctionKey(original, copy)),
  );
}

function correctionKey(original: string, by: string): ItemKey {
  return { pk: 'X', sk: `${boundedName(original)}|${boundedName(by)}` };
}

function correctionItem(original: string, by: string): Item {
  return {
    ...correctionKey(original, by),
    body: encodeJson({ original, by } satisfies StoredCorrection),
  };
}

/** Addenda by the id of the event they correct; where there are several, the one that sorts last. */
export async function readCorrections(table: Table): Promise<Map<string, string>> {
  const corrections = new Map<string, string>();
  for (const item of await table.query('X')) {
    const { original, by } = decodeJson<StoredCorrection>(item.body, 'An addendum');
    corrections.set(original, by);
  }
  return corrections;
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

function addCounts(total: OriginCounts, counts: OriginCounts | undefined): void {
  if (counts === undefined) return;
  total.fresh += counts.fresh;
  total.duplicate += counts.duplicate;
  total.folded += counts.folded;
  total.rows += counts.rows;
}

async function leaveCounts(table: Table, plan: SealPlan, origin: string): Promise<void> {
  for (const [other, counts] of plan.counts) {
    if (other === origin || other === '') continue;
    await table.put({
      pk: 'O',
      sk: `${other}|${plan.root.day}.${plan.rootName}`,
      body: encodeJson(counts),
    });
  }
}

/** An alias that this day's records tell more of may resolve uses on other days. */
async function touchOtherDays(table: Table, plan: SealPlan): Promise<void> {
  const touched = await daysTouchedByAliases(table, plan.changedAliases, plan.root.day);
  for (const [day, aliases] of touched) {
    const root = await readRoot(table, await readDay(table, day));
    const stale = (root?.slots ?? [])
      .filter((slot) => slot.references.some((alias) => aliases.includes(alias)))
      .reduce((mask, slot) => mask | hourMask(slot.from, slot.to), 0);
    if (stale === 0) continue;
    await changeDay(table, day, (state) =>
      (state.stale & stale) === stale ? undefined : { ...state, stale: state.stale | stale },
    );
  }
}
