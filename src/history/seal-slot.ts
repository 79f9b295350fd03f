import {
  type AliasFact,
  aliasKey,
  aliasNameOf,
  compactAliasFacts,
  compareAliasFacts,
} from '../kms/alias-timeline.ts';
import type { KeyArn } from '../kms/key-use.ts';
import { MAX_BODY_BYTES, rankTexts } from './append.ts';
import type { ChunkKind, Correction, HourSeal } from './day-root.ts';
import { fingerprintOf, sharedIdBytes } from './event-index.ts';
import { AT, type Profile, parseExtra } from './fact.ts';
import type { Group, GroupMembers } from './key-page.ts';
import { FactHasher, HASH_BYTES, merkleRoot } from './merkle.ts';
import { HOUR_MS } from './names.ts';
import { encodeRows } from './row-block.ts';
import { ID_BYTES, idBytes, type RowSet } from './row-set.ts';
import { RoleByProfile, rawProfileText, type SealedRows } from './seal-rows.ts';

/** Rows in a chunk: enough to compress well, few enough to read a page of a hundred in a millisecond or two. */
const CHUNK_ROWS = 1_536;

interface SealedChunk {
  readonly kind: ChunkKind;
  readonly rows: number;
  readonly body: Uint8Array;
}

/** Rows `[start, start + count)` of chunk number `chunk` of this slot are this partition's. */
interface PartitionRange {
  readonly chunk: number;
  readonly start: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly isException: boolean;
}

interface SealedPartition {
  readonly partition: string;
  readonly keyArn?: string;
  readonly keyRef?: string;
  readonly groups: Group[];
  readonly ranges: PartitionRange[];
}

export interface SealedSlot {
  readonly from: number;
  readonly to: number;
  readonly facts: number;
  readonly chunks: readonly SealedChunk[];
  readonly partitions: readonly SealedPartition[];
  readonly hours: readonly HourSeal[];
  readonly aliases: Readonly<Record<string, readonly AliasFact[]>>;
  readonly references: readonly string[];
  /** Of every id to be found: its fingerprint at 40 bits, and the chunk of this slot it is in. */
  readonly idFingerprints: Float64Array;
  readonly idChunks: Uint32Array;
  readonly corrections: readonly Correction[];
}

export interface SlotBounds {
  readonly from: number;
  readonly to: number;
  readonly dayStartMs: number;
}

/** Lays the rows of a slot into chunks, sums them up and hashes them. Pure. */
export function sealSlot(sealed: SealedRows, bounds: SlotBounds): SealedSlot {
  const { facts } = sealed;
  const profiles = new ProfileFacts(facts);
  const visible = sortVisible(sealed, profiles);
  const chunks: SealedChunk[] = [];
  const chunkOf = new Uint32Array(facts.length);
  const placeOf = new Uint32Array(facts.length);
  const firstException = visible.findIndex((row) => profiles.isException(row));
  const split = firstException === -1 ? visible.length : firstException;
  cutChunks(facts, visible.subarray(0, split), 'success', chunks, chunkOf, placeOf);
  cutChunks(facts, visible.subarray(split), 'exception', chunks, chunkOf, placeOf);
  const hidden = Uint32Array.from(sealed.hidden).sort(byTime(facts));
  cutChunks(facts, hidden, 'hidden', chunks, chunkOf, placeOf);

  const ids = collectIds(sealed, visible, chunkOf);
  return {
    from: bounds.from,
    to: bounds.to,
    facts: countFacts(sealed),
    chunks,
    partitions: summarise(facts, visible, profiles, chunkOf, placeOf, bounds.dayStartMs),
    hours: hashHours(sealed, bounds),
    ...learnAliases(sealed, profiles),
    ...ids,
    corrections: collectCorrections(facts, visible),
  };
}

/** What this file asks of a profile, worked out once for each. */
class ProfileFacts {
  readonly #facts: RowSet;
  readonly #partitions: (string | undefined)[] = [];

  constructor(facts: RowSet) {
    this.#facts = facts;
  }

  get(number: number): Profile {
    return this.#facts.profileAt(number);
  }

  partition(number: number): string {
    let partition = this.#partitions[number];
    if (partition === undefined) {
      partition = partitionOf(this.get(number));
      this.#partitions[number] = partition;
    }
    return partition;
  }

  isException(row: number): boolean {
    return this.get(this.#facts.profile[row] as number)[AT.outcome] !== 'success';
  }
}

function partitionOf(profile: Profile): string {
  const keyArn = profile[AT.keyArn];
  if (keyArn !== null) return keyArn;
  const place = `${profile[AT.accountId] ?? ''}/${profile[AT.region] ?? ''}`;
  const keyRef = profile[AT.keyRef];
  return keyRef === null ? `none:${place}` : `ref:${place}/${keyRef}`;
}

/** Successes first, then by key, time, event id and role. */
function sortVisible(sealed: SealedRows, profiles: ProfileFacts): Uint32Array {
  const { facts } = sealed;
  const count = facts.profiles.texts.length;
  const partitions: string[] = [];
  for (let number = 0; number < count; number++)
    partitions.push(number === 0 ? '' : profiles.partition(number));
  const distinct = [...new Set(partitions)];
  const rankOfText = rankTexts(distinct);
  const numberOfText = new Map(distinct.map((text, number) => [text, number]));
  const rank = new Float64Array(count);
  for (let number = 1; number < count; number++) {
    const place = rankOfText[numberOfText.get(partitions[number] as string) as number] as number;
    rank[number] = place + (profiles.get(number)[AT.outcome] === 'success' ? 0 : distinct.length);
  }
  const roles = new RoleByProfile(facts);
  return Uint32Array.from(sealed.visible).sort(
    (a, b) =>
      (rank[facts.profile[a] as number] as number) - (rank[facts.profile[b] as number] as number) ||
      (facts.times[a] as number) - (facts.times[b] as number) ||
      facts.compareIds(a, b) ||
      roles.of(a) - roles.of(b),
  );
}

function byTime(facts: RowSet) {
  return (a: number, b: number) =>
    (facts.times[a] as number) - (facts.times[b] as number) || facts.compareIds(a, b);
}

function cutChunks(
  facts: RowSet,
  rows: Uint32Array,
  kind: ChunkKind,
  chunks: SealedChunk[],
  chunkOf: Uint32Array,
  placeOf: Uint32Array,
): void {
  // Even pieces: a last chunk of a few rows would cost an item of its own.
  const pieces = Math.ceil(rows.length / CHUNK_ROWS);
  for (let piece = 0; piece < pieces; piece++) {
    const start = Math.floor((rows.length * piece) / pieces);
    const end = Math.floor((rows.length * (piece + 1)) / pieces);
    encodeChunk(rows.subarray(start, end));
  }

  function encodeChunk(part: Uint32Array): void {
    const body = encodeRows(facts, part);
    if (body.length > MAX_BODY_BYTES && part.length > 1) {
      encodeChunk(part.subarray(0, part.length >>> 1));
      encodeChunk(part.subarray(part.length >>> 1));
      return;
    }
    part.forEach((row, place) => {
      chunkOf[row] = chunks.length;
      placeOf[row] = place;
    });
    chunks.push({ kind, rows: part.length, body });
  }
}

function summarise(
  facts: RowSet,
  visible: Uint32Array,
  profiles: ProfileFacts,
  chunkOf: Uint32Array,
  placeOf: Uint32Array,
  dayStartMs: number,
): SealedPartition[] {
  const partitions = new Map<string, SealedPartition>();
  const members = new MembersOfRows(facts, profiles);
  let current: SealedPartition | undefined;
  let currentKey = '';
  let groups = new Map<number, Mutable<Group>>();
  const groupsOf = new Map<string, Map<number, Mutable<Group>>>();
  let range: Mutable<PartitionRange> | undefined;
  for (const row of visible) {
    const profileNumber = facts.profile[row] as number;
    const partition = profiles.partition(profileNumber);
    if (current === undefined || partition !== currentKey) {
      currentKey = partition;
      range = undefined;
      current = partitions.get(partition);
      if (current === undefined) {
        const profile = profiles.get(profileNumber);
        const keyArn = profile[AT.keyArn];
        const keyRef = keyArn === null ? profile[AT.keyRef] : null;
        current = {
          partition,
          ...(keyArn === null ? {} : { keyArn }),
          ...(keyRef === null ? {} : { keyRef }),
          groups: [],
          ranges: [],
        };
        partitions.set(partition, current);
        groupsOf.set(partition, new Map());
      }
      groups = groupsOf.get(partition) as Map<number, Mutable<Group>>;
    }
    const time = facts.times[row] as number;
    const chunk = chunkOf[row] as number;
    if (range === undefined || range.chunk !== chunk) {
      range = {
        chunk,
        start: placeOf[row] as number,
        count: 0,
        firstMs: time,
        lastMs: time,
        isException: profiles.isException(row),
      };
      current.ranges.push(range);
    }
    range.count++;
    range.lastMs = time;
    const hour = Math.floor((time - dayStartMs) / HOUR_MS);
    const member = members.number(row);
    const groupKey = member * 24 + hour;
    const group = groups.get(groupKey);
    if (group === undefined) {
      const made = { hour, members: members.members(member), count: 1, firstMs: time, lastMs: time };
      groups.set(groupKey, made);
      current.groups.push(made);
    } else {
      group.count++;
      if (time < group.firstMs) group.firstMs = time;
      if (time > group.lastMs) group.lastMs = time;
    }
  }
  return [...partitions.values()];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The `GroupMembers` of rows, numbered. */
class MembersOfRows {
  readonly #facts: RowSet;
  readonly #profiles: ProfileFacts;
  readonly #list: GroupMembers[] = [];
  readonly #byText = new Map<string, number>();
  readonly #byRow = new Map<number, number>();

  constructor(facts: RowSet, profiles: ProfileFacts) {
    this.#facts = facts;
    this.#profiles = profiles;
  }

  number(row: number): number {
    const profile = this.#facts.profile[row] as number;
    const extra = this.#facts.extra[row] as number;
    // Rows that were folded are the only ones whose extra tells of accounts.
    const hasAccounts = extra !== 0 && this.#facts.extras.text(extra).includes('"accounts"');
    const key = hasAccounts ? -1 : profile;
    if (key !== -1) {
      const known = this.#byRow.get(key);
      if (known !== undefined) return known;
    }
    const p = this.#profiles.get(profile);
    const accounts = hasAccounts ? (parseExtra(this.#facts.extras.text(extra)).accounts ?? []) : [];
    const members: GroupMembers = [
      p[AT.principalId],
      p[AT.principalType],
      p[AT.principalAccount],
      p[AT.operation],
      p[AT.category],
      p[AT.outcome],
      p[AT.accountId],
      p[AT.region],
      'none',
      [],
      accounts,
    ];
    const text = JSON.stringify(members);
    let number = this.#byText.get(text);
    if (number === undefined) {
      number = this.#list.length;
      this.#list.push(members);
      this.#byText.set(text, number);
    }
    if (key !== -1) this.#byRow.set(key, number);
    return number;
  }

  members(number: number): GroupMembers {
    return this.#list[number] as GroupMembers;
  }
}

/** Whether a visible row was made by folding: then its copies are among the hidden, and it is no fact itself. */
export function isFolded(extraText: string): boolean {
  return extraText.includes('"copies"') && parseExtra(extraText).copies !== undefined;
}

function rawRows(sealed: SealedRows): number[] {
  const { facts } = sealed;
  const folded = facts.extras.texts.map(isFolded);
  return [...sealed.visible.filter((row) => !folded[facts.extra[row] as number]), ...sealed.hidden];
}

function countFacts(sealed: SealedRows): number {
  return rawRows(sealed).length;
}

function hashHours(sealed: SealedRows, bounds: SlotBounds): HourSeal[] {
  const { facts } = sealed;
  const roles = new RoleByProfile(facts);
  const hasher = new FactHasher(facts);
  const rawProfiles = new Map<number, number>();
  const rawProfile = (row: number) => {
    const number = facts.profile[row] as number;
    let raw = rawProfiles.get(number);
    if (raw === undefined) {
      raw = facts.profiles.number(rawProfileText(facts.profiles.text(number)));
      rawProfiles.set(number, raw);
    }
    return raw;
  };
  const byHour = new Map<number, number[]>();
  for (const row of rawRows(sealed)) {
    const hour = Math.floor(((facts.times[row] as number) - bounds.dayStartMs) / HOUR_MS);
    // A copy that belongs to the neighbouring day is a leaf there.
    if (hour < bounds.from || hour >= bounds.to) continue;
    const rows = byHour.get(hour);
    if (rows === undefined) byHour.set(hour, [row]);
    else rows.push(row);
  }
  const empty = merkleRoot(new Uint8Array()).toString('base64url');
  return [...byHour]
    .sort(([a], [b]) => a - b)
    .map(([hour, rows]) => {
      const order = Uint32Array.from(rows).sort(
        (a, b) =>
          (facts.times[a] as number) - (facts.times[b] as number) ||
          facts.compareIds(a, b) ||
          roles.of(a) - roles.of(b),
      );
      const leaves = Buffer.allocUnsafe(order.length * HASH_BYTES);
      order.forEach((row, place) => {
        hasher.putLeaf(row, rawProfile(row), leaves, place * HASH_BYTES);
      });
      sortEqualRuns(facts, order, leaves, roles);
      return {
        hour,
        facts: order.length,
        factsRoot: merkleRoot(leaves).toString('base64url'),
        judgementsRoot: empty,
      };
    });
}

/** Versions of one event at one time are ordered by their leaves, so that the tree is a function of the set. */
function sortEqualRuns(facts: RowSet, order: Uint32Array, leaves: Buffer, roles: RoleByProfile): void {
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && isSameEvent(order[start] as number, order[end] as number)) end++;
    if (end - start > 1) {
      const run: Buffer[] = [];
      for (let i = start; i < end; i++)
        run.push(Buffer.from(leaves.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)));
      run.sort(Buffer.compare);
      run.forEach((leaf, i) => {
        leaves.set(leaf, (start + i) * HASH_BYTES);
      });
    }
    start = end;
  }

  function isSameEvent(a: number, b: number): boolean {
    return facts.times[a] === facts.times[b] && facts.sameId(a, b) && roles.of(a) === roles.of(b);
  }
}

const ALIAS_OPERATIONS: Readonly<Record<string, AliasFact['kind']>> = {
  CreateAlias: 'set',
  UpdateAlias: 'set',
  DeleteAlias: 'deleted',
};

function learnAliases(
  sealed: SealedRows,
  profiles: ProfileFacts,
): { aliases: Record<string, AliasFact[]>; references: string[] } {
  const { facts } = sealed;
  const known = new Map<number, AliasStatement | undefined>();
  const statementOf = (row: number) => {
    const number = facts.profile[row] as number;
    let statement = known.get(number);
    if (statement === undefined && !known.has(number)) {
      statement = aliasStatement(profiles.get(number));
      known.set(number, statement);
    }
    return statement;
  };
  const learned = new Map<string, AliasFact[]>();
  // Records teach, each by itself: not what several copies amount to.
  for (const row of rawRows(sealed)) {
    const what = statementOf(row);
    if (what?.kind === undefined) continue;
    const fact: AliasFact = {
      timeMs: facts.times[row] as number,
      kind: what.kind,
      ...(what.keyArn === undefined ? {} : { keyArn: what.keyArn }),
    };
    const list = learned.get(what.key);
    if (list === undefined) learned.set(what.key, [fact]);
    else list.push(fact);
  }
  const references = new Set<string>();
  for (const row of sealed.visible) {
    const what = statementOf(row);
    if (what !== undefined && what.keyArn === undefined) references.add(what.key);
  }
  const aliases: Record<string, AliasFact[]> = {};
  for (const [key, list] of [...learned].sort(([a], [b]) => (a < b ? -1 : 1))) {
    aliases[key] = compactAliasFacts(list.sort(compareAliasFacts));
  }
  return { aliases, references: [...references].sort() };
}

interface AliasStatement {
  readonly key: string;
  readonly kind?: AliasFact['kind'];
  readonly keyArn?: KeyArn;
}

/** What a profile says of an alias; without a kind where it only uses one. */
function aliasStatement(profile: Profile): AliasStatement | undefined {
  const keyRef = profile[AT.keyRef];
  if (keyRef === null) return undefined;
  const name = referenceOf(profile);
  if (name === undefined) return undefined;
  const key = aliasKey(name);
  const isLookedUp = profile[AT.keyFrom] === 'alias';
  const keyArn = profile[AT.keyArn];
  const operation = ALIAS_OPERATIONS[profile[AT.operation]];
  if (operation === 'deleted' && profile[AT.outcome] === 'success') {
    return { key, kind: 'deleted', ...(keyArn === null || isLookedUp ? {} : { keyArn: keyArn as KeyArn }) };
  }
  if (isLookedUp || keyArn === null) return { key };
  if (operation === undefined) return { key, kind: 'seen', keyArn: keyArn as KeyArn };
  return profile[AT.outcome] === 'success' ? { key, kind: operation, keyArn: keyArn as KeyArn } : undefined;
}

/** The alias that a profile's reference names, if it names one. */
export function referenceOf(profile: Profile) {
  const keyRef = profile[AT.keyRef];
  if (keyRef === null) return undefined;
  return aliasNameOf(
    keyRef,
    profile[AT.accountId] ?? profile[AT.principalAccount] ?? undefined,
    profile[AT.region] ?? undefined,
  );
}

function collectIds(sealed: SealedRows, visible: Uint32Array, chunkOf: Uint32Array) {
  const { facts } = sealed;
  const fingerprints: number[] = [];
  const chunks: number[] = [];
  const push = (bytes: Uint8Array, at: number, chunk: number) => {
    fingerprints.push(fingerprintOf(bytes, at, 40));
    chunks.push(chunk);
  };
  const pushShared = (row: number) => {
    const extra = facts.extra[row] as number;
    if (extra === 0) return;
    const { sharedEventId, copies } = parseExtra(facts.extras.text(extra));
    const chunk = chunkOf[row] as number;
    if (sharedEventId !== undefined) push(sharedIdBytes(sharedEventId), 0, chunk);
    const eventId = facts.eventId(row);
    for (const copy of copies ?? []) if (copy !== eventId) push(idBytes(copy), 0, chunk);
  };
  for (const row of visible) {
    push(facts.ids, row * ID_BYTES, chunkOf[row] as number);
    pushShared(row);
  }
  // Hidden copies are found by the row that shows them; only shared ids lead to a partner elsewhere.
  for (const row of sealed.hidden) pushShared(row);
  return { idFingerprints: Float64Array.from(fingerprints), idChunks: Uint32Array.from(chunks) };
}

function collectCorrections(facts: RowSet, visible: Uint32Array): Correction[] {
  const corrections: Correction[] = [];
  const candidates = facts.extras.texts.map((text) => text.includes('"supersedes"'));
  for (const row of visible) {
    const extra = facts.extra[row] as number;
    if (!candidates[extra]) continue;
    const { supersedes } = parseExtra(facts.extras.text(extra));
    if (supersedes !== undefined) corrections.push({ original: supersedes, by: facts.eventId(row) });
  }
  return corrections;
}
