import { type AliasFact, aliasKey, keyOfAlias } from '../kms/alias-timeline.ts';
import { type AliasBook, aliasBodies } from './alias-book.ts';
import { type ItemSource, readChunks, readIndexBuckets, readPages } from './day-reader.ts';
import type {
  ChunkRef,
  Correction,
  DayRoot,
  DirectoryKey,
  DirectoryPrincipal,
  HourSeal,
  Slot,
} from './day-root.ts';
import type { DayState } from './day-state.ts';
import {
  decodeBucket,
  encodeIndex,
  entryChunk,
  entryFingerprint,
  fingerprintBitsFor,
  fingerprintOf,
  makeEntry,
  sharedIdBytes,
} from './event-index.ts';
import { AT, parseExtra } from './fact.ts';
import { encodeJson } from './json-body.ts';
import { encodePage, type Group, type KeyDay, MEMBER, type RowRange } from './key-page.ts';
import {
  boundedName,
  bucketOf,
  chunkPk,
  contentName,
  DAY_MS,
  dayStart,
  HOUR_MS,
  hourMask,
  indexPk,
  padded,
  pagePk,
  rootPk,
  segmentPk,
} from './names.ts';
import { decodeRows } from './row-block.ts';
import { ID_BYTES, RowSet } from './row-set.ts';
import { DESTINATION, FATE, RoleByProfile, rawProfileText, sealRows } from './seal-rows.ts';
import { isFolded, referenceOf, type SealedSlot, sealSlot } from './seal-slot.ts';
import type { Item, ItemKey, Table } from './table.ts';

/** A slot that has this many rows is closed to its neighbours; see `DayRoot.slots`. */
const SLOT_ROWS = 16_384;

export interface OriginCounts {
  /** KMS records that are new to the history, already in it, or second copies; rows that the new ones made. */
  fresh: number;
  duplicate: number;
  folded: number;
  rows: number;
}

/** What a seal would write and how it would move the day; nothing is written yet. */
export interface SealPlan {
  readonly state: DayState;
  readonly aliasBook: AliasBook;
  readonly root: DayRoot;
  readonly rootName: string;
  readonly items: readonly Item[];
  readonly replaced: readonly ItemKey[];
  readonly counts: ReadonlyMap<string, OriginCounts>;
  /** Aliases of which the day's records tell something else than before. */
  readonly changedAliases: readonly string[];
  /** Aliases that uses of the day only name. */
  readonly references: readonly string[];
  readonly corrections: readonly Correction[];
  readonly partitions: readonly string[];
  readonly rows: number;
  readonly firstMs?: number;
  readonly lastMs?: number;
}

export interface PlanInput {
  readonly table: Table;
  readonly source: ItemSource;
  readonly state: DayState;
  readonly previous?: DayRoot;
  /** Generations to be sealed. */
  readonly generations: readonly number[];
  /** Hours of them and hours that are stale. */
  readonly hours: number;
  readonly aliases: AliasBook;
  readonly why: string;
}

/** Fingerprints of so many bits that several slots have, and the hours of those slots. */
interface Links {
  readonly hours: number;
  readonly fingerprints: ReadonlySet<number>;
  readonly bits: number;
}

/** Facts of other slots that a slot is sealed beside: those the history had, and new ones. */
interface Visitors {
  readonly known: RowSet;
  readonly fresh: RowSet;
}

/** A stretch of the day on its way into the new root. */
type Piece =
  | { readonly kind: 'kept'; readonly slot: Slot }
  | { readonly kind: 'made'; readonly slot: SealedSlot; readonly names: readonly ChunkRef[] };

/**
 * Works out the next version of a day from its facts: those of the slots that the pending hours touch, and
 * the new ones. Slots that nothing touches keep their chunks. Reads, and writes nothing, so that it serves
 * sealing and answering questions before the seal alike.
 */
export async function planSeal(input: PlanInput): Promise<SealPlan> {
  const planner = new SealPlanner(input);
  return planner.plan();
}

/** Facts of one or more hours, gathered and not yet sealed. */
class Gathered {
  from = 24;
  to = 0;
  readonly known = new RowSet();
  readonly fresh = new RowSet();
  /** Origins of the fresh facts, as runs. */
  readonly origins: { readonly origin: string; readonly end: number }[] = [];

  get rows(): number {
    return this.known.length + this.fresh.length;
  }

  span(from: number, to: number): void {
    this.from = Math.min(this.from, from);
    this.to = Math.max(this.to, to);
  }
}

/** Segments read at a time. */
const SEGMENTS_AHEAD = 24;

/** The segments of some generations in the order of their first hour, read as they are needed. */
class SegmentStream {
  readonly #table: Table;
  readonly #sources: { readonly pk: string; items: Item[]; after: string | undefined }[];

  constructor(table: Table, day: string, generations: readonly number[]) {
    this.#table = table;
    this.#sources = generations.map((generation) => ({
      pk: segmentPk(day, generation),
      items: [],
      after: '',
    }));
  }

  /** The segments that begin in an hour. Hours must be asked for in order. */
  async take(hour: number): Promise<Item[]> {
    const taken: Item[] = [];
    for (const source of this.#sources) {
      for (;;) {
        if (source.items.length === 0) await this.#fill(source);
        const [first] = source.items;
        if (first === undefined || firstHourOf(first) > hour) break;
        source.items.shift();
        taken.push(first);
      }
    }
    return taken;
  }

  async #fill(source: { readonly pk: string; items: Item[]; after: string | undefined }): Promise<void> {
    if (source.after === undefined) return;
    const items = await this.#table.query(source.pk, { from: `${source.after}!`, limit: SEGMENTS_AHEAD });
    source.items = items;
    source.after = items.length < SEGMENTS_AHEAD ? undefined : items.at(-1)?.sk;
  }
}

/** Segments are named by their first hour before all else; see `append.ts`. */
function firstHourOf(segment: Item): number {
  return Number(segment.sk.slice(0, 2));
}

class SealPlanner {
  readonly #input: PlanInput;
  readonly #day: string;
  readonly #start: number;
  readonly #version: string;
  readonly #items: Item[] = [];
  readonly #previousNames = new Map<string, string>();
  readonly #counts = new Map<string, OriginCounts>();

  constructor(input: PlanInput) {
    this.#input = input;
    this.#day = input.state.day;
    this.#start = dayStart(this.#day);
    this.#version = padded(input.state.sealVersion + 1);
  }

  #startOver(): void {
    this.#items.length = 0;
    this.#counts.clear();
    this.#previousNames.clear();
    const { previous } = this.#input;
    for (const slot of previous?.slots ?? []) {
      for (const chunk of slot.chunks) this.#remember(chunkPk(this.#day), chunk.name);
    }
    for (const name of previous?.index.buckets ?? []) this.#remember(indexPk(this.#day), name);
  }

  async plan(): Promise<SealPlan> {
    this.#input.aliases.learn(aliasFactsOf(this.#input.previous?.slots ?? []));
    let hours = this.#input.hours;
    let pieces = await this.#makePieces(hours);
    let visitors: Visitors | undefined;
    const links = await this.#findLinks(pieces);
    if (links !== undefined) {
      // The same event, or two copies of one, lie in different slots: each is sealed again with the other's
      // facts beside its own.
      hours |= links.hours;
      visitors = await this.#gatherLinked(hours, links);
      pieces = await this.#makePieces(hours, visitors);
    }
    const learned = this.#input.aliases.learn(aliasFactsOf(pieces.map((piece) => piece.slot)));
    const unsettled = pieces.filter((piece) => piece.slot.references.some((alias) => learned.has(alias)));
    if (unsettled.length > 0) {
      // The day's own records tell what its aliases meant. What they tell does not hang on what they mean.
      hours = unsettled.reduce((mask, piece) => mask | hourMask(...boundsOf(piece)), hours);
      pieces = await this.#makePieces(hours, visitors);
    }
    return this.#assemble(pieces);
  }

  async #makePieces(hours: number, visitors?: Visitors): Promise<Piece[]> {
    this.#startOver();
    const pieces: Piece[] = [];
    let gathered = new Gathered();
    const flush = async () => {
      if (gathered.to > gathered.from) pieces.push(...(await this.#sealGathered(gathered, visitors)));
      gathered = new Gathered();
    };
    const slots = this.#input.previous?.slots ?? [];
    const segments = this.#segments();
    // Where a segment reaches, all it has is gathered before anything is sealed.
    let reach = 0;
    for (let hour = 0; hour < 24; ) {
      const slot = slots.find((candidate) => candidate.from <= hour && hour < candidate.to);
      const end = slot?.to ?? hour + 1;
      const isTouched = (hours & hourMask(hour, end)) !== 0;
      if (slot !== undefined && !isTouched) {
        await flush();
        pieces.push({ kind: 'kept', slot });
      } else if (isTouched) {
        if (slot !== undefined) await this.#gatherSlot(gathered, slot);
        for (let h = hour; h < end; h++) {
          reach = Math.max(reach, await this.#gatherSegments(gathered, segments, h));
        }
        gathered.span(hour, end);
        if (gathered.rows >= SLOT_ROWS && end >= reach) await flush();
      }
      hour = end;
    }
    await flush();
    return pieces;
  }

  async #gatherSlot(gathered: Gathered, slot: Slot): Promise<void> {
    const chunks = await readChunks(
      this.#input.source,
      this.#day,
      slot.chunks.map((chunk) => chunk.name),
    );
    for (const set of chunks.values()) addRawFacts(gathered.known, set);
  }

  /** Adds the segments that begin in an hour; answers the hour after the last that they reach into. */
  async #gatherSegments(gathered: Gathered, segments: SegmentStream, hour: number): Promise<number> {
    let end = hour + 1;
    for (const segment of await segments.take(hour)) {
      gathered.fresh.addFrom(decodeRows(segment.body ?? new Uint8Array()));
      gathered.origins.push({
        origin: String(segment.fields?.['origin'] ?? ''),
        end: gathered.fresh.length,
      });
      end = Math.max(end, Number(segment.fields?.['to'] ?? 24));
    }
    return end;
  }

  #segments(): SegmentStream {
    return new SegmentStream(this.#input.table, this.#day, this.#input.generations);
  }

  /** Every fact of the day that is linked to another slot's. */
  async #gatherLinked(hours: number, links: Links): Promise<Visitors> {
    const known = new RowSet();
    const fresh = new RowSet();
    const take = (gathered: Gathered) => {
      known.addFrom(gathered.known, 0, gathered.known.length, linkMatcher(gathered.known, links));
      fresh.addFrom(gathered.fresh, 0, gathered.fresh.length, linkMatcher(gathered.fresh, links));
    };
    for (const slot of this.#input.previous?.slots ?? []) {
      const gathered = new Gathered();
      await this.#gatherSlot(gathered, slot);
      take(gathered);
    }
    const segments = this.#segments();
    for (let hour = 0; hour < 24; hour++) {
      if ((hours & (1 << hour)) === 0) continue;
      const gathered = new Gathered();
      await this.#gatherSegments(gathered, segments, hour);
      take(gathered);
    }
    return { known, fresh };
  }

  async #sealGathered(gathered: Gathered, visitors: Visitors | undefined): Promise<Piece[]> {
    const spans = splitHours(gathered, this.#start);
    const pieces: Piece[] = [];
    for (const span of spans) {
      const isWhole = span.from === gathered.from && span.to === gathered.to;
      const fromMs = this.#start + span.from * HOUR_MS;
      const toMs = this.#start + span.to * HOUR_MS;
      // What lies outside the day came to be compared with its edge: it goes with the nearest span.
      const isInside = (timeMs: number) =>
        (timeMs >= fromMs || (timeMs < this.#start && span.from === gathered.from)) &&
        (timeMs < toMs || (timeMs >= this.#start + DAY_MS && span.to === gathered.to));
      const { known, fresh } = gathered;
      const facts = isWhole ? known : new RowSet();
      if (!isWhole) facts.addFrom(known, 0, known.length, (row) => isInside(known.times[row] as number));
      const knownRows = facts.length;
      const origins: string[] = [];
      let run = 0;
      facts.addFrom(fresh, 0, fresh.length, (row) => {
        while (row >= (gathered.origins[run]?.end ?? Number.POSITIVE_INFINITY)) run++;
        const isTaken = isWhole || isInside(fresh.times[row] as number);
        if (isTaken) origins.push(gathered.origins[run]?.origin ?? '');
        return isTaken;
      });
      const ownRows = facts.length;
      if (ownRows === 0) continue;
      let visitorsKnown = 0;
      if (visitors !== undefined) {
        for (const set of [visitors.known, visitors.fresh]) {
          facts.addFrom(set, 0, set.length, (row) => !isInside(set.times[row] as number));
          if (set === visitors.known) visitorsKnown = facts.length - ownRows;
        }
      }
      await this.#input.aliases.load(aliasesOf(facts));
      const sealed = sealRows({
        facts,
        known: knownRows,
        visitors: ownRows,
        knownVisitors: visitorsKnown,
        fromMs: Math.max(fromMs, this.#start),
        toMs: Math.min(toMs, this.#start + DAY_MS),
        resolve: (profile, timeMs) => {
          const name = referenceOf(profile);
          if (name === undefined) return undefined;
          // The deletion of an alias concerns the key it meant until then.
          const time = profile[AT.operation] === 'DeleteAlias' ? timeMs - 1 : timeMs;
          return keyOfAlias(this.#input.aliases.facts(aliasKey(name)), time);
        },
      });
      this.#count(facts, knownRows, ownRows, sealed.fate, origins);
      const slot = sealSlot(sealed, { from: span.from, to: span.to, dayStartMs: this.#start });
      const names = slot.chunks.map(
        (chunk): ChunkRef => ({
          name: this.#put(chunkPk(this.#day), chunk.body),
          rows: chunk.rows,
          kind: chunk.kind,
        }),
      );
      pieces.push({ kind: 'made', slot, names });
    }
    return pieces;
  }

  #count(facts: RowSet, known: number, end: number, fate: Uint8Array, origins: readonly string[]): void {
    const roles = new RoleByProfile(facts);
    for (let row = known; row < end; row++) {
      const what = fate[row] as number;
      if (what === FATE.visitor) continue;
      const origin = origins[row - known] ?? '';
      let counts = this.#counts.get(origin);
      if (counts === undefined) {
        counts = { fresh: 0, duplicate: 0, folded: 0, rows: 0 };
        this.#counts.set(origin, counts);
      }
      if (what === FATE.fresh) counts.rows++;
      // A ReEncrypt is one record and two rows.
      if (roles.of(row) === DESTINATION) continue;
      if (what === FATE.fresh) counts.fresh++;
      else if (what === FATE.folded) counts.folded++;
      else counts.duplicate++;
    }
  }

  /** Ids that occur in more than one slot, and the hours of those slots. */
  async #findLinks(pieces: readonly Piece[]): Promise<Links | undefined> {
    if (pieces.length < 2) return undefined;
    const bits = this.#fingerprintBits(pieces);
    const entries = await this.#indexEntries(pieces, bits);
    const pieceOf = pieces.flatMap((piece, number) => chunksOf(piece).map(() => number));
    const fingerprints = new Set<number>();
    let hours = 0;
    for (let i = 1; i < entries.length; i++) {
      const [before, entry] = [entries[i - 1] as number, entries[i] as number];
      const fingerprint = entryFingerprint(entry, bits);
      if (entryFingerprint(before, bits) !== fingerprint) continue;
      const a = pieceOf[entryChunk(before, bits)] as number;
      const b = pieceOf[entryChunk(entry, bits)] as number;
      if (a === b) continue;
      fingerprints.add(fingerprint);
      for (const number of [a, b]) hours |= hourMask(...boundsOf(pieces[number] as Piece));
    }
    return hours === 0 ? undefined : { hours, fingerprints, bits };
  }

  #fingerprintBits(pieces: readonly Piece[]): number {
    const chunks = pieces.reduce((sum, piece) => sum + chunksOf(piece).length, 0);
    // A kept piece's fingerprints can only be made shorter.
    const isKeeping = pieces.some((piece) => piece.kind === 'kept');
    const limit = isKeeping ? (this.#input.previous?.index.fingerprintBits ?? 40) : 40;
    return Math.min(fingerprintBitsFor(chunks), limit);
  }

  /** The event index of the day as numbers: new pieces' ids, and those of kept pieces from the old index. */
  async #indexEntries(pieces: readonly Piece[], bits: number): Promise<Float64Array> {
    const parts: Float64Array[] = [];
    const chunkNumbers = new Map<string, number>();
    let next = 0;
    for (const piece of pieces) {
      if (piece.kind === 'kept') {
        for (const chunk of piece.slot.chunks) chunkNumbers.set(chunk.name, next++);
        continue;
      }
      const base = next;
      const { idFingerprints, idChunks } = piece.slot;
      const scale = 2 ** (40 - bits);
      parts.push(
        idFingerprints.map((fingerprint, i) =>
          makeEntry(Math.floor(fingerprint / scale), base + (idChunks[i] as number), bits),
        ),
      );
      next += piece.names.length;
    }
    const { previous } = this.#input;
    if (previous !== undefined && chunkNumbers.size > 0) {
      const kept: number[] = [];
      const old = previous.slots.flatMap((slot) => slot.chunks.map((chunk) => chunk.name));
      const { index } = previous;
      const scale = 2 ** (index.fingerprintBits - bits);
      const numbers = index.buckets.map((_, bucket) => bucket);
      for (const [bucket, body] of await readIndexBuckets(this.#input.source, previous, numbers)) {
        decodeBucket(body, bucket, index.bits, index.fingerprintBits, (fingerprint, chunk) => {
          const number = chunkNumbers.get(old[chunk] ?? '');
          if (number !== undefined) kept.push(makeEntry(Math.floor(fingerprint / scale), number, bits));
        });
      }
      parts.push(Float64Array.from(kept));
    }
    const entries = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      entries.set(part, at);
      at += part.length;
    }
    return entries.sort();
  }

  async #assemble(pieces: readonly Piece[]): Promise<SealPlan> {
    const { previous, state } = this.#input;
    const keyDays = await this.#keyDays(pieces);
    const pages: Record<number, string> = {};
    const byBucket = new Map<number, KeyDay[]>();
    for (const keyDay of keyDays) {
      const bucket = bucketOf(keyDay.partition);
      const list = byBucket.get(bucket);
      if (list === undefined) byBucket.set(bucket, [keyDay]);
      else list.push(keyDay);
    }
    const bodies = [...byBucket].map(([bucket, list]) => ({ bucket, body: encodePage(list, this.#start) }));
    for (const bucket of Object.keys(previous?.pages ?? {}).map(Number)) {
      // A key all of whose uses turned out to be another's leaves an empty page behind, not an old one.
      if (!byBucket.has(bucket)) bodies.push({ bucket, body: encodePage([], this.#start) });
    }

    const fingerprintBits = this.#fingerprintBits(pieces);
    const index = encodeIndex(await this.#indexEntries(pieces, fingerprintBits), fingerprintBits);
    const buckets = index.buckets.map((body) =>
      body.length === 0 ? '' : this.#put(indexPk(this.#day), body),
    );

    // Pages are named by the root that commits them, and the root lists pages: the root is hashed with the
    // hashes of its pages' contents, and the pages take its tag.
    const rootBase = {
      format: 1 as const,
      day: this.#day,
      sealVersion: state.sealVersion + 1,
      ...(state.root === undefined ? {} : { follows: state.root }),
      why: this.#input.why,
      slots: pieces.map((piece) => this.#slotOf(piece)),
      hours: this.#hoursOf(pieces),
      index: { bits: index.bits, fingerprintBits, buckets },
      ...directoryOf(keyDays),
    };
    const hashes = bodies.map(({ bucket, body }) => [bucket, contentName(body)] as const);
    // What is told of aliases is in the slots, and so in the tag.
    const tag = contentName(Buffer.from(JSON.stringify([rootBase, hashes]))).slice(0, 8);
    for (const { bucket, body } of bodies) {
      const old = previous?.pages[bucket];
      const content = contentName(body);
      if (old?.endsWith(content)) pages[bucket] = old;
      else {
        const sk = `${this.#day}.${this.#version}.${tag}.${content}`;
        pages[bucket] = sk;
        this.#items.push({ pk: pagePk(bucket), sk, body });
      }
    }
    const root: DayRoot = { ...rootBase, pages, aliases: this.#putAliases(rootBase.slots, tag) };
    const rootName = `${this.#version}.${tag}`;
    this.#items.push({ pk: rootPk(this.#day), sk: rootName, body: encodeJson(root) });
    return this.#finish(root, rootName, keyDays);
  }

  #putAliases(slots: readonly Slot[], tag: string): Record<string, string> {
    const names: Record<string, string> = {};
    for (const [place, body] of aliasBodies(aliasFactsOf(slots))) {
      const content = contentName(body);
      const old = this.#input.previous?.aliases[place];
      if (old?.endsWith(content)) names[place] = old;
      else {
        const sk = `${boundedName(place)}|${this.#day}.${this.#version}.${tag}.${content}`;
        names[place] = sk;
        this.#items.push({ pk: 'A', sk, body });
      }
    }
    return names;
  }

  #finish(root: DayRoot, rootName: string, keyDays: readonly KeyDay[]): SealPlan {
    const { state } = this.#input;
    let rows = 0;
    let firstMs = Number.POSITIVE_INFINITY;
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const keyDay of keyDays) {
      for (const group of keyDay.groups) {
        rows += group.count;
        firstMs = Math.min(firstMs, group.firstMs);
        lastMs = Math.max(lastMs, group.lastMs);
      }
    }
    return {
      state,
      aliasBook: this.#input.aliases,
      root,
      rootName,
      items: this.#items,
      replaced: this.#replaced(root),
      counts: this.#counts,
      changedAliases: this.#changedAliases(root),
      references: [...new Set(root.slots.flatMap((slot) => slot.references))],
      corrections: root.slots.flatMap((slot) => slot.corrections),
      partitions: keyDays.map((keyDay) => keyDay.partition),
      rows,
      ...(rows === 0 ? {} : { firstMs, lastMs }),
    };
  }

  /** Key-days of the new version: what kept slots gave, and what the made ones give. */
  async #keyDays(pieces: readonly Piece[]): Promise<KeyDay[]> {
    const merged = new Map<
      string,
      { keyArn?: string; keyRef?: string; groups: Group[]; ranges: RowRange[] }
    >();
    const entry = (source: { partition: string; keyArn?: string; keyRef?: string }) => {
      let found = merged.get(source.partition);
      if (found === undefined) {
        found = {
          ...(source.keyArn === undefined ? {} : { keyArn: source.keyArn }),
          ...(source.keyRef === undefined ? {} : { keyRef: source.keyRef }),
          groups: [],
          ranges: [],
        };
        merged.set(source.partition, found);
      }
      return found;
    };
    const kept = pieces.filter((piece) => piece.kind === 'kept');
    if (this.#input.previous !== undefined && kept.length > 0) {
      const keptHours = kept.reduce((mask, piece) => mask | hourMask(...boundsOf(piece)), 0);
      for (const page of (await readPages(this.#input.source, this.#input.previous)).values()) {
        for (const keyDay of page) {
          const groups = keyDay.groups.filter((group) => (keptHours & (1 << group.hour)) !== 0);
          const ranges = keyDay.ranges.filter((range) => (keptHours & (1 << range.slot)) !== 0);
          if (groups.length === 0) continue;
          const target = entry(keyDay);
          target.groups.push(...groups);
          target.ranges.push(...ranges);
        }
      }
    }
    for (const piece of pieces) {
      if (piece.kind === 'kept') continue;
      for (const partition of piece.slot.partitions) {
        const target = entry(partition);
        target.groups.push(...partition.groups);
        for (const range of partition.ranges) {
          target.ranges.push({
            ...range,
            slot: piece.slot.from,
            chunk: (piece.names[range.chunk] as ChunkRef).name,
          });
        }
      }
    }
    return [...merged]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([partition, parts]) => ({
        partition,
        ...parts,
        groups: parts.groups.sort((a, b) => a.hour - b.hour || a.firstMs - b.firstMs),
        ranges: parts.ranges.sort((a, b) => a.slot - b.slot || a.firstMs - b.firstMs),
      }));
  }

  #slotOf(piece: Piece): Slot {
    if (piece.kind === 'kept') return piece.slot;
    const { from, to, facts, aliases, references, corrections } = piece.slot;
    return { from, to, facts, chunks: piece.names, aliases, references, corrections };
  }

  #hoursOf(pieces: readonly Piece[]): HourSeal[] {
    return pieces.flatMap((piece) => {
      if (piece.kind === 'made') return piece.slot.hours;
      const { from, to } = piece.slot;
      return (this.#input.previous?.hours ?? []).filter(({ hour }) => hour >= from && hour < to);
    });
  }

  #changedAliases(root: DayRoot): string[] {
    const before = aliasFactsOf(this.#input.previous?.slots ?? []);
    const after = aliasFactsOf(root.slots);
    const isSame = (alias: string) =>
      JSON.stringify(after.get(alias) ?? []) === JSON.stringify(before.get(alias) ?? []);
    return [...new Set([...before.keys(), ...after.keys()])].filter((alias) => !isSame(alias));
  }

  #replaced(root: DayRoot): ItemKey[] {
    const { previous, state } = this.#input;
    const keys: ItemKey[] = [];
    if (previous !== undefined && state.root !== undefined) {
      const live = new Set(itemKeysOf(root, '').map((key) => `${key.pk}\n${key.sk}`));
      for (const key of itemKeysOf(previous, state.root)) {
        if (!live.has(`${key.pk}\n${key.sk}`)) keys.push(key);
      }
    }
    return keys;
  }

  #remember(pk: string, name: string): void {
    if (name !== '') this.#previousNames.set(`${pk}\n${contentOf(name)}`, name);
  }

  /** Names a body; one that the previous version has keeps its item. */
  #put(pk: string, body: Uint8Array): string {
    const content = contentName(body);
    const old = this.#previousNames.get(`${pk}\n${content}`);
    if (old !== undefined) return old;
    const sk = `${this.#version}.${content}`;
    this.#previousNames.set(`${pk}\n${content}`, sk);
    this.#items.push({ pk, sk, body });
    return sk;
  }
}

/** Every written-once item that a version of a day stands on. */
export function itemKeysOf(root: DayRoot, rootName: string): ItemKey[] {
  return [
    ...(rootName === '' ? [] : [{ pk: rootPk(root.day), sk: rootName }]),
    ...root.slots.flatMap((slot) => slot.chunks.map((chunk) => ({ pk: chunkPk(root.day), sk: chunk.name }))),
    ...root.index.buckets.filter((name) => name !== '').map((sk) => ({ pk: indexPk(root.day), sk })),
    ...Object.entries(root.pages).map(([bucket, sk]) => ({ pk: pagePk(Number(bucket)), sk })),
    ...Object.values(root.aliases).map((sk) => ({ pk: 'A', sk })),
  ];
}

function contentOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

function boundsOf(piece: Piece): [number, number] {
  return [piece.slot.from, piece.slot.to];
}

function chunksOf(piece: Piece): readonly ChunkRef[] {
  return piece.kind === 'kept' ? piece.slot.chunks : piece.names;
}

/** Adds to `facts` what a chunk holds, without what sealing worked out: look-ups of aliases and foldings. */
function addRawFacts(facts: RowSet, chunk: RowSet): void {
  const folded = chunk.extras.texts.map(isFolded);
  const start = facts.length;
  facts.addFrom(chunk, 0, chunk.length, (row) => !folded[chunk.extra[row] as number]);
  const raw = new Map<number, number>();
  for (let row = start; row < facts.length; row++) {
    const number = facts.profile[row] as number;
    let rawNumber = raw.get(number);
    if (rawNumber === undefined) {
      rawNumber = facts.profiles.number(rawProfileText(facts.profiles.text(number)));
      raw.set(number, rawNumber);
    }
    facts.profile[row] = rawNumber;
    // A judgement is of the version it was made for.
    facts.judgement[row] = 0;
  }
}

/** Cuts what was gathered at hours, so that no slot is much larger than it must be. */
function splitHours(gathered: Gathered, dayStartMs: number): { from: number; to: number }[] {
  if (gathered.rows < 2 * SLOT_ROWS) return [{ from: gathered.from, to: gathered.to }];
  const rows = new Array<number>(24).fill(0);
  for (const set of [gathered.known, gathered.fresh]) {
    for (let row = 0; row < set.length; row++) {
      const hour = Math.floor(((set.times[row] as number) - dayStartMs) / HOUR_MS);
      const clamped = Math.min(23, Math.max(0, hour));
      rows[clamped] = (rows[clamped] as number) + 1;
    }
  }
  const spans: { from: number; to: number }[] = [];
  let from = gathered.from;
  let sum = 0;
  for (let hour = gathered.from; hour < gathered.to; hour++) {
    sum += rows[hour] as number;
    if (sum >= SLOT_ROWS || hour === gathered.to - 1) {
      spans.push({ from, to: hour + 1 });
      from = hour + 1;
      sum = 0;
    }
  }
  return spans;
}

function aliasesOf(facts: RowSet): Set<string> {
  const aliases = new Set<string>();
  for (const [number, text] of facts.profiles.texts.entries()) {
    if (!text.includes('alias/')) continue;
    const profile = facts.profileAt(number);
    if (profile[AT.keyArn] !== null) continue;
    const name = referenceOf(profile);
    if (name !== undefined) aliases.add(aliasKey(name));
  }
  return aliases;
}

function aliasFactsOf(slots: readonly Pick<Slot, 'aliases'>[]): Map<string, readonly AliasFact[]> {
  const facts = new Map<string, readonly AliasFact[]>();
  for (const slot of slots) {
    for (const [alias, list] of Object.entries(slot.aliases)) {
      facts.set(alias, [...(facts.get(alias) ?? []), ...list]);
    }
  }
  return facts;
}

function directoryOf(keyDays: readonly KeyDay[]): { principals: DirectoryPrincipal[]; keys: DirectoryKey[] } {
  const principals: DirectoryPrincipal[] = [];
  const numbers = new Map<string, number>();
  const keys = keyDays.map((keyDay): DirectoryKey => {
    const uses = new Map<number, { principal: number; count: number; firstMs: number; lastMs: number }>();
    for (const group of keyDay.groups) {
      const principal: DirectoryPrincipal = [
        group.members[MEMBER.principalId],
        group.members[MEMBER.principalType],
        group.members[MEMBER.principalAccount],
      ];
      const text = JSON.stringify(principal);
      let number = numbers.get(text);
      if (number === undefined) {
        number = principals.length;
        principals.push(principal);
        numbers.set(text, number);
      }
      const use = uses.get(number);
      if (use === undefined) {
        uses.set(number, {
          principal: number,
          count: group.count,
          firstMs: group.firstMs,
          lastMs: group.lastMs,
        });
      } else {
        use.count += group.count;
        use.firstMs = Math.min(use.firstMs, group.firstMs);
        use.lastMs = Math.max(use.lastMs, group.lastMs);
      }
    }
    return { partition: keyDay.partition, uses: [...uses.values()] };
  });
  return { principals, keys };
}

/** Whether a fact's event id, or the id it shares with copies, is among the linked. */
function linkMatcher(set: RowSet, links: Links): (row: number) => boolean {
  const shared = set.extras.texts.map((text) => {
    const id = parseExtra(text).sharedEventId;
    return id !== undefined && links.fingerprints.has(fingerprintOf(sharedIdBytes(id), 0, links.bits));
  });
  return (row) =>
    shared[set.extra[row] as number] === true ||
    links.fingerprints.has(fingerprintOf(set.ids, row * ID_BYTES, links.bits));
}
