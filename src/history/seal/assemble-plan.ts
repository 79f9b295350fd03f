import { JUDGING_RULES } from '../../attribution/attributor.ts';
import { contentName } from '../../table/content-name.ts';
import { itemName } from '../../table/item-name.ts';
import { encodeJson } from '../../table/json-body.ts';
import type { ItemKey } from '../../table/table.ts';
import { dayStart, hourMask } from '../../utc-time.ts';
import {
  contentOfBuckets,
  type DayRoot,
  type HourSeal,
  type IndexRun,
  indexItemKey,
  itemKeysOf,
  type Slot,
} from '../day/day-root.ts';
import type { DayState } from '../day/day-state.ts';
import { newAliasFacts } from '../evidence/alias-facts.ts';
import {
  bucketOf,
  DAY_SEEN_PK,
  dependenciesPk,
  directoryName,
  jobBucketOf,
  jobPagePk,
  pagePk,
  pointersPk,
  rootNameOf,
  rootPk,
} from '../facts/table-keys.ts';
import { directoryOf, encodeDirectory } from '../pages/day-directory.ts';
import { encodeDaySeen, seenInKeyDays } from '../pages/day-seen.ts';
import { encodeDependencies, type SlotDependencies, sortedObservations } from '../pages/dependencies.ts';
import { encodeJobPage, jobDaysOf } from '../pages/job-page.ts';
import type { KeyDay } from '../pages/key-day.ts';
import { encodePage } from '../pages/key-page.ts';
import { encodePointers, noPointers } from '../pages/principal-pointers.ts';
import { aliasFactsOf } from './day-aliases.ts';
import { changeIndex, type IndexChange, type IndexEntries } from './day-index.ts';
import { mergeKeyDays } from './merge-key-days.ts';
import type { ObservedDay } from './observe-day.ts';
import type { PlannedSlots } from './plan-slots.ts';
import { type NamedBody, named, type PlannedItems } from './planned-items.ts';
import type { PlanInput, SealPlan } from './seal-plan.ts';
import { hoursOf, type SlotPlan } from './slot-plan.ts';

/** Makes the root of the next version, and the items beside the chunks that it lists. */
export async function assemblePlan(
  input: PlanInput,
  planned: PlannedSlots,
  observed: ObservedDay,
  entries: IndexEntries,
): Promise<SealPlan> {
  const { previous, source, state } = input;
  const { slots, items, counts, unattributed } = planned;
  const keyDays = await mergeKeyDays(slots, previous, source);
  const index = await changeIndex(entries, previous, source);
  const { root, rootName } = putRoot(input, planned, observed, keyDays, index);
  return {
    state,
    root,
    rootName,
    items: items.items,
    replaced: replacedBy(root, previous, state),
    counts,
    newAliasFacts: newAliasFacts(input.evidence.aliases, aliasFactsOf(root.slots)),
    corrections: root.slots.flatMap((slot) => slot.corrections),
    keyNames: keyDays.map((keyDay) => keyDay.keyName),
    judgedHours: judgedHoursOf(slots),
    isJudgedBySettled: input.evidence.isSettled,
    unattributed,
    ...boundsOf(keyDays),
  };
}

/** Adds the root, the directory beside it and what the root lists to the planned items. */
function putRoot(
  { previous, state, why }: PlanInput,
  { slots, items }: PlannedSlots,
  observed: ObservedDay,
  keyDays: readonly KeyDay[],
  index: IndexChange,
): { root: DayRoot; rootName: string } {
  const { day } = state;
  const sealVersion = state.sealVersion + 1;
  const pages = namedBuckets(pageBodies(keyDays, day), encodePage([], dayStart(day)), previous?.pages);
  const base = {
    format: 1 as const,
    day,
    sealVersion,
    rules: JUDGING_RULES,
    ...(state.root === undefined ? {} : { follows: state.root }),
    why,
    slots: slots.map((plan): Slot => ({ ...slotOf(plan), indexRun: index.keptRunOf(plan) ?? sealVersion })),
    hours: slots.flatMap((plan) => hourSealsOf(plan, previous)),
    ties: encodeDependencies(slots.map((plan) => dependenciesOf(plan, observed))).map((body) =>
      items.put(dependenciesPk(day), body),
    ),
  };
  const tag = tagOf(base, pages, index, state);
  const rootName = rootNameOf(sealVersion, tag);
  const pageNames = putBuckets(items, pages, pagePk, tag, previous?.pages);
  const runs = putIndex(items, index, { day, version: sealVersion, tag });
  const pointers = namedBuckets(encodePointers(keyDays), noPointers(), previous?.pointers);
  const pointerNames = putBuckets(items, pointers, pointersPk, tag, previous?.pointers);
  const jobPages = namedBuckets(jobPageBodies(keyDays), encodeJobPage([]), previous?.jobPages);
  const jobPageNames = putBuckets(items, jobPages, jobPagePk, tag, previous?.jobPages);
  const directory = encodeDirectory(directoryOf(keyDays));
  const root: DayRoot = {
    ...base,
    directory: contentName(directory),
    index: runs,
    pages: pageNames,
    pointers: pointerNames,
    jobPages: jobPageNames,
    seen: items.putTagged(DAY_SEEN_PK, tag, named(encodeDaySeen(seenInKeyDays(keyDays))), previous?.seen),
  };
  const pk = rootPk(day);
  items.items.push({ pk, sk: rootName, body: encodeJson(root) });
  items.items.push({ pk, sk: directoryName(rootName), body: directory });
  return { root, rootName };
}

/**
 * The tag of a root: a hash over all that the root stands on. Pages and the index are named by the root that commits
 * them, and the root lists their names; so it is hashed with the hashes of their contents, and they take its tag.
 * Pointers, job pages and what is seen follow from the pages.
 */
function tagOf(
  base: Omit<DayRoot, 'index' | 'pages' | 'pointers' | 'jobPages' | 'seen' | 'directory'>,
  pages: ReadonlyMap<number, NamedBody>,
  index: IndexChange,
  state: DayState,
): string {
  const pageHashes = [...pages].map(([bucket, { content }]) => [bucket, content]);
  const indexHashes = index.made?.buckets.map(contentName);
  // Two sealers may come to the same by different hours of generations: what each sweeps and counts is its own.
  const stoodOn = [base, pageHashes, index.kept, indexHashes, state.pending];
  return contentName(Buffer.from(JSON.stringify(stoodOn))).slice(0, 8);
}

function pageBodies(keyDays: readonly KeyDay[], day: string): Map<number, Uint8Array> {
  const byBucket = Map.groupBy(keyDays, ({ keyName }) => bucketOf(keyName));
  return new Map([...byBucket].map(([bucket, list]) => [bucket, encodePage(list, dayStart(day))]));
}

function jobPageBodies(keyDays: readonly KeyDay[]): Map<number, Uint8Array> {
  const byBucket = Map.groupBy(jobDaysOf(keyDays), ({ arn }) => jobBucketOf(arn));
  return new Map([...byBucket].map(([bucket, list]) => [bucket, encodeJobPage(list)]));
}

/** A bucket that has nothing any more gets an empty body instead of keeping what it had. */
function namedBuckets(
  bodies: ReadonlyMap<number, Uint8Array>,
  empty: Uint8Array,
  before: Readonly<Record<number, string>> = {},
): Map<number, NamedBody> {
  const buckets = new Map([...bodies].map(([bucket, body]) => [bucket, named(body)]));
  for (const bucket of Object.keys(before).map(Number)) {
    if (!buckets.has(bucket)) buckets.set(bucket, named(empty));
  }
  return buckets;
}

function putBuckets(
  items: PlannedItems,
  buckets: ReadonlyMap<number, NamedBody>,
  pkOf: (bucket: number) => string,
  tag: string,
  before: Readonly<Record<number, string>> = {},
): Record<number, string> {
  const names: Record<number, string> = {};
  for (const [bucket, body] of buckets)
    names[bucket] = items.putTagged(pkOf(bucket), tag, body, before[bucket]);
  return names;
}

function putIndex(
  items: PlannedItems,
  { kept, made }: IndexChange,
  { day, version, tag }: { readonly day: string; readonly version: number; readonly tag: string },
): readonly IndexRun[] {
  if (made === undefined) return kept;
  const { buckets, ...rest } = made;
  const run: IndexRun = { version, tag, ...rest, content: contentOfBuckets(buckets) };
  for (const [bucket, body] of buckets.entries())
    items.items.push({ ...indexItemKey(day, run, bucket), body });
  return [...kept, run];
}

function slotOf(plan: SlotPlan): Slot {
  if (plan.kind === 'kept') return plan.slot;
  const { from, to, facts, aliases, references, corrections } = plan.slot;
  return { from, to, facts, chunks: plan.chunks, indexRun: 0, aliases, references, corrections };
}

function hourSealsOf(plan: SlotPlan, previous: DayRoot | undefined): readonly HourSeal[] {
  if (plan.kind === 'made') return plan.slot.hours;
  const [from, to] = hoursOf(plan);
  return (previous?.hours ?? []).filter(({ hour }) => hour >= from && hour < to);
}

function dependenciesOf(plan: SlotPlan, { before, byHour }: ObservedDay): SlotDependencies {
  const [from, to] = hoursOf(plan);
  if (plan.kind === 'kept') {
    return before.find((slot) => slot.from === from) ?? { from, to, asked: [], observed: [] };
  }
  const observed = [...byHour]
    .filter(([hour]) => hour >= from && hour < to)
    .flatMap(([, observations]) => [...observations.values()]);
  return { from, to, asked: plan.asked, observed: sortedObservations(observed) };
}

/** What the previous version stands on and the next one does not. */
function replacedBy(root: DayRoot, previous: DayRoot | undefined, state: DayState): ItemKey[] {
  if (previous === undefined || state.root === undefined) return [];
  const live = new Set(itemKeysOf(root, '').map(itemName));
  return itemKeysOf(previous, state.root).filter((key) => !live.has(itemName(key)));
}

function judgedHoursOf(slots: readonly SlotPlan[]): number {
  return slots
    .filter(({ kind }) => kind === 'made')
    .reduce((mask, plan) => mask | hourMask(...hoursOf(plan)), 0);
}

/** How many rows there are, and the times of the first and the last. */
function boundsOf(keyDays: readonly KeyDay[]): Pick<SealPlan, 'rows' | 'firstMs' | 'lastMs'> {
  let rows = 0;
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { groups } of keyDays) {
    for (const group of groups) {
      rows += group.count;
      firstMs = Math.min(firstMs, group.firstMs);
      lastMs = Math.max(lastMs, group.lastMs);
    }
  }
  return { rows, ...(rows === 0 ? {} : { firstMs, lastMs }) };
}
