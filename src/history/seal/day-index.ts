import { type ItemSource, readIndexRun } from '../day/day-reader.ts';
import type { ChunkRef, DayRoot, IndexRun, Slot } from '../day/day-root.ts';
import {
  decodeBucket,
  encodeIndex,
  entryChunk,
  entryFingerprint,
  fingerprintBitsFor,
  makeEntry,
} from '../pages/event-index.ts';
import type { CollectedIds } from './collect-ids.ts';
import { chunksOf, type SlotPlan } from './slot-plan.ts';

/** The event index of a day as numbers, sorted; chunks are numbered through all slots. */
export interface IndexEntries {
  readonly plans: readonly SlotPlan[];
  readonly fingerprintBits: number;
  readonly entries: Float64Array;
}

/** The runs of the next version of a day's event index: those that stay, and the new one. */
export interface IndexChange {
  readonly kept: readonly IndexRun[];
  /** The new run; undefined where every slot's ids are in runs that stay. */
  readonly made:
    | {
        readonly bits: number;
        readonly fingerprintBits: number;
        readonly entries: number;
        readonly buckets: readonly Uint8Array[];
      }
    | undefined;
  /** The version of the run that stays and has a slot's ids; undefined where the new run has them. */
  readonly keptRunOf: (plan: SlotPlan) => number | undefined;
}

/** The ids of new slots, and those of kept slots from the runs they are in. */
export async function indexEntries(
  plans: readonly SlotPlan[],
  previous: DayRoot | undefined,
  source: ItemSource,
): Promise<IndexEntries> {
  const fingerprintBits = fingerprintBitsOf(plans, previous);
  const parts: Float64Array[] = [];
  const keptChunks = new Map<string, number>();
  let next = 0;
  for (const plan of plans) {
    if (plan.kind === 'kept') {
      for (const chunk of plan.slot.chunks) keptChunks.set(chunk.name, next++);
      continue;
    }
    parts.push(entriesOfSlot(plan.slot, next, fingerprintBits));
    next += plan.chunks.length;
  }
  for (const run of previous?.index ?? []) {
    const chunks = chunksOfRun(previous?.slots ?? [], run).map(({ name }) => keptChunks.get(name));
    if (chunks.every((number) => number === undefined)) continue;
    parts.push(await entriesOfRun(source, previous?.day ?? '', run, chunks, fingerprintBits));
  }
  return { plans, fingerprintBits, entries: sorted(parts) };
}

/** @param base the number of the slot's first chunk */
function entriesOfSlot(
  { idFingerprints, idChunks }: CollectedIds,
  base: number,
  fingerprintBits: number,
): Float64Array {
  const scale = 2 ** (40 - fingerprintBits);
  return idFingerprints.map((fingerprint, i) =>
    makeEntry(Math.floor(fingerprint / scale), base + (idChunks[i] as number), fingerprintBits),
  );
}

function sorted(parts: readonly Float64Array[]): Float64Array {
  const entries = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    entries.set(part, at);
    at += part.length;
  }
  return entries.sort();
}

/** The chunks that the entries of a run number. */
export function chunksOfRun(slots: readonly Slot[], run: Pick<IndexRun, 'version'>) {
  return slots.filter((slot) => slot.indexRun === run.version).flatMap((slot) => slot.chunks);
}

/** @param chunks the new number of each chunk of the run; undefined of those that are gone */
async function entriesOfRun(
  source: ItemSource,
  day: string,
  run: IndexRun,
  chunks: readonly (number | undefined)[],
  fingerprintBits: number,
): Promise<Float64Array> {
  const entries: number[] = [];
  const scale = 2 ** (run.fingerprintBits - fingerprintBits);
  for (const [bucket, item] of (await readIndexRun(source, day, run)).entries()) {
    decodeBucket(item, bucket, run.bits, (fingerprint, chunk) => {
      const number = chunks[chunk];
      if (number !== undefined)
        entries.push(makeEntry(Math.floor(fingerprint / scale), number, fingerprintBits));
    });
  }
  return Float64Array.from(entries);
}

function fingerprintBitsOf(plans: readonly SlotPlan[], previous: DayRoot | undefined): number {
  const chunks = plans.reduce((sum, plan) => sum + chunksOf(plan).length, 0);
  // Fingerprints that are written can only be made shorter.
  const isKeeping = plans.some((plan) => plan.kind === 'kept');
  const written = isKeeping ? (previous?.index ?? []).map((run) => run.fingerprintBits) : [];
  return Math.min(fingerprintBitsFor(chunks), ...written);
}

/**
 * The runs of the next version. A run stays while it is right for all its slots and larger than the new run. So the ids
 * of a day that is sealed hour by hour are written again only as its hours double, and there are few runs to search.
 */
export async function changeIndex(
  index: IndexEntries,
  previous: DayRoot | undefined,
  source: ItemSource,
): Promise<IndexChange> {
  const whole: IndexRun[] = [];
  const runOf = new Map<SlotPlan, number>();
  let written = 0;
  for (const run of previous?.index ?? []) {
    const plans = plansOfRun(index.plans, previous?.slots ?? [], run);
    if (plans !== undefined && (await isTrueOf(plans, run, previous?.day ?? '', source))) {
      whole.push(run);
      for (const plan of plans) runOf.set(plan, run.version);
    } else {
      written += run.entries;
    }
  }
  for (const plan of index.plans) {
    if (plan.kind === 'made' && !runOf.has(plan)) written += plan.slot.idFingerprints.length;
  }
  const kept: IndexRun[] = [];
  for (const run of whole.sort((a, b) => a.entries - b.entries)) {
    if (kept.length === 0 && run.entries <= written) written += run.entries;
    else kept.push(run);
  }
  const keptVersions = new Set(kept.map((run) => run.version));
  const keptRunOf = (plan: SlotPlan) => {
    const version = runOf.get(plan);
    return version !== undefined && keptVersions.has(version) ? version : undefined;
  };
  const isMade = (plan: SlotPlan) => keptRunOf(plan) === undefined;
  if (!index.plans.some(isMade)) return { kept, made: undefined, keptRunOf };
  const entries = entriesOfPlans(index, isMade);
  const { fingerprintBits } = index;
  return {
    kept,
    made: { ...encodeIndex(entries, fingerprintBits), fingerprintBits, entries: entries.length },
    keptRunOf,
  };
}

/** The plans of the slots of a run; undefined where the chunks of one are not cut as they were. */
function plansOfRun(
  plans: readonly SlotPlan[],
  slots: readonly Slot[],
  run: IndexRun,
): readonly SlotPlan[] | undefined {
  const found: SlotPlan[] = [];
  for (const slot of slots) {
    if (slot.indexRun !== run.version) continue;
    const plan = plans.find(({ slot: { from, to } }) => from === slot.from && to === slot.to);
    if (plan === undefined || !isLaidOutAlike(chunksOf(plan), slot.chunks)) return undefined;
    found.push(plan);
  }
  return found;
}

function isLaidOutAlike(now: readonly ChunkRef[], before: readonly ChunkRef[]): boolean {
  return now.length === before.length && now.every(({ rows }, number) => rows === before[number]?.rows);
}

/**
 * Whether the run still has the right chunk for each id of the slots that were sealed again. It has where only
 * judgements changed.
 */
async function isTrueOf(
  plans: readonly SlotPlan[],
  run: IndexRun,
  day: string,
  source: ItemSource,
): Promise<boolean> {
  if (plans.every((plan) => plan.kind === 'kept')) return true;
  const numbers: (number | undefined)[] = [];
  const now: Float64Array[] = [];
  let next = 0;
  for (const plan of plans) {
    const isMade = plan.kind === 'made';
    if (isMade) now.push(entriesOfSlot(plan.slot, next, run.fingerprintBits));
    for (const _ of chunksOf(plan)) numbers.push(isMade ? next++ : undefined);
  }
  const was = (await entriesOfRun(source, day, run, numbers, run.fingerprintBits)).sort();
  return isSame(sorted(now), was);
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((entry, at) => entry === b[at]);
}

/** The entries of some slots, their chunks numbered through these slots alone. Sorted as they were. */
function entriesOfPlans(
  { plans, entries, fingerprintBits }: IndexEntries,
  isMade: (plan: SlotPlan) => boolean,
): Float64Array {
  if (plans.every(isMade)) return entries;
  let next = 0;
  const numbers = plans.flatMap((plan) => {
    const isIn = isMade(plan);
    return chunksOf(plan).map(() => (isIn ? next++ : -1));
  });
  const numberOf = (entry: number) => numbers[entryChunk(entry, fingerprintBits)] as number;
  return entries
    .filter((entry) => numberOf(entry) !== -1)
    .map((entry) => makeEntry(entryFingerprint(entry, fingerprintBits), numberOf(entry), fingerprintBits));
}
