import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { concludeSealing } from '../../src/proof/conclude-sealing.ts';
import { verifyHistory } from '../../src/proof/verify-history.ts';
import type { Table } from '../../src/table/table.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { append } from '../history/delivered-records.ts';
import { interleave, type Switch } from '../history/interleaving.ts';
import { aSetAndDeliveries } from '../oracle/arbitrary-records.ts';
import type { Json } from '../oracle/json.ts';
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

/** What the log lacks while a sealing run is in the middle of its work. */
const PASSING =
  /which the next import completes(; \d+ more days? (is|are) not as sealed)?$|any more, which a note \(.*\) names$|not signed: the key could not be used/;

/** Signatures that are refused, by their place in the order in which they are asked for. */
const refusals = fc.array(fc.boolean(), { maxLength: 8 });

describe('the log of a history', () => {
  it(
    'is one, whichever write fails or is the last of its process, and whichever signature is refused',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          aSetAndDeliveries({ maxEvents: 10 }),
          // Of sealing, and of what follows it, which writes far less.
          fc.array(aPlantedFault({ near: 3, far: 80 }), { maxLength: 6 }),
          fc.array(aPlantedFault({ near: 2, far: 6 }), { minLength: 1, maxLength: 14 }),
          refusals,
          async ({ records }, ofSealing, ofLog, refused) => {
            const memory = new MemoryTable();
            const sealer = new MortalTable(memory, ofSealing);
            const logger = new MortalTable(memory, ofLog);
            let asked = 0;
            const signer = aTestSigner(() => refused[asked++] === true);
            for (const batch of inParts(records, 5)) {
              await untilDone(sealer, async (alive) => {
                await append(alive, batch, 'me');
                await sealAll(alive, 'me', 'test');
                await sweep(alive);
              });
              await untilDone(logger, async (alive) => {
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
    'has at most what is not logged and signed yet against it for whoever verifies it while others seal',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          aSetAndDeliveries({ maxEvents: 12 }),
          fc.array(aSwitch, { maxLength: 80, size: 'max' }),
          async ({ records }, switches) => {
            const memory = new MemoryTable();
            const signer = aTestSigner();
            const seal = async (table: Table, some: readonly Json[]) => {
              await append(table, some, 'me');
              await sealAll(table, 'me', 'test');
              await concludeSealing(table, signer);
              await sweep(table);
            };
            const third = Math.ceil(records.length / 3);
            await seal(memory, records.slice(0, third));
            await interleave(memory, switches, [
              async (table) => {
                await seal(table, records.slice(third, 2 * third));
                await seal(table, records.slice(2 * third));
              },
              async (table) => {
                for (let round = 0; round < 4; round++) {
                  const { findings } = await verifyHistory({ table, pause: async () => {} });
                  // The sealer may not get its turn before the verifier has looked for the last time.
                  const faults = findings.filter(
                    ({ kind, sentence }) => kind === 'fault' && !PASSING.test(sentence),
                  );
                  expect(faults).toEqual([]);
                }
              },
            ]);
            const { findings } = await verifyHistory({ table: memory });
            expect(findings.filter(({ kind }) => kind !== 'holds')).toEqual([]);
          },
        ),
        numRuns(30),
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
          async ({ records }, sealers, switches, refused) => {
            const memory = new MemoryTable();
            let asked = 0;
            const signer = aTestSigner(() => refused[asked++] === true);
            const batches = inParts(records, 6);
            await interleave(
              memory,
              switches,
              Array.from({ length: sealers }, () => async (table: Table) => {
                for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
                  await append(table, batch, 'me');
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

/** Some records one after the other, so that days are sealed again and again. */
function inParts(records: readonly Json[], parts: number): (readonly Json[])[] {
  const size = Math.max(1, Math.ceil(records.length / parts));
  return Array.from({ length: Math.ceil(records.length / size) }, (_, part) =>
    records.slice(part * size, (part + 1) * size),
  );
}

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
