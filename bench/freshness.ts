import { openEmbeddedStore } from '../src/embedded/embedded-store.ts';
import { appendSegments, SegmentBuilder } from '../src/history/append/append.ts';
import { History } from '../src/history/query/history.ts';
import type { KeyUse } from '../src/kms/key-use.ts';
import type { BuiltHistory } from './built-history.ts';
import { meterTable, newMeter } from './metered-table.ts';
import { RealisticUses } from './realistic-uses.ts';

export interface Fresh {
  readonly name: string;
  /** Until the batch was acknowledged. */
  readonly appendMs: number;
  readonly coldMs: number;
  readonly coldReadUnits: number;
  readonly warmMs: number;
  readonly isThere: boolean;
}

const BATCH_ROWS = 200;
const MANY_ROWS = 20_000;
const DAY_MS = 86_400_000;

/**
 * Appends rows to the newest day of a history, which is sealed already, and asks for the newest of them as soon as
 * their batch is acknowledged: with one batch of 200 rows not sealed yet, then with 20,000; and on a new day.
 */
export async function freshness(storePath: string, built: BuiltHistory): Promise<Fresh[]> {
  const store = await openEmbeddedStore(storePath, { mode: 'create' });
  const meter = newMeter();
  const table = meterTable(store.table, meter);
  const { options } = built;
  const newest = options.startMs + (options.days - 1) * DAY_MS;
  const append = async (uses: readonly KeyUse[], nth: number): Promise<number> => {
    const builder = new SegmentBuilder();
    for (const use of uses) builder.add(use);
    const segments = builder.finish();
    const started = performance.now();
    await appendSegments(table, segments, `batch-${nth}`);
    return performance.now() - started;
  };
  const measure = async (name: string, uses: readonly KeyUse[]): Promise<Fresh> => {
    let appendMs = 0;
    for (let start = 0; start < uses.length; start += BATCH_ROWS) {
      appendMs = await append(uses.slice(start, start + BATCH_ROWS), start);
    }
    const last = uses.at(-1) as KeyUse;
    const ask = async (history: History) => {
      const started = performance.now();
      const key = last.keyArn === undefined ? {} : { key: [last.keyArn] };
      const { items } = await history.usage(key, { limit: 100, order: 'desc' });
      return { ms: performance.now() - started, isThere: items.some((row) => row.eventId === last.eventId) };
    };
    const before = meter.readUnits;
    const history = new History(table);
    const cold = await ask(history);
    const coldReadUnits = meter.readUnits - before;
    const warm = await ask(history);
    return { name, appendMs, coldMs: cold.ms, coldReadUnits, warmMs: warm.ms, isThere: cold.isThere };
  };
  try {
    return [
      await measure('200 rows beside a sealed day', lateUses(built, 1, newest, BATCH_ROWS)),
      await measure('20,000 rows beside a sealed day', lateUses(built, 2, newest, MANY_ROWS)),
      await measure('200 rows of a new day as well', lateUses(built, 3, newest + DAY_MS, BATCH_ROWS)),
      await measure('20,000 rows of a new day as well', lateUses(built, 4, newest + DAY_MS, MANY_ROWS)),
    ];
  } finally {
    await store.close();
  }
}

/** Uses of the last hour of a day, by the history's own keys and principals, with ids of their own. */
function lateUses({ options }: BuiltHistory, hour: number, dayMs: number, count: number): KeyUse[] {
  const hours = options.days * 24;
  // The same world, with so many uses that one hour has enough of them.
  const uses = new RealisticUses({ ...options, uses: count * hours * 4 }).hour(
    (options.days - 1) * 24 + 10 + hour,
  );
  const spread = uses
    .filter((_, nth) => nth % Math.max(1, Math.floor(uses.length / count)) === 0)
    .slice(0, count);
  return spread.map((use, nth) => ({
    ...use,
    eventId:
      `${use.eventId.slice(0, 8)}-f${String(hour).padStart(3, '0')}${use.eventId.slice(13)}` as KeyUse['eventId'],
    eventTimeMs: dayMs + DAY_MS - 3_600_000 + Math.floor((nth * 3600) / count) * 1000,
  }));
}
