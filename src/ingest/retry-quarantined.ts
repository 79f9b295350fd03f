import type { LargeBytes } from '../s3/large-bytes.ts';
import type { Table } from '../table/table.ts';
import { parseJson } from '../text/parse-json.ts';
import { makeDurable } from './make-durable.ts';
import { type QuarantinedItem, quarantinedItems } from './quarantine.ts';
import type { RecordGatherer } from './record-gatherer.ts';

/** What no version will understand, or may believe without the place that it came from. */
const NEVER_UNDERSTOOD: ReadonlySet<string> = new Set(['contradicts-place', 'not-a-notification']);

/** Entries that are made durable together. */
const ENTRIES_AT_A_TIME = 100;

export interface Retried {
  /** Entries that are understood now, and are in the history instead. */
  understood: number;
  /** Entries that are not, and stay. */
  left: number;
  /** Entries of which no bytes were kept: what they came from has to be read again. */
  withoutBytes: number;
}

/**
 * Parses quarantined records again: this version may understand what an earlier one did not. A record is in the history
 * before it leaves the quarantine; if the run is cut off in between, it is read once more, which changes nothing.
 * @param ids of the entries that are meant; all of them when absent
 */
export async function retryQuarantined(
  table: Table,
  large: LargeBytes,
  gatherer: RecordGatherer,
  ids?: ReadonlySet<string>,
): Promise<Retried> {
  const retried: Retried = { understood: 0, left: 0, withoutBytes: 0 };
  let done: QuarantinedItem[] = [];
  const settle = async () => {
    await makeDurable(gatherer.finish(), { table, keepLarge: large.keep });
    await table.write(
      [],
      done.map(({ key }) => key),
    );
    for (const { kept } of done) if (kept !== undefined) await large.drop(kept);
    retried.understood += done.length;
    done = [];
  };
  for await (const item of quarantinedItems(table)) {
    if (ids !== undefined && !ids.has(item.id)) continue;
    const bytes = item.kept === undefined ? item.bytes : await large.read(item.kept);
    if (bytes === undefined) retried.withoutBytes++;
    else if (!NEVER_UNDERSTOOD.has(item.code) && isUnderstood(gatherer, bytes)) done.push(item);
    else retried.left++;
    if (done.length >= ENTRIES_AT_A_TIME) await settle();
  }
  await settle();
  return retried;
}

function isUnderstood(gatherer: RecordGatherer, bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString();
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    // A line with a heading before its record, or several records.
    return gatherer.takeCarried(text)?.length === 0;
  }
  return gatherer.take(value).length === 0;
}
