import { isRoleKeySubject } from '../../attribution/subjects.ts';
import { type AliasFact, aliasKey, isSameTimeline, keyOfAlias } from '../../kms/alias-timeline.ts';
import { boundedName, contentName, padded } from '../../table/content-name.ts';
import { encodeJson } from '../../table/json-body.ts';
import type { Item, ItemKey } from '../../table/table.ts';
import { DAY_MS, dayStart, HOUR_MS, hourMask } from '../../utc-time.ts';
import { readTies } from '../day/day-reader.ts';
import {
  type ChunkRef,
  type DayRoot,
  type HourSeal,
  type IndexRun,
  indexItemKey,
  itemKeysOf,
  type Slot,
} from '../day/day-root.ts';
import type { UntoldAlias } from '../day/day-state.ts';
import { aliasBodies } from '../evidence/alias-book.ts';
import { addAliasFacts, type LearnedAliases, referenceOf } from '../evidence/learn-aliases.ts';
import { AT } from '../facts/fact.ts';
import { unattributedAmong } from '../facts/judgement-text.ts';
import { DESTINATION, RoleByProfile } from '../facts/row-roles.ts';
import { RowSet } from '../facts/row-set.ts';
import {
  bucketOf,
  chunkPk,
  directoryName,
  jobBucketOf,
  jobPagePk,
  pagePk,
  pointersPk,
  rootPk,
  tiesPk,
} from '../facts/table-keys.ts';
import { directoryOf } from '../pages/day-directory.ts';
import { encodeJobPage, jobDaysOf } from '../pages/job-page.ts';
import { encodePage, type KeyDay } from '../pages/key-page.ts';
import { encodePointers, noPointers } from '../pages/principal-pointers.ts';
import { DayObservations, encodeTies, type SlotTies, sortedObservations } from '../pages/ties.ts';
import { changeIndex, type IndexEntries, indexEntries } from './day-index.ts';
import { FactGatherer, Gathered, SLOT_ROWS, splitHours, type Visitors } from './gather-facts.ts';
import { judgeRows, type ObservationsByHour, observeRows } from './judge-rows.ts';
import { mergeKeyDays } from './merge-key-days.ts';
import { boundsOf, type OriginCounts, type Piece, type PlanInput, type SealPlan } from './seal-plan.ts';
import { FATE, sealRows } from './seal-rows.ts';
import { sealSlot } from './seal-slot.ts';
import { findLinks, type Links } from './slot-links.ts';

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
  #unattributed = 0;
  #previousTies: readonly SlotTies[] = [];
  readonly #observed = new DayObservations();
  readonly #observedByHour: ObservationsByHour = new Map();
  #observedHours = 0;
  /** What the facts of observed hours tell of aliases. */
  readonly #ownAliases: LearnedAliases = new Map();
  /** The event index of the pieces it was last worked out for: links are looked for in what is then stored. */
  #index: IndexEntries | undefined;

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
    this.#unattributed = 0;
    this.#previousNames.clear();
    const { previous } = this.#input;
    for (const slot of previous?.slots ?? []) {
      for (const chunk of slot.chunks) this.#remember(chunkPk(this.#day), chunk.name);
    }
    for (const name of previous?.ties ?? []) this.#remember(tiesPk(this.#day), name);
  }

  async plan(): Promise<SealPlan> {
    let hours = await this.#observe(this.#input.hours);
    let pieces = await this.#makePieces(hours);
    const links = await this.#links(pieces);
    if (links !== undefined) {
      // The same event, or two copies of one, lie in different slots: each is sealed again with the other's
      // facts beside its own.
      hours |= links.hours;
      const visitors = await this.#facts.linked(hours, links);
      pieces = await this.#makePieces(hours, visitors);
    }
    return this.#assemble(pieces);
  }

  /**
   * Gathers what the facts of the whole day teach its rows, before any is sealed: what aliases meant, and whose
   * sessions are. Of hours to be sealed from their facts, of the others from what was noted when they were. What
   * facts teach does not hang on what is made of them.
   * @returns the hours, with those that hang on what is told otherwise now
   */
  async #observe(hours: number): Promise<number> {
    const { previous, source } = this.#input;
    this.#previousTies = previous === undefined ? [] : await readTies(source, previous);
    const before = new DayObservations();
    for (const { observed } of this.#previousTies) before.add(observed);
    const kept = this.#previousTies.filter(({ from, to }) => (hours & hourMask(from, to)) === 0);
    for (const { observed } of kept) this.#observed.add(observed);
    await this.#observeHours(hours);
    for (const observations of this.#observedByHour.values()) this.#observed.add(observations.values());
    const changed = this.#observed.differencesTo(before);
    const unsettled = [
      ...kept.filter((slot) => this.#hangsOn(slot, changed)),
      ...(await this.#slotsOfOtherAliases(hours)),
    ];
    return unsettled.reduce((mask, { from, to }) => mask | hourMask(from, to), hours);
  }

  /** Whether judgements of a slot asked for what is observed otherwise now. Who used a key is asked of the living. */
  #hangsOn({ from, to, asked }: SlotTies, changed: ReadonlyMap<string, ReadonlySet<string>>): boolean {
    const { attributor } = this.#input.evidence;
    const [fromMs, toMs] = [this.#start + from * HOUR_MS, this.#start + to * HOUR_MS];
    return asked.some((subject) => {
      const jobs = changed.get(subject);
      if (jobs === undefined) return false;
      return (
        !isRoleKeySubject(subject) || [...jobs].some((jobId) => attributor.mayBeAlive(jobId, fromMs, toMs))
      );
    });
  }

  /** Learns what the day tells of aliases; answers the slots to be kept that name one which means another key now. */
  async #slotsOfOtherAliases(hours: number): Promise<readonly Slot[]> {
    const { aliases, previous } = this.#input;
    const slots = previous?.slots ?? [];
    const kept = slots.filter(({ from, to }) => (hours & hourMask(from, to)) === 0);
    const now = new Map(aliasFactsOf(kept));
    for (const [alias, facts] of this.#ownAliases) now.set(alias, [...(now.get(alias) ?? []), ...facts]);
    const references = new Set(kept.flatMap((slot) => slot.references));
    await aliases.load(references);
    aliases.learn(aliasFactsOf(slots));
    const before = new Map([...references].map((alias) => [alias, aliases.facts(alias)]));
    aliases.learn(now);
    const others = new Set(
      [...before]
        .filter(([alias, facts]) => !isSameTimeline(facts, aliases.facts(alias)))
        .map(([alias]) => alias),
    );
    return kept.filter((slot) => slot.references.some((alias) => others.has(alias)));
  }

  /** Gathers what the facts of some hours teach, where that was not done; of whole slots. */
  async #observeHours(hours: number): Promise<void> {
    const missing = hours & ~this.#observedHours;
    if (missing === 0) return;
    const { attributor, jobs } = this.#input.evidence;
    const isFirst = this.#observedHours === 0;
    this.#observedHours |= hours;
    const learned: LearnedAliases = new Map();
    await this.#facts.look(missing, isFirst, (set) => {
      addAliasFacts(set, learned);
      if (jobs.length > 0) observeRows(set, attributor, this.#start, this.#observedByHour);
    });
    for (const [alias, facts] of learned) {
      this.#ownAliases.set(alias, [...(this.#ownAliases.get(alias) ?? []), ...facts]);
    }
  }

  async #links(pieces: readonly Piece[]): Promise<Links | undefined> {
    if (pieces.length < 2) return undefined;
    const { fingerprintBits, entries } = await this.#indexOf(pieces);
    return findLinks(pieces, entries, fingerprintBits);
  }

  async #indexOf(pieces: readonly Piece[]): Promise<IndexEntries> {
    const { previous, source } = this.#input;
    if (this.#index?.pieces !== pieces) this.#index = await indexEntries(pieces, previous, source);
    return this.#index;
  }

  async #makePieces(hours: number, visitors?: Visitors): Promise<Piece[]> {
    this.#startOver();
    // Of hours that were thought to be kept it is what was noted of them, but slot by slot.
    await this.#observeHours(hours);
    const pieces: Piece[] = [];
    let gathered = new Gathered();
    const flush = async () => {
      if (gathered.to > gathered.from) pieces.push(...(await this.#sealGathered(gathered, visitors)));
      gathered = new Gathered();
    };
    const slots = this.#input.previous?.slots ?? [];
    const segments = this.#facts.segments();
    const fresh = Object.values(this.#input.state.pending).reduce((mask, some) => mask | some, 0);
    // Where a segment reaches, all it has is gathered before anything is sealed.
    let reach = 0;
    for (let hour = 0; hour < 24; ) {
      const slot = slots.find((candidate) => candidate.from <= hour && hour < candidate.to);
      const end = slot?.to ?? hour + 1;
      const isTouched = (hours & hourMask(hour, end)) !== 0;
      if (slot !== undefined && !isTouched) {
        await flush();
        pieces.push({ kind: 'kept', slot });
      } else if (slot !== undefined && (fresh & hourMask(hour, end)) === 0) {
        // Judged again, by itself: where its rows turn out as they were, so do its chunks.
        await flush();
        await this.#facts.addSlot(gathered, slot);
        gathered.span(hour, end);
        await flush();
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
      // Where nothing was known and nothing is left out, what is new need not be copied.
      const isAllFresh = isWhole && known.length === 0;
      const facts = isAllFresh ? fresh : isWhole ? known : new RowSet();
      if (!isWhole) facts.addFrom(known, 0, known.length, (row) => isInside(known.times[row] as number));
      const knownRows = isAllFresh ? 0 : facts.length;
      const origins: string[] = [];
      let run = 0;
      const isTaken = (row: number) => {
        while (row >= (gathered.origins[run]?.end ?? Number.POSITIVE_INFINITY)) run++;
        if (!isWhole && !isInside(fresh.times[row] as number)) return false;
        origins.push(gathered.origins[run]?.origin ?? '');
        return true;
      };
      if (isAllFresh) for (let row = 0; row < fresh.length; row++) isTaken(row);
      else facts.addFrom(fresh, 0, fresh.length, isTaken);
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
      const asked = judgeRows(facts, sealed.visible, this.#input.evidence, this.#observed);
      if (this.#input.purpose === 'seal') this.#unattributed += unattributedAmong(facts, sealed.visible);
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
      pieces.push({ kind: 'made', slot, names, asked });
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
    const byBucket = Map.groupBy(keyDays, ({ partition }) => bucketOf(partition));
    const bodies = [...byBucket].map(([bucket, list]) => ({ bucket, body: encodePage(list, this.#start) }));
    for (const bucket of Object.keys(previous?.pages ?? {}).map(Number)) {
      // A key all of whose uses turned out to be another's leaves an empty page behind, not an old one.
      if (!byBucket.has(bucket)) bodies.push({ bucket, body: encodePage([], this.#start) });
    }

    // Pages and the index are named by the root that commits them, and the root lists them: the root is hashed
    // with the hashes of their contents, and they take its tag.
    const index = await changeIndex(await this.#indexOf(pieces), previous, source);
    const sealVersion = state.sealVersion + 1;
    const rootBase = {
      format: 1 as const,
      day: this.#day,
      sealVersion,
      ...(state.root === undefined ? {} : { follows: state.root }),
      why: this.#input.why,
      slots: pieces.map((piece): Slot => {
        return { ...this.#slotOf(piece), indexRun: index.keptRunOf(piece) ?? sealVersion };
      }),
      hours: this.#hoursOf(pieces),
      ties: encodeTies(pieces.map((piece) => this.#tiesOf(piece))).map((body) =>
        this.#put(tiesPk(this.#day), body),
      ),
    };
    const contents = bodies.map(({ body }) => contentName(body));
    const hashes = bodies.map(({ bucket }, place) => [bucket, contents[place]]);
    // What is told of aliases is in the slots, and so in the tag. Two sealers may come to the same by different
    // hours of generations: what each has to sweep and to count is its own.
    const indexHashes = index.made?.buckets.map(contentName);
    const stoodOn = [rootBase, hashes, index.kept, indexHashes, state.pending];
    const tag = contentName(Buffer.from(JSON.stringify(stoodOn))).slice(0, 8);
    const pages: Record<number, string> = {};
    bodies.forEach(({ bucket, body }, place) => {
      const content = contents[place] as string;
      pages[bucket] = this.#putTagged(pagePk(bucket), '', tag, body, content, previous?.pages[bucket]);
    });
    const runs = [...index.kept];
    if (index.made !== undefined) {
      const { buckets, ...made } = index.made;
      const run: IndexRun = { version: sealVersion, tag, ...made };
      runs.push(run);
      buckets.forEach((body, bucket) => {
        this.#items.push({ ...indexItemKey(this.#day, run, bucket), body });
      });
    }
    const aliases = this.#putAliases(rootBase.slots, tag);
    const pointers = this.#putPointers(keyDays, tag);
    const jobPages = this.#putJobPages(keyDays, tag);
    const root: DayRoot = { ...rootBase, index: runs, pages, pointers, jobPages, aliases };
    const rootName = `${this.#version}.${tag}`;
    const pk = rootPk(this.#day);
    this.#items.push({ pk, sk: rootName, body: encodeJson(root) });
    this.#items.push({ pk, sk: directoryName(rootName), body: encodeJson(directoryOf(keyDays)) });
    return this.#finish(root, rootName, keyDays, pieces);
  }

  /** What principals' pointers say follows from the pages, and so from the tag. */
  #putPointers(keyDays: readonly KeyDay[], tag: string): Record<number, string> {
    const bodies = encodePointers(keyDays);
    return this.#putBuckets(bodies, noPointers(), this.#input.previous?.pointers ?? {}, pointersPk, tag);
  }

  /** What jobs' pages say likewise. */
  #putJobPages(keyDays: readonly KeyDay[], tag: string): Record<number, string> {
    const byBucket = Map.groupBy(jobDaysOf(keyDays), ({ arn }) => jobBucketOf(arn));
    const bodies = new Map([...byBucket].map(([bucket, list]) => [bucket, encodeJobPage(list)]));
    return this.#putBuckets(bodies, encodeJobPage([]), this.#input.previous?.jobPages ?? {}, jobPagePk, tag);
  }

  /** Puts the body of each bucket. One that has none any more keeps an empty one, not what it had. */
  #putBuckets(
    bodies: ReadonlyMap<number, Uint8Array>,
    empty: Uint8Array,
    before: Readonly<Record<number, string>>,
    pkOf: (bucket: number) => string,
    tag: string,
  ): Record<number, string> {
    const all = new Map(bodies);
    for (const bucket of Object.keys(before).map(Number)) if (!all.has(bucket)) all.set(bucket, empty);
    const names: Record<number, string> = {};
    for (const [bucket, body] of all) {
      names[bucket] = this.#putTagged(pkOf(bucket), '', tag, body, contentName(body), before[bucket]);
    }
    return names;
  }

  #tiesOf(piece: Piece): SlotTies {
    const [from, to] = boundsOf(piece);
    if (piece.kind === 'kept') {
      const kept = this.#previousTies.find((ties) => ties.from === from);
      return kept ?? { from, to, asked: [], observed: [] };
    }
    const observed = [...this.#observedByHour]
      .filter(([hour]) => hour >= from && hour < to)
      .flatMap(([, observations]) => [...observations.values()]);
    return { from, to, asked: piece.asked, observed: sortedObservations(observed) };
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

  #finish(root: DayRoot, rootName: string, keyDays: readonly KeyDay[], pieces: readonly Piece[]): SealPlan {
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
      judgedHours: pieces
        .filter(({ kind }) => kind === 'made')
        .reduce((mask, piece) => mask | hourMask(...boundsOf(piece)), 0),
      isJudgedBySettled: this.#input.evidence.isSettled,
      unattributed: this.#unattributed,
      rows,
      ...(rows === 0 ? {} : { firstMs, lastMs }),
    };
  }

  #slotOf(piece: Piece): Slot {
    if (piece.kind === 'kept') return piece.slot;
    const { from, to, facts, aliases, references, corrections } = piece.slot;
    return { from, to, facts, chunks: piece.names, indexRun: 0, aliases, references, corrections };
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
    const outward = (facts: readonly AliasFact[] | undefined) =>
      JSON.stringify([facts?.at(0), facts?.at(-1)]);
    return [...new Set([...before.keys(), ...after.keys()])]
      .filter((alias) => JSON.stringify(before.get(alias)) !== JSON.stringify(after.get(alias)))
      .map((alias) => ({
        alias,
        before: before.get(alias) ?? [],
        isOutward: outward(before.get(alias)) !== outward(after.get(alias)),
      }));
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
