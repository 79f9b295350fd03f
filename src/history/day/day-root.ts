import type { AliasFact } from '../../kms/alias-timeline.ts';
import { contentName } from '../../table/content-name.ts';
import type { ItemKey } from '../../table/table.ts';
import {
  chunkPk,
  DAY_SEEN_PK,
  dependenciesPk,
  directoryName,
  indexPk,
  jobPagePk,
  pagePk,
  pointersPk,
  rootPk,
  taggedName,
} from '../facts/table-keys.ts';

export type ChunkKind = 'success' | 'exception' | 'hidden';

/** A run of a slot's rows of one kind, sorted by key and time. `exception`: every outcome but success. */
export interface ChunkRef {
  readonly name: string;
  readonly rows: number;
  readonly kind: ChunkKind;
}

/**
 * Whole hours that are sealed together: one on a busy day, more where there are few uses. All rows of the slot are
 * in its chunks.
 */
export interface Slot {
  /** First hour, and the hour after the last. */
  readonly from: number;
  readonly to: number;
  /** Facts, hidden ones included. */
  readonly facts: number;
  readonly chunks: readonly ChunkRef[];
  /** The version of the run of the event index that has its ids. */
  readonly indexRun: number;
  /** What its records say of aliases, by alias key. */
  readonly aliases: Readonly<Record<string, readonly AliasFact[]>>;
  /** Aliases that its records name without the ARN of a key. */
  readonly references: readonly string[];
  readonly corrections: readonly Correction[];
}

/** An addendum, by the row that shows it, and the event it corrects. */
export interface Correction {
  readonly original: string;
  readonly by: string;
}

/** What one hour was sealed as. Hashes are base64url of 32 bytes; see `merkleRoot`. */
export interface HourSeal {
  readonly hour: number;
  readonly facts: number;
  /** Over the leaves of every fact, ordered by time, event id, role and leaf. */
  readonly factsRoot: string;
  /** Over (event id, role, judgement) of every row that was joined to a job, ordered likewise. */
  readonly judgementsRoot: string;
}

/** The day's table of contents, written anew with each seal. */
export interface DayRoot {
  readonly format: 1;
  readonly day: string;
  readonly sealVersion: number;
  /** Name of the root this one follows. */
  readonly follows?: string;
  readonly why: string;
  readonly slots: readonly Slot[];
  readonly hours: readonly HourSeal[];
  /** Sort key of the current page of each bucket that has one. */
  readonly pages: Readonly<Record<number, string>>;
  /** Sort key of the current page of each bucket of jobs that has one. */
  readonly jobPages: Readonly<Record<number, string>>;
  /** Sort keys of the items that hold `SlotDependencies`. The member is stored under this name. */
  readonly ties: readonly string[];
  /** Sort key of the current pointers of principals of each bucket that has any; see `principal-pointers.ts`. */
  readonly pointers: Readonly<Record<number, string>>;
  /** Sort key of what it has rows of; absent in roots of an earlier version. */
  readonly seen?: string;
  /** The rules by which its rows were judged, `JUDGING_RULES`; absent in roots of an earlier version. */
  readonly rules?: number;
  readonly index: readonly IndexRun[];
  /** The name of the directory's content, see `contentName`; absent in roots of an earlier version. */
  readonly directory?: string;
}

/**
 * A run of the day's event index: the ids of whole slots in `2 ** bits` buckets by their leading bits, as one
 * seal wrote them. Its entries number the chunks of its slots in order.
 */
export interface IndexRun {
  /** The seal that wrote it, and the tag of that seal's root. */
  readonly version: number;
  readonly tag: string;
  readonly bits: number;
  readonly fingerprintBits: number;
  readonly entries: number;
  /** The name of its buckets' contents in order, see `contentOfBuckets`; absent in runs of an earlier version. */
  readonly content?: string;
}

/** Names the contents of an index run. @param buckets bodies in order */
export function contentOfBuckets(buckets: readonly Uint8Array[]): string {
  return contentName(Buffer.from(buckets.map(contentName).join()));
}

export function indexItemKey(
  day: string,
  run: Pick<IndexRun, 'version' | 'tag' | 'bits'>,
  bucket: number,
): ItemKey {
  return { pk: indexPk(run.bits, bucket), sk: taggedName(day, run.version, run.tag) };
}

export function indexItemKeys(day: string, run: Pick<IndexRun, 'version' | 'tag' | 'bits'>): ItemKey[] {
  return Array.from({ length: 2 ** run.bits }, (_, bucket) => indexItemKey(day, run, bucket));
}

/** The keys of every written-once item of a version of a day. */
export function itemKeysOf(root: DayRoot, rootName: string): ItemKey[] {
  return [
    ...(rootName === '' ? [] : [rootName, directoryName(rootName)]).map((sk) => ({
      pk: rootPk(root.day),
      sk,
    })),
    ...root.slots.flatMap((slot) => slot.chunks.map((chunk) => ({ pk: chunkPk(root.day), sk: chunk.name }))),
    ...root.index.flatMap((run) => indexItemKeys(root.day, run)),
    ...Object.entries(root.pages).map(([bucket, sk]) => ({ pk: pagePk(Number(bucket)), sk })),
    ...Object.entries(root.jobPages).map(([bucket, sk]) => ({ pk: jobPagePk(Number(bucket)), sk })),
    ...root.ties.map((sk) => ({ pk: dependenciesPk(root.day), sk })),
    ...Object.entries(root.pointers).map(([bucket, sk]) => ({ pk: pointersPk(Number(bucket)), sk })),
    ...(root.seen === undefined ? [] : [{ pk: DAY_SEEN_PK, sk: root.seen }]),
  ];
}
