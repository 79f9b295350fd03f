import { putSourceChanges } from '../coverage/source-changes.ts';
import { appendFacts } from '../history/append/append.ts';
import type { Table } from '../table/table.ts';
import { putInQuarantine } from './quarantine.ts';
import type { GatheredRecords } from './record-gatherer.ts';

/** Where records are stored. */
export interface Keeping {
  readonly table: Table;
  /** Keeps quarantined bytes that are too large for an item, under a name. */
  readonly keepLarge: (name: string, bytes: Uint8Array) => Promise<void>;
}

/**
 * Makes gathered records durable; when this resolves, they may be acknowledged. A retry, whole or in part, changes
 * nothing.
 * @param origin names who appended, for the counts of an import; empty where nobody counts
 * @param batch distinguishes batches of one origin that hold the same facts
 * @throws KeytrailError `store-unavailable`
 */
export async function makeDurable(
  { sourceChanges, quarantined, ...facts }: GatheredRecords,
  { table, keepLarge }: Keeping,
  origin = '',
  batch = '',
): Promise<void> {
  if (quarantined.length > 0) await putInQuarantine(table, quarantined, keepLarge);
  await putSourceChanges(table, sourceChanges);
  await appendFacts(table, facts, origin, batch);
}
