import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReadSource } from '../../src/history/append/read-sources.ts';
import { type RecordSource, SOURCE_KINDS, sourceIdOf } from '../../src/history/facts/source.ts';
import { History } from '../../src/history/query/history.ts';
import type { RowSource } from '../../src/history/query/questions.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { makeDurable } from '../../src/ingest/make-durable.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';

/** Files of few names and contents, so that some have one name and other bytes. */
const file: fc.Arbitrary<ReadSource> = fc
  .record({
    kind: fc.constantFrom('object', 'local-file'),
    name: fc.constantFrom('s3://logs/a', 's3://logs/b', 's3://logs/c', 's3://logs/d'),
    content: fc.constantFrom('AAAAAAAAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBBBBBBBB'),
  })
  .map((some) => ({
    ...some,
    sha256: some.content.startsWith('A') ? '0a'.repeat(32) : '0b'.repeat(32),
    uses: 1,
    refused: 0,
    reader: 1,
  }));

interface Delivery {
  readonly event: number;
  readonly isFuller: boolean;
  readonly source: RecordSource | ReadSource;
  /** Whether everything is sealed after it. */
  readonly isSealed: boolean;
}

/** One of few events, told in one of two ways, read in a file or by itself. */
const delivery: fc.Arbitrary<Delivery> = fc.record({
  event: fc.integer({ min: 0, max: 2 }),
  isFuller: fc.boolean(),
  source: fc.oneof(
    { weight: 4, arbitrary: file },
    fc.constantFrom<RecordSource[]>({ kind: 'event-bus' }, { kind: 'lookup-events' }),
  ),
  isSealed: fc.boolean(),
});

const EVENTS = [0, 1, 2].map((event) => guid('source', event));

async function deliver(table: MemoryTable, deliveries: readonly Delivery[]): Promise<void> {
  const gatherer = new RecordGatherer(new Uint8Array(32), readAt);
  for (const { event, isFuller, source, isSealed } of deliveries) {
    const more = isFuller ? { vpcEndpointId: 'vpce-1' } : {};
    gatherer.take(aDecrypt({ eventID: EVENTS[event], ...more }), { source: sourceIdOf(source) });
    if ('sha256' in source) gatherer.addSource(source);
    if (!isSealed) continue;
    await makeDurable(gatherer.finish(), { table, keepLarge: async () => {} });
    await sealAll(table, 'test', 'test');
  }
  await makeDurable(gatherer.finish(), { table, keepLarge: async () => {} });
}

/** Where the shown version of an event was read, worked out from all that was delivered. */
function expectedSources(deliveries: readonly Delivery[], event: number): RowSource[] {
  const all = deliveries.filter((one) => one.event === event);
  const isFuller = all.some((one) => one.isFuller);
  const byId = new Map(
    all.filter((one) => one.isFuller === isFuller).map(({ source }) => [sourceIdOf(source), source]),
  );
  const rank = ({ kind }: RowSource) => SOURCE_KINDS.indexOf(kind);
  const name = (source: RowSource) => source.name ?? '';
  return [...byId]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, 4)
    .map(([, source]): RowSource => {
      if (!('sha256' in source)) return { kind: source.kind };
      return { kind: source.kind, name: source.name, sha256: source.sha256 };
    })
    .sort((a, b) => rank(a) - rank(b) || (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
}

describe('where a row was read', () => {
  test('is told of each version, the most trusted first, whatever came first, in whatever parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(delivery, { minLength: 1, maxLength: 12 }), async (deliveries) => {
        const table = new MemoryTable();
        await deliver(table, deliveries);
        for (let isSealed = false; ; isSealed = true) {
          const history = new History(table);
          for (const [event, eventId] of EVENTS.entries()) {
            const rows = await history.event(eventId);
            const [source, ...others] = expectedSources(deliveries, event);
            expect(rows.map((row) => [row.source, row.otherSources ?? []])).toEqual(
              source === undefined ? [] : [[source, others]],
            );
          }
          if (isSealed) return;
          await sealAll(table, 'test', 'test');
        }
      }),
      { numRuns: fuzzRuns(60) },
    );
  });
});
