import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isUnsettled } from '../../src/history/day/day-state.ts';
import { sealDue } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { ingestMessages } from '../../src/ingest/ingest-messages.ts';
import type { QueueMessage } from '../../src/ingest/queue-message.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import type { Table } from '../../src/table/table.ts';
import { readAt } from '../builders/read-at.ts';
import { expectAnswersOf } from '../history/delivered-records.ts';
import { aSetAndDeliveries } from '../oracle/arbitrary-records.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { aPlantedFault, MortalTable, untilDone } from '../table/mortal-table.ts';

const RUNS = process.env['KEYTRAIL_FUZZ_RUNS'];
const TIMEOUT_MS = 60_000 + 1_000 * Number(RUNS ?? 0);

const aPoison = fc.constantFrom(
  '',
  '{',
  '[]',
  'null',
  '"text"',
  '{"detail-type":7}',
  '{"eventSource":"kms.amazonaws.com"}',
);

/** What fails is delivered again, to whichever process is there then. */
async function deliver(
  table: MortalTable,
  batch: readonly QueueMessage[],
  isWarm: () => boolean,
): Promise<void> {
  let gatherer = new RecordGatherer(new Uint8Array(32), readAt);
  await untilDone(table, async (alive: Table) => {
    const keeping = { table: alive, keepLarge: async () => {} };
    try {
      const { failed, balance } = await ingestMessages(batch, gatherer, keeping, () => 0);
      expect({ failed, unaccounted: balance.unaccounted }).toEqual({ failed: [], unaccounted: 0 });
    } catch (error) {
      // A warm function keeps its gatherer, a new process has another.
      if (!isWarm()) gatherer = new RecordGatherer(new Uint8Array(32), readAt);
      throw error;
    }
  });
}

it(
  'whatever fails before or after it was applied, what was delivered is there once, and poison is in quarantine',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        aSetAndDeliveries({ maxEvents: 12 }),
        fc.array(fc.constantFrom('', 'seal', 'seal in a hurry', 'sweep'), { maxLength: 6 }),
        fc.array(aPlantedFault(), { minLength: 1, maxLength: 12 }),
        fc.array(aPoison, { maxLength: 6 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        async ({ records, one }, steps, faults, poison, warmth) => {
          let failures = 0;
          const isWarm = () => warmth[failures++ % warmth.length] === true;
          const memory = new MemoryTable();
          const table = new MortalTable(memory, faults);
          let count = 0;
          const messages = (bodies: readonly string[]) =>
            bodies.map((body) => ({ messageId: `m${count++}`, body }));
          const seal = (isHurried: boolean) => {
            let left = isHurried ? 2 : Number.POSITIVE_INFINITY;
            return untilDone(table, (alive) =>
              sealDue(alive, 'test', {
                isDue: isUnsettled,
                isTimeLeft: () => left-- > 0,
                ...(isHurried ? { mostRows: 1 } : {}),
              }),
            );
          };
          for (const [index, batch] of one.entries()) {
            const bodies = batch.map((record) => JSON.stringify(record));
            await deliver(table, messages([...bodies, ...poison.slice(index, index + 1)]), isWarm);
            const step = steps[index] ?? '';
            if (step.startsWith('seal')) await seal(step !== 'seal');
            if (step === 'sweep') await untilDone(table, (alive) => sweep(alive));
          }
          await seal(false);
          await untilDone(table, (alive) => sweep(alive));
          await expectAnswersOf(memory, records);
          // One for each message, however often it was delivered.
          const sources = [...(memory.items.get('Q')?.values() ?? [])].map(
            ({ fields }) => fields?.['source'],
          );
          expect(new Set(sources).size).toBe(sources.length);
          expect(sources.length).toBeGreaterThanOrEqual(poison.slice(0, one.length).length);
        },
      ),
      { numRuns: Number(RUNS ?? 30), interruptAfterTimeLimit: TIMEOUT_MS - 20_000 },
    );
  },
  TIMEOUT_MS,
);
