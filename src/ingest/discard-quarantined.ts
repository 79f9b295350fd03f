import type { LargeBytes } from '../s3/large-bytes.ts';
import type { Item, Table } from '../table/table.ts';
import { isoTime } from '../utc-time.ts';
import { type QuarantinedItem, quarantinedItems } from './quarantine.ts';

/** What is left of discarded entries: everything but their bytes. */
const DISCARDED = 'Q#discarded';

/** Who discards, when (epoch milliseconds) and why. */
export interface Discarding {
  readonly by: string;
  readonly timeMs: number;
  readonly reason: string;
}

/** An entry whose bytes were deleted. */
export interface DiscardedItem {
  readonly id: string;
  readonly source: string;
  readonly code: string;
  readonly reason: string;
  readonly sha256?: string;
  readonly discarded: Discarding;
}

/**
 * Deletes quarantined records. That they were there, and who discarded them why, stays on record and is written first:
 * a run that is cut off is completed by the next.
 * @param ids of the entries that are meant
 * @returns the ids that were discarded
 */
export async function discardQuarantined(
  table: Table,
  large: LargeBytes,
  ids: ReadonlySet<string>,
  discarding: Discarding,
): Promise<string[]> {
  const discarded: string[] = [];
  for await (const item of quarantinedItems(table)) {
    if (!ids.has(item.id)) continue;
    await table.put(recordOf(item, discarding));
    await table.write([], [item.key]);
    if (item.kept !== undefined) await large.drop(item.kept);
    discarded.push(item.id);
  }
  return discarded;
}

/** Newest discarding last. */
export async function discardedItems(table: Table): Promise<DiscardedItem[]> {
  return (await table.query(DISCARDED)).map(({ sk, fields = {} }) => {
    const text = (name: string) => String(fields[name] ?? '');
    const { sha256, discardedMs } = fields;
    return {
      id: sk.slice(sk.indexOf('|') + 1),
      source: text('source'),
      code: text('code'),
      reason: text('reason'),
      ...(typeof sha256 === 'string' ? { sha256 } : {}),
      discarded: { by: text('discardedBy'), timeMs: Number(discardedMs), reason: text('discardedWhy') },
    };
  });
}

/** Named by the time as well: what is read again may be discarded again. */
function recordOf({ id, source, code, reason, sha256 }: QuarantinedItem, discarding: Discarding): Item {
  return {
    pk: DISCARDED,
    sk: `${isoTime(discarding.timeMs)}|${id}`,
    fields: {
      source,
      code,
      reason,
      ...(sha256 === undefined ? {} : { sha256 }),
      discardedBy: discarding.by,
      discardedMs: discarding.timeMs,
      discardedWhy: discarding.reason,
    },
  };
}
