import type { SourceChange } from '../cloudtrail/source-change.ts';
import { decodeJson, encodeJson } from '../table/json-body.ts';
import type { Item, Table } from '../table/table.ts';

const MONTHS = 'V';

interface Stored {
  readonly format: 1;
  readonly change: SourceChange;
}

/**
 * Stores changes to the sources of the history. Storing one again changes nothing, because its key is its time and
 * event id.
 * @throws KeytrailError `store-unavailable`
 */
export async function putSourceChanges(table: Table, changes: readonly SourceChange[]): Promise<void> {
  if (changes.length === 0) return;
  const items = new Map<string, Item>();
  for (const change of changes) {
    const sk = nameOf(change);
    items.set(sk, {
      pk: monthPk(monthOf(change.timeMs)),
      sk,
      body: encodeJson({ format: 1, change } satisfies Stored),
    });
  }
  // The months come first, because readers find changes only through them.
  const months = new Set(changes.map(({ timeMs }) => monthOf(timeMs)));
  await table.write([...months].map((month) => ({ pk: MONTHS, sk: month })));
  await table.write([...items.values()]);
}

/**
 * The changes to the sources of the history between two times, oldest first.
 * @param fromMs inclusive, epoch milliseconds
 * @param toMs exclusive
 */
export async function sourceChangesBetween(
  table: Table,
  fromMs: number,
  toMs: number,
): Promise<SourceChange[]> {
  if (fromMs >= toMs) return [];
  const months = await table.query(MONTHS, { from: monthOf(fromMs), to: monthOf(toMs - 1) });
  const changes: SourceChange[] = [];
  for (const { sk: month } of months) {
    const items = await table.query(monthPk(month), { from: timeOf(fromMs), to: timeOf(toMs) });
    for (const item of items) changes.push(decodeJson<Stored>(item, 'A change of a log source').change);
  }
  return changes.filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs);
}

function monthPk(month: string): string {
  return `V#${month}`;
}

/** The sort key, at most 1,024 bytes long because an event id has at most 256 characters. */
function nameOf({ timeMs, eventId }: SourceChange): string {
  return `${timeOf(timeMs)}.${eventId}`;
}

function timeOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function monthOf(timeMs: number): string {
  return timeOf(timeMs).slice(0, 7);
}
