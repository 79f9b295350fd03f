import { createHash } from 'node:crypto';
import { decodeRoot, readChunks } from '../../src/history/day/day-reader.ts';
import type { DayRoot } from '../../src/history/day/day-root.ts';
import type { DayState } from '../../src/history/day/day-state.ts';
import type { RowSet } from '../../src/history/facts/row-set.ts';
import { rootPk } from '../../src/history/facts/table-keys.ts';
import type { Table } from '../../src/table/table.ts';
import { dayStart, HOUR_MS } from '../../src/utc-time.ts';

/** What one hour's tree is made of, worked out from the sealed chunks alone. */
export interface RecomputedHour {
  readonly factsRoot: string;
  /** Leaf hashes in the tree's order, base64url. */
  readonly leaves: readonly string[];
}

interface Leaf {
  readonly timeMs: number;
  readonly eventId: string;
  readonly role: string;
  readonly hash: Buffer;
}

export async function rootOf(table: Table, state: DayState): Promise<DayRoot> {
  const item = await table.get({ pk: rootPk(state.day), sk: state.root ?? '' });
  if (item?.body === undefined) throw new Error(`the root of ${state.day} is missing`);
  return decodeRoot(item, state.day);
}

/**
 * The facts of each hour of a sealed day and the head of the tree over them, by RFC 6962 section 2.1 as it
 * stands there, and by the words of `HourSeal` and `FactHasher`. Shares nothing with what sealing does but
 * the decoding of chunks.
 */
export async function recomputeHours(table: Table, root: DayRoot): Promise<Map<number, RecomputedHour>> {
  const names = root.slots.flatMap((slot) => slot.chunks.map((chunk) => chunk.name));
  const byHour = new Map<number, Leaf[]>();
  for (const set of (await readChunks(table, root.day, names)).values()) {
    for (let row = 0; row < set.length; row++) {
      const leaf = leafOf(set, row);
      const hour = leaf && Math.floor((leaf.timeMs - dayStart(root.day)) / HOUR_MS);
      // Copies that belong to the next day or the last lie here too, to be compared.
      if (leaf === undefined || hour === undefined || hour < 0 || hour > 23) continue;
      byHour.set(hour, [...(byHour.get(hour) ?? []), leaf]);
    }
  }
  return new Map(
    [...byHour].map(([hour, leaves]) => {
      const hashes = leaves.sort(inOrder).map(({ hash }) => hash);
      return [
        hour,
        {
          factsRoot: treeHead(hashes).toString('base64url'),
          leaves: hashes.map((hash) => hash.toString('base64url')),
        },
      ];
    }),
  );
}

/** The fact that a row holds, as it came in; none for a row that sealing made of several. */
function leafOf(set: RowSet, row: number): Leaf | undefined {
  const { profile, session, context, extra } = set.parts(row);
  if (extra !== '' && 'copies' in JSON.parse(extra)) return undefined;
  const members = JSON.parse(profile);
  const KEY_ARN = 2;
  const KEY_FROM = 4;
  const KEY_ROLE = 5;
  if (members[KEY_FROM] === 'alias') {
    members[KEY_ARN] = null;
    members[KEY_FROM] = null;
  }
  const eventId = set.eventId(row);
  const time = Buffer.alloc(8);
  time.writeDoubleBE(set.times[row] ?? Number.NaN);
  const entry = Buffer.concat([
    idBytesOf(eventId),
    time,
    ...[JSON.stringify(members), session, extra].map((text) => sha256(Buffer.from(text))),
    Buffer.from(context),
  ]);
  return {
    timeMs: set.times[row] ?? Number.NaN,
    eventId,
    role: members[KEY_ROLE] ?? '',
    hash: sha256(Buffer.of(0), entry),
  };
}

function idBytesOf(eventId: string): Buffer {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(eventId)
    ? Buffer.from(eventId.replaceAll('-', ''), 'hex')
    : sha256(Buffer.from(eventId)).subarray(0, 16);
}

function inOrder(a: Leaf, b: Leaf): number {
  return (
    a.timeMs - b.timeMs ||
    compareTexts(a.eventId, b.eventId) ||
    compareTexts(a.role, b.role) ||
    Buffer.compare(a.hash, b.hash)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** MTH of RFC 6962, over leaf hashes: k is the largest power of two smaller than n. */
function treeHead(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return only;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Buffer.of(1), treeHead(leaves.slice(0, k)), treeHead(leaves.slice(k)));
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
