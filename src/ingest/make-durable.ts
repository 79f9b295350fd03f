import { putSourceChanges } from '../coverage/source-changes.ts';
import { appendSegments } from '../history/append/append.ts';
import { appendJobFacts } from '../history/evidence/evidence-items.ts';
import type { Table } from '../table/table.ts';
import { putInQuarantine } from './quarantine.ts';
import type { Gathered } from './record-gatherer.ts';

/** Where what came in is kept. */
export interface Keeping {
  readonly table: Table;
  /** Keeps quarantined bytes that are too large for an item, under a name. */
  readonly keepLarge: (name: string, bytes: Uint8Array) => Promise<void>;
}

/**
 * Makes what was gathered durable; when this resolves, whoever sent it may be told so. Doing it again, whole or in
 * part, changes nothing.
 * @param origin names who appended, for the counts of an import; empty where nobody counts
 * @param batch tells batches of one origin apart that hold the same facts
 * @throws KeytrailError `store-unavailable`
 */
export async function makeDurable(
  { segments, jobFacts, sourceChanges, quarantined }: Gathered,
  { table, keepLarge }: Keeping,
  origin = '',
  batch = '',
): Promise<void> {
  if (quarantined.length > 0) await putInQuarantine(table, quarantined, keepLarge);
  await putSourceChanges(table, sourceChanges);
  await appendJobFacts(table, jobFacts);
  await appendSegments(table, segments, origin, batch);
}
