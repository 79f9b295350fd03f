import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { concludeSealing } from '../../src/proof/conclude-sealing.ts';
import type { Table } from '../../src/table/table.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { appendToAllShards } from '../history/delivered-records.ts';
import { interleave, type Switch } from '../history/interleaving.ts';
import { aSetAndDeliveries } from '../oracle/arbitrary-records.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { aPlantedFault, MortalTable, untilDone } from '../table/mortal-table.ts';
import { expectOneLog, expectWholeLog } from './checked-log.ts';
import { aTestSigner } from './test-signer.ts';

const TIMEOUT_MS = 60_000 + 1_000 * fuzzRuns(0);
const numRuns = (usual: number) => ({
  numRuns: fuzzRuns(usual),
  interruptAfterTimeLimit: TIMEOUT_MS - 20_000,
});

const aSwitch: fc.Arbitrary<Switch> = fc.record({
  after: fc.oneof({ weight: 3, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.nat(60) }),
  to: fc.nat(6),
});

/** Signatures that are refused, by their place in the order in which they are asked for. */
const refusals = fc.array(fc.boolean(), { maxLength: 8 });

describe('the log of a history', () => {
  it(
    'is one, whichever write fails or is the last of its process, and whichever signature is refused',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          aSetAndDeliveries({ maxEvents: 10 }),
          fc.array(aPlantedFault({ near: 3, far: 80 }), { minLength: 1, maxLength: 14 }),
          refusals,
          async ({ one }, faults, refused) => {
            const memory = new MemoryTable();
            const table = new MortalTable(memory, faults);
            let asked = 0;
            const signer = aTestSigner(() => refused[asked++] === true);
            for (const batch of one) {
              await untilDone(table, (alive) => appendToAllShards(alive, batch, 'me'));
              await untilDone(table, async (alive) => {
                await sealAll(alive, 'me', 'test');
                await sweep(alive);
                await concludeSealing(alive, signer);
                await expectOneLog(memory);
              });
            }
            await concludeSealing(memory, aSignerThatAnswers(signer));
            await expectWholeLog(memory);
            const { size, signed } = await expectOneLog(memory);
            expect(signed).toBe(size);
          },
        ),
        numRuns(40),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'is one, whoever of several seals, appends and signs first',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          aSetAndDeliveries({ maxEvents: 10 }),
          fc.integer({ min: 2, max: 4 }),
          fc.array(aSwitch, { maxLength: 80, size: 'max' }),
          refusals,
          async ({ one }, sealers, switches, refused) => {
            const memory = new MemoryTable();
            let asked = 0;
            const signer = aTestSigner(() => refused[asked++] === true);
            const batches = [...one];
            await interleave(
              memory,
              switches,
              Array.from({ length: sealers }, () => async (table: Table) => {
                for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
                  await appendToAllShards(table, batch, 'me');
                  await sealAll(table, 'me', 'test');
                  await concludeSealing(table, signer);
                }
              }),
            );
            await expectOneLog(memory);
            await sealAll(memory, 'me', 'test');
            await concludeSealing(memory, aSignerThatAnswers(signer));
            await expectWholeLog(memory);
          },
        ),
        numRuns(40),
      );
    },
    TIMEOUT_MS,
  );
});

/** The same key, which signs at the second time of asking: its refusals are by number, and end. */
function aSignerThatAnswers(signer: ReturnType<typeof aTestSigner>): ReturnType<typeof aTestSigner> {
  return {
    publicKey: signer.publicKey,
    async sign(bytes) {
      for (let left = 20; ; left--) {
        try {
          return await signer.sign(bytes);
        } catch (error) {
          if (left === 0) throw error;
        }
      }
    },
  };
}
