import type { AliasFact } from '../../kms/alias-timeline.ts';
import { MAX_BODY_BYTES } from '../../table/content-name.ts';
import { rankTexts } from '../../text/text-order.ts';
import type { ChunkKind, Correction, HourSeal } from '../day/day-root.ts';
import { learnAliases } from '../evidence/learn-aliases.ts';
import { AT } from '../facts/fact.ts';
import { encodeRows } from '../facts/row-block.ts';
import { RoleByProfile } from '../facts/row-roles.ts';
import type { RowSet } from '../facts/row-set.ts';
import { type CollectedIds, collectCorrections, collectIds } from './collect-ids.ts';
import { hashHours, type SlotBounds } from './hash-hours.ts';
import { rawRows } from './raw-facts.ts';
import type { SealedRows } from './seal-rows.ts';
import { ProfileFacts, type RowPlaces, type SealedKey, summarise } from './summarise-rows.ts';

/** Rows in a chunk: enough to compress well, few enough that a page of a hundred reads little beside its rows. */
const CHUNK_ROWS = 512;

interface SealedChunk {
  readonly kind: ChunkKind;
  readonly rows: number;
  readonly body: Uint8Array;
}

export interface SealedSlot extends CollectedIds {
  readonly from: number;
  readonly to: number;
  readonly facts: number;
  readonly chunks: readonly SealedChunk[];
  readonly keys: readonly SealedKey[];
  readonly hours: readonly HourSeal[];
  readonly aliases: Readonly<Record<string, readonly AliasFact[]>>;
  readonly references: readonly string[];
  readonly corrections: readonly Correction[];
}

/** Puts the rows of a slot into chunks, sums them up and hashes them. Pure. */
export function sealSlot(sealed: SealedRows, bounds: SlotBounds): SealedSlot {
  const { facts } = sealed;
  const profiles = new ProfileFacts(facts);
  const visible = sortVisible(sealed, profiles);
  const chunks: SealedChunk[] = [];
  const places = { chunkOf: new Uint32Array(facts.length), placeOf: new Uint32Array(facts.length) };
  const firstException = visible.findIndex((row) => profiles.isException(row));
  const split = firstException === -1 ? visible.length : firstException;
  cutChunks(facts, visible.subarray(0, split), 'success', chunks, places);
  cutChunks(facts, visible.subarray(split), 'exception', chunks, places);
  const hidden = Uint32Array.from(sealed.hidden).sort(byTime(facts));
  cutChunks(facts, hidden, 'hidden', chunks, places);
  const raw = rawRows(sealed);

  return {
    from: bounds.from,
    to: bounds.to,
    facts: raw.length,
    chunks,
    keys: summarise(facts, visible, profiles, places, bounds.dayStartMs),
    hours: bounds.isHashed ? hashHours(facts, raw, sealed.visible, bounds) : [],
    ...learnAliases(sealed, raw),
    ...collectIds(sealed, visible, places.chunkOf),
    corrections: collectCorrections(facts, visible),
  };
}

/** Successes first, then by key, time, event id and role. */
function sortVisible(sealed: SealedRows, profiles: ProfileFacts): Uint32Array {
  const { facts } = sealed;
  const count = facts.profiles.texts.length;
  const keyNames: string[] = [];
  for (let number = 0; number < count; number++) {
    keyNames.push(number === 0 ? '' : profiles.keyName(number));
  }
  const distinct = [...new Set(keyNames)];
  const rankOfText = rankTexts(distinct);
  const numberOfText = new Map(distinct.map((text, number) => [text, number]));
  const rank = new Float64Array(count);
  for (let number = 1; number < count; number++) {
    const place = rankOfText[numberOfText.get(keyNames[number] as string) as number] as number;
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
  { chunkOf, placeOf }: RowPlaces,
): void {
  // Even parts: a last chunk of a few rows would cost an item of its own.
  const parts = Math.ceil(rows.length / CHUNK_ROWS);
  for (let part = 0; part < parts; part++) {
    const start = Math.floor((rows.length * part) / parts);
    const end = Math.floor((rows.length * (part + 1)) / parts);
    encodeChunk(rows.subarray(start, end));
  }

  function encodeChunk(some: Uint32Array): void {
    const body = encodeRows(facts, some);
    if (body.length > MAX_BODY_BYTES && some.length > 1) {
      encodeChunk(some.subarray(0, some.length >>> 1));
      encodeChunk(some.subarray(some.length >>> 1));
      return;
    }
    some.forEach((row, place) => {
      chunkOf[row] = chunks.length;
      placeOf[row] = place;
    });
    chunks.push({ kind, rows: some.length, body });
  }
}
