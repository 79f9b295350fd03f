import { type AliasFact, aliasKey } from '../kms/alias-timeline.ts';
import { aliasBodies } from './alias-book.ts';
import { AliasLookups } from './alias-lookups.ts';
import { directoryOf } from './day-directory.ts';
import { fingerprintBitsOf, indexEntries } from './day-index.ts';
import { type ChunkRef, type DayRoot, type HourSeal, itemKeysOf, type Slot } from './day-root.ts';
import type { UntoldAlias } from './day-state.ts';
import { encodeIndex } from './event-index.ts';
import { AT } from './fact.ts';
import { FactGatherer, Gathered, SLOT_ROWS, splitHours, type Visitors } from './gather-facts.ts';
import { encodeJson } from './json-body.ts';
import { encodePage, type KeyDay } from './key-page.ts';
import { aliasFactsIn, referenceOf } from './learn-aliases.ts';
import { mergeKeyDays } from './merge-key-days.ts';
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
} from './names.ts';
import { DESTINATION, RoleByProfile } from './row-roles.ts';
import { RowSet } from './row-set.ts';
import { boundsOf, type OriginCounts, type Piece, type PlanInput, type SealPlan } from './seal-plan.ts';
import { FATE, sealRows } from './seal-rows.ts';
import { sealSlot } from './seal-slot.ts';
import { findLinks, type Links } from './slot-links.ts';
import type { Item, ItemKey } from './table.ts';

/**
 * Works out the next version of a day from its facts: those of the slots that the pending hours touch, and
 * the new ones. Slots that nothing touches keep their chunks. Reads, and writes nothing, so that it serves
 * sealing and answering questions before the seal alike.
 */
export async function planSeal(input: PlanInput): Promise<SealPlan> {
  const planner = new SealPlanner(input);
  return planner.plan();
}

class SealPlanner {
  readonly #input: PlanInput;
  readonly #facts: FactGatherer;
  readonly #day: string;
  readonly #start: number;
  readonly #version: string;
  readonly #items: Item[] = [];
  readonly #previousNames = new Map<string, string>();
  readonly #counts = new Map<string, OriginCounts>();
  /** The event index of the pieces it was last worked out for: links are looked for in what is then stored. */
  #index:
    | { readonly pieces: readonly Piece[]; readonly bits: number; readonly entries: Float64Array }
    | undefined;

  /** Aliases of which the day's records tell something else than they did. */
  readonly #learned = new Set<string>();

  constructor(input: PlanInput) {
    this.#input = input;
    this.#facts = new FactGatherer(input);
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
    const links = await this.#links(pieces);
    if (links !== undefined) {
      // The same event, or two copies of one, lie in different slots: each is sealed again with the other's
      // facts beside its own.
      hours |= links.hours;
      visitors = await this.#facts.linked(hours, links);
      pieces = await this.#makePieces(hours, visitors);
    }
    this.#learn(aliasFactsOf(pieces.map((piece) => piece.slot)));
    const unsettled = pieces.filter((piece) =>
      piece.kind === 'made'
        ? piece.lookups.isOutdated()
        : piece.slot.references.some((alias) => this.#learned.has(alias)),
    );
    if (unsettled.length > 0) {
      // The day's own records tell what its aliases meant. What they tell does not hang on what they mean.
      hours = unsettled.reduce((mask, piece) => mask | hourMask(...boundsOf(piece)), hours);
      pieces = await this.#makePieces(hours, visitors);
    }
    return this.#assemble(pieces);
  }

  #learn(own: ReadonlyMap<string, readonly AliasFact[]>): void {
    for (const alias of this.#input.aliases.learn(own)) this.#learned.add(alias);
  }

  async #links(pieces: readonly Piece[]): Promise<Links | undefined> {
    if (pieces.length < 2) return undefined;
    const { bits, entries } = await this.#indexOf(pieces);
    return findLinks(pieces, entries, bits);
  }

  async #indexOf(pieces: readonly Piece[]): Promise<{ bits: number; entries: Float64Array }> {
    if (this.#index?.pieces === pieces) return this.#index;
    const { previous, source } = this.#input;
    const bits = fingerprintBitsOf(pieces, previous);
    this.#index = { pieces, bits, entries: await indexEntries(pieces, bits, previous, source) };
    return this.#index;
  }

  async #makePieces(hours: number, visitors?: Visitors): Promise<Piece[]> {
    this.#startOver();
    const pieces: Piece[] = [];
    let gathered = new Gathered();
    const flush = async () => {
      if (gathered.to > gathered.from) pieces.push(...(await this.#sealGathered(gathered, visitors, pieces)));
      gathered = new Gathered();
    };
    const slots = this.#input.previous?.slots ?? [];
    const segments = this.#facts.segments();
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
        if (slot !== undefined) await this.#facts.addSlot(gathered, slot);
        for (let h = hour; h < end; h++) {
          reach = Math.max(reach, await this.#facts.addSegments(gathered, segments, h));
        }
        gathered.span(hour, end);
        if (gathered.rows >= SLOT_ROWS && end >= reach) await flush();
      }
      hour = end;
    }
    await flush();
    return pieces;
  }

  /** @param before the pieces of the hours before */
  async #sealGathered(
    gathered: Gathered,
    visitors: Visitors | undefined,
    before: readonly Piece[],
  ): Promise<Piece[]> {
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
      // What these records tell is known before they are sealed, or nearly every day would be sealed twice.
      const slots = [...before, ...pieces].map((piece) => piece.slot);
      this.#learn(
        aliasFactsOf([
          ...(this.#input.previous?.slots ?? []),
          ...slots,
          { aliases: aliasFactsIn(facts, firstRows(ownRows)) },
        ]),
      );
      const lookups = new AliasLookups(this.#input.aliases);
      const sealed = sealRows({
        facts,
        known: knownRows,
        visitors: ownRows,
        knownVisitors: visitorsKnown,
        fromMs: Math.max(fromMs, this.#start),
        toMs: Math.min(toMs, this.#start + DAY_MS),
        resolve: (profile, timeMs) => lookups.resolve(profile, timeMs),
      });
      this.#count(facts, knownRows, ownRows, sealed.fate, origins);
      const slot = sealSlot(sealed, {
        from: span.from,
        to: span.to,
        dayStartMs: this.#start,
        isHashed: this.#input.purpose === 'seal',
      });
      const names = slot.chunks.map(
        (chunk): ChunkRef => ({
          name: this.#put(chunkPk(this.#day), chunk.body),
          rows: chunk.rows,
          kind: chunk.kind,
        }),
      );
      pieces.push({ kind: 'made', slot, names, lookups });
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

  async #assemble(pieces: readonly Piece[]): Promise<SealPlan> {
    const { previous, source, state } = this.#input;
    const keyDays = await mergeKeyDays(pieces, previous, source);
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

    const { bits: fingerprintBits, entries } = await this.#indexOf(pieces);
    const index = encodeIndex(entries, fingerprintBits);
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
    const contents = bodies.map(({ body }) => contentName(body));
    const hashes = bodies.map(({ bucket }, place) => [bucket, contents[place]]);
    // What is told of aliases is in the slots, and so in the tag.
    const tag = contentName(Buffer.from(JSON.stringify([rootBase, hashes]))).slice(0, 8);
    bodies.forEach(({ bucket, body }, place) => {
      const content = contents[place] as string;
      pages[bucket] = this.#putTagged(pagePk(bucket), '', tag, body, content, previous?.pages[bucket]);
    });
    const root: DayRoot = { ...rootBase, pages, aliases: this.#putAliases(rootBase.slots, tag) };
    const rootName = `${this.#version}.${tag}`;
    this.#items.push({ pk: rootPk(this.#day), sk: rootName, body: encodeJson(root) });
    return this.#finish(root, rootName, keyDays);
  }

  #putAliases(slots: readonly Slot[], tag: string): Record<string, string> {
    const names: Record<string, string> = {};
    for (const [place, body] of aliasBodies(aliasFactsOf(slots))) {
      const old = this.#input.previous?.aliases[place];
      names[place] = this.#putTagged('A', `${boundedName(place)}|`, tag, body, contentName(body), old);
    }
    return names;
  }

  /** Names a body by the root that commits it; one that the previous version has keeps its item. */
  #putTagged(
    pk: string,
    prefix: string,
    tag: string,
    body: Uint8Array,
    content: string,
    old: string | undefined,
  ): string {
    if (old?.endsWith(content)) return old;
    const sk = `${prefix}${this.#day}.${this.#version}.${tag}.${content}`;
    this.#items.push({ pk, sk, body });
    return sk;
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

  #changedAliases(root: DayRoot): UntoldAlias[] {
    const before = aliasFactsOf(this.#input.previous?.slots ?? []);
    const after = aliasFactsOf(root.slots);
    // Other days go by a day's first fact of an alias, or by its last.
    const outward = (facts: readonly AliasFact[] | undefined) =>
      JSON.stringify([facts?.at(0), facts?.at(-1)]);
    return [...new Set([...before.keys(), ...after.keys()])]
      .filter((alias) => outward(before.get(alias)) !== outward(after.get(alias)))
      .map((alias) => ({ alias, isNew: !before.has(alias) }));
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

function* firstRows(count: number): Generator<number> {
  for (let row = 0; row < count; row++) yield row;
}

function contentOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
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
