import { factsOfEvent, readSealedRoot } from '../history/seal/facts-of-event.ts';
import type { Table } from '../table/table.ts';
import { decodeCursor, encodeCursor } from '../text/cursor.ts';
import { dayOf, dayStart, HOUR_MS, isoTime } from '../utc-time.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { decodeDaySeal } from './day-seal.ts';
import { readLogHead } from './log-head.ts';
import { readLoggedDays } from './log-sealed-days.ts';
import { inclusionProof } from './merkle-log.ts';
import { proofPath } from './proof-path.ts';
import { nodeReader, readLeaves, type StoredLeaf } from './seal-log.ts';
import { readCheckpoints, type StoredCheckpoint } from './sign-log.ts';
import { formatTlogProof } from './tlog-proof.ts';

/** A sealed version of a day. Hashes are base64. */
export interface Seal {
  readonly day: string;
  readonly version: number;
  /** Its place in the log, from 0. */
  readonly index: number;
  readonly isSigned: boolean;
  /** Rows that answers show; facts that they were made of. */
  readonly rows: number;
  readonly facts: number;
  readonly factsRoot: string;
  readonly judgementsRoot: string;
  readonly root: string;
  readonly rootHash: string;
  readonly firstSeen?: string;
  readonly lastSeen?: string;
}

/** A seal with what proves it: the bytes of its leaf, and the proof that they are in the log. */
export interface ProvenSeal extends Seal {
  readonly leaf: string;
  /** A C2SP `tlog-proof`; absent where no checkpoint has the seal yet. */
  readonly proof?: string;
}

export interface ShownCheckpoint {
  readonly size: number;
  readonly root: string;
  readonly note: string;
}

/** What lists of the log say beside their items. */
interface LogWords {
  readonly origin?: string;
  /** The public key of the checkpoints, as C2SP writes it; absent where nothing is signed. */
  readonly key?: string;
}

interface Asked {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

type LogPage<Item> = LogWords & { readonly items: readonly Item[]; readonly next?: string };

/** Versions of a day that one answer proves, newest first. */
const MOST_VERSIONS = 100;

/** Answers questions about the log of sealed days. */
export class SealQuestions {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The newest seal of each day, oldest day first. */
  async seals({ limit, cursor }: Asked): Promise<LogPage<Seal>> {
    const after = cursor === undefined ? undefined : String(decodeCursor('seals', cursor).after[0] ?? '');
    // One more than is shown says whether there is more; the first may be the last of the page before.
    const range = { limit: limit + 2, ...(after === undefined ? {} : { from: after }) };
    const days = [...(await readLoggedDays(this.#table, range))].filter(([day]) => day !== after);
    const shown = days.slice(0, limit);
    const [signed, leaves] = await Promise.all([
      this.#signed(),
      readLeaves(
        this.#table,
        shown.map(([, { index }]) => index),
      ),
    ]);
    const last = shown.at(-1)?.[0];
    return {
      ...(await this.#words()),
      items: leaves.map((leaf) => sealOf(leaf, signed?.size ?? 0)),
      ...(last === undefined || days.length <= limit ? {} : { next: nextOf('seals', last) }),
    };
  }

  /** The versions of a day, newest first, each with its proof; undefined where the day is not in the log. */
  async seal(day: string): Promise<(LogWords & { readonly items: readonly ProvenSeal[] }) | undefined> {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
    const logged = (await readLoggedDays(this.#table, { from: day, to: day })).get(day);
    if (logged === undefined) return undefined;
    const signed = await this.#signed();
    const items: ProvenSeal[] = [];
    for (
      let index: number | undefined = logged.index;
      index !== undefined && items.length < MOST_VERSIONS;
    ) {
      const [leaf] = (await readLeaves(this.#table, [index])) as [StoredLeaf];
      items.push(await this.#proven(leaf, signed));
      index = decodeDaySeal(leaf.item).previous;
    }
    return { ...(await this.#words()), items };
  }

  /**
   * The proofs of the facts of an event that are sealed in an hour: C2SP `tlog-proof`s of the day's newest seal, whose
   * extra data leads from the fact to it, see `proofPath`. None where the newest seal is not signed yet.
   */
  async eventProofs(eventId: string, timeMs: number): Promise<readonly string[]> {
    const day = dayOf(timeMs);
    const logged = (await readLoggedDays(this.#table, { from: day, to: day })).get(day);
    const signed = await this.#signed();
    if (logged === undefined || signed === undefined || logged.index >= signed.size) return [];
    const [leaf] = (await readLeaves(this.#table, [logged.index])) as [StoredLeaf];
    const root = await readSealedRoot(this.#table, day, decodeDaySeal(leaf.item).root);
    // It was sealed again since, or has expired.
    if (root === undefined) return [];
    const hour = Math.floor((timeMs - dayStart(day)) / HOUR_MS);
    const hashes = await inclusionProof(leaf.index, signed.size, nodeReader(this.#table));
    const proofs: string[] = [];
    for (const fact of await factsOfEvent(this.#table, root, hour, eventId)) {
      const extra = await proofPath(leaf.entry, fact);
      proofs.push(formatTlogProof({ index: leaf.index, hashes, checkpoint: signed.note, extra }));
    }
    return proofs;
  }

  /** Checkpoints, newest first. */
  async checkpoints({ limit, cursor }: Asked): Promise<LogPage<ShownCheckpoint>> {
    const after = cursor === undefined ? undefined : Number(decodeCursor('checkpoints', cursor).after[0]);
    // A cursor that somebody made up leads nowhere.
    const below = after === undefined || Number.isSafeInteger(after) ? after : 0;
    const range = { limit, ...(below === undefined ? {} : { below }) };
    const found = await readCheckpoints(this.#table, range);
    const last = found.at(-1)?.number ?? 0;
    return {
      ...(await this.#words()),
      items: found.map(({ note }) => {
        const { size, root } = parseCheckpoint(note);
        return { size, root: Buffer.from(root).toString('base64'), note };
      }),
      ...(last === 0 ? {} : { next: nextOf('checkpoints', last) }),
    };
  }

  async #proven(leaf: StoredLeaf, signed: SignedHead | undefined): Promise<ProvenSeal> {
    const seal = sealOf(leaf, signed?.size ?? 0);
    const entry = Buffer.from(leaf.entry).toString();
    if (signed === undefined || !seal.isSigned) return { ...seal, leaf: entry };
    const hashes = await inclusionProof(leaf.index, signed.size, nodeReader(this.#table));
    return {
      ...seal,
      leaf: entry,
      proof: formatTlogProof({
        index: leaf.index,
        hashes,
        checkpoint: signed.note,
        extra: await proofPath(leaf.entry),
      }),
    };
  }

  async #signed(): Promise<SignedHead | undefined> {
    const [newest] = await readCheckpoints(this.#table, { limit: 1 });
    return newest === undefined ? undefined : { ...newest, size: parseCheckpoint(newest.note).size };
  }

  async #words(): Promise<LogWords> {
    const head = await readLogHead(this.#table);
    if (head === undefined) return {};
    return { origin: head.origin, ...(head.key === undefined ? {} : { key: head.key }) };
  }
}

type SignedHead = StoredCheckpoint & { readonly size: number };

function sealOf({ index, item }: StoredLeaf, signed: number): Seal {
  const { firstMs, lastMs, previous: _, follows: __, ...seal } = decodeDaySeal(item);
  return {
    ...seal,
    index,
    isSigned: index < signed,
    ...(firstMs === undefined ? {} : { firstSeen: isoTime(firstMs) }),
    ...(lastMs === undefined ? {} : { lastSeen: isoTime(lastMs) }),
  };
}

function nextOf(question: string, after: string | number): string {
  return encodeCursor(question, { fromMs: 0, toMs: 0, after: [after] });
}
