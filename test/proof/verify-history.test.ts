import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readDays } from '../../src/history/day/day-state.ts';
import { decodeRows } from '../../src/history/facts/row-block.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { concludeSealing } from '../../src/proof/conclude-sealing.ts';
import { readLogHead } from '../../src/proof/log-head.ts';
import { type VerifiedHistory, verifyHistory } from '../../src/proof/verify-history.ts';
import { runExpiry } from '../../src/retention/expiry-run.ts';
import type { Item, Table } from '../../src/table/table.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { append } from '../history/delivered-records.ts';
import { aSetAndDeliveries } from '../oracle/arbitrary-records.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { ALTERATIONS, coveredItems } from './altered-history.ts';
import { aTestSigner } from './test-signer.ts';

const signer = aTestSigner();
const publicKey = () => signer.publicKey(true);

interface History {
  readonly table: MemoryTable;
  /** Every item that there ever was, as it was. */
  readonly older: readonly Item[];
  /** The newest checkpoint of each time that it was sealed. */
  readonly notes: readonly string[];
  /** The table as it was then. */
  readonly snapshots: readonly MemoryTable[];
}

const ROUNDS = 6;

/** A history of some days, sealed again and again as records came. */
async function aHistory(): Promise<History> {
  const [set] = fc.sample(aSetAndDeliveries({ maxEvents: 60 }), { numRuns: 1, seed: 7 });
  const table = new MemoryTable();
  const older: Item[] = [];
  const notes: string[] = [];
  const snapshots: MemoryTable[] = [];
  const records = set?.records ?? [];
  for (let round = 0; round < ROUNDS; round++) {
    const some = records.slice((records.length * round) / ROUNDS, (records.length * (round + 1)) / ROUNDS);
    await append(table, some, 'me');
    await sealAll(table, 'me', 'test');
    await concludeSealing(table, signer);
    for (const items of table.items.values()) older.push(...items.values());
    await sweep(table);
    const { checkpoint } = await verifyHistory({ table, publicKey });
    if (checkpoint !== undefined) notes.push(checkpoint);
    snapshots.push(copyOf(table));
  }
  return { table, older, notes, snapshots };
}

function copyOf(table: MemoryTable): MemoryTable {
  const copy = new MemoryTable();
  for (const [pk, items] of table.items) copy.items.set(pk, new Map(items));
  return copy;
}

function faultsOf({ findings }: VerifiedHistory): string[] {
  return findings.filter(({ kind }) => kind === 'fault').map(({ sentence }) => sentence);
}

let history: History;
beforeAll(async () => {
  history = await aHistory();
});

describe('a sealed history', () => {
  it('holds as it is, and says what that does not prove', async () => {
    const { table } = history;
    const rows = (await readDays(table)).reduce((sum, state) => sum + state.rows, 0);
    const { findings, limits, checkpoint } = await verifyHistory({ table, publicKey });
    expect(findings.map(({ kind }) => kind)).toEqual(['holds', 'holds', 'holds']);
    expect(findings[0]?.sentence).toContain(`${rows} rows`);
    expect(limits).toContain('that CloudTrail logged every use, or that every log file was read');
    expect(checkpoint).toBe(history.notes.at(-1));
    expect(rows).toBeGreaterThan(30);
    expect(new Set(history.notes).size).toBeGreaterThan(3);
  });

  it('extends each of its earlier checkpoints', async () => {
    for (const note of history.notes) {
      const verified = await verifyHistory({ table: history.table, since: { name: 'kept.note', note } });
      expect(faultsOf(verified)).toEqual([]);
      expect(verified.findings.at(-1)?.sentence).toBe('the log extends the checkpoint in kept.note');
    }
  });

  it('does not extend a checkpoint that it no longer has, of another history, or altered', async () => {
    const other = await aHistory();
    const note = history.notes[0] ?? '';
    for (const [since, sentence] of [
      [other.notes[0] ?? '', 'kept.note is a checkpoint of another history'],
      [note.replace('\n\n', '\nx\n\n'), 'kept.note: A checkpoint is not signed by the key'],
      [note.slice(0, 40), 'kept.note: A checkpoint is not a signed note'],
      ['', 'kept.note: A checkpoint is not a signed note'],
    ] as const) {
      const faults = faultsOf(
        await verifyHistory({ table: history.table, since: { name: 'kept.note', note: since } }),
      );
      expect(faults).toHaveLength(1);
      expect(faults[0]).toContain(sentence);
    }
  });

  it('as it was before does not extend a checkpoint of today', async () => {
    const [before] = history.snapshots;
    const verified = await verifyHistory({
      table: before as MemoryTable,
      since: { name: 'kept.note', note: history.notes.at(-1) ?? '' },
    });
    expect(faultsOf(verified)).toEqual([
      expect.stringMatching(/^kept\.note is of \d+ seals, and the log has \d+: seals were taken away$/),
    ]);
  });

  it('is named where a thing of it was altered, whatever was altered', async () => {
    const covered = await coveredItems(history.table);
    const named = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(Object.keys(ALTERATIONS) as (keyof typeof ALTERATIONS)[])),
        fc.infiniteStream(fc.nat({ max: 1_000_000 })),
        async (kind, numbers) => {
          const table = copyOf(history.table);
          const pick = <Value>(values: readonly Value[]): Value =>
            values[Number(numbers.next().value) % values.length] as Value;
          const altered = await ALTERATIONS[kind](table, covered, pick, history.older);
          fc.pre(altered !== undefined);
          const faults = faultsOf(await verifyHistory({ table, publicKey }));
          expect(faults.length).toBeGreaterThan(0);
          named.set(kind, (named.get(kind) ?? 0) + 1);
        },
      ),
      { numRuns: fuzzRuns(300), endOnFailure: true },
    );
    expect([...named.keys()].sort()).toEqual(Object.keys(ALTERATIONS).sort());
  }, 120_000);

  it('names the item and its day, and the event where it is alone in it', async () => {
    const covered = await coveredItems(history.table);
    const last = covered.filter(({ pk }) => pk === 'seal').at(-1);
    for (const item of covered) {
      const table = copyOf(history.table);
      await table.write([], [item]);
      const [fault] = faultsOf(await verifyHistory({ table, publicKey }));
      const { pk, sk } = item;
      // Of these three the rest of the log says that they must have been there.
      if (pk === 'checkpoint') expect(fault).toMatch(/checkpoint|are not signed/);
      else if (pk === 'M') expect(fault).toContain('no log of seals');
      else if (item === last) expect(fault).toContain('seals were taken away');
      else expect(fault).toContain(`(pk ${pk}, sk ${sk})`);
    }
    const chunk = covered.find((item) => item.pk.startsWith('C#') && decodeRows(item).length === 1) as Item;
    const table = copyOf(history.table);
    await table.put({ ...chunk, body: Buffer.concat([chunk.body ?? Buffer.of(), Buffer.of(0)]) });
    expect(faultsOf(await verifyHistory({ table, publicKey }))).toEqual([
      expect.stringMatching(
        `^${chunk.pk.slice(2)}: the chunk .*${chunk.sk}.* is not what was sealed; it holds the event ${decodeRows(chunk).eventId(0)}$`,
      ),
    ]);
  });

  it('of which days have expired says so, and proves what is left of them', async () => {
    const table = copyOf(history.table);
    const days = (await readDays(table)).map(({ day }) => day);
    const { days: expired } = await runExpiry(table, {
      run: 'run',
      by: 'test',
      months: 1,
      now: () => Date.parse('2040-01-01T00:00:00Z'),
      isTimeLeft: () => true,
    });
    expect(expired.length).toBe(days.length);
    const { findings } = await verifyHistory({ table, publicKey });
    expect(findings.map(({ kind }) => kind)).toEqual(['holds', 'note', 'holds', 'holds']);
    expect(findings[1]?.sentence).toContain(
      'expired: what is left of them is as sealed, their rows are gone',
    );
    const covered = await coveredItems(history.table);
    const root = covered.find(({ pk, sk }) => pk.startsWith('R#') && !sk.endsWith('.directory')) as Item;
    await table.put({ ...root, body: Buffer.of(0) });
    expect(faultsOf(await verifyHistory({ table, publicKey }))).toEqual([
      expect.stringContaining(`the root (pk ${root.pk}, sk ${root.sk}) is not what was sealed`),
    ]);
  });

  it('is unsigned where it was asked to be, and that is said', async () => {
    const table = copyOf(history.table);
    const unsigned = new MemoryTable();
    await append(
      unsigned,
      fc.sample(aSetAndDeliveries({ maxEvents: 20 }), { numRuns: 1, seed: 3 })[0]?.records ?? [],
      'me',
    );
    await sealAll(unsigned, 'me', 'test');
    await concludeSealing(unsigned, signer, false);
    const { findings } = await verifyHistory({ table: unsigned, publicKey });
    expect(findings.map(({ kind }) => kind)).toEqual(['holds', 'holds', 'note']);
    expect(findings[2]?.sentence).toMatch(/^\d+ of \d+ seals? (is|are) not signed, as --no-sign asked$/);
    // The next run keeps to it, and the one that is asked to sign signs all.
    await concludeSealing(unsigned, signer);
    expect((await readLogHead(unsigned))?.isUnsigned).toBe(true);
    await concludeSealing(unsigned, signer, true);
    expect(faultsOf(await verifyHistory({ table: unsigned, publicKey }))).toEqual([]);
    expect(faultsOf(await verifyHistory({ table, publicKey }))).toEqual([]);
  });

  it('with seals that could not be signed says so, and the next run signs them', async () => {
    const table: Table = new MemoryTable();
    let isRefusing = true;
    const refusing = aTestSigner(() => isRefusing);
    await append(
      table,
      fc.sample(aSetAndDeliveries({ maxEvents: 20 }), { numRuns: 1, seed: 3 })[0]?.records ?? [],
      'me',
    );
    await sealAll(table, 'me', 'test');
    const { logged, unsigned } = await concludeSealing(table, refusing);
    expect(logged).toBeGreaterThan(0);
    expect(unsigned).toBe('The test refuses to sign; ask again.');
    expect(faultsOf(await verifyHistory({ table }))).toEqual([
      expect.stringMatching(
        / not signed: the key could not be used, or checkpoints were taken away; the next import signs them$/,
      ),
    ]);
    isRefusing = false;
    expect(await concludeSealing(table, refusing)).toEqual({ logged: 0 });
    expect(faultsOf(await verifyHistory({ table }))).toEqual([]);
  });

  it('that is being sealed is looked at again, and what stays missing is a fault', async () => {
    const table = copyOf(history.table);
    const more = fc.sample(aSetAndDeliveries({ maxEvents: 20 }), { numRuns: 1, seed: 11 })[0]?.records ?? [];
    await append(table, more, 'me');
    await sealAll(table, 'me', 'test');
    let pauses = 0;
    const idle = await verifyHistory({ table, pause: async () => void pauses++ });
    expect(faultsOf(idle)).toEqual([expect.stringContaining('of the day is not in the log of seals')]);
    expect(pauses).toBeGreaterThan(1);
    const pause = async () => void (await concludeSealing(table, signer));
    expect(faultsOf(await verifyHistory({ table, pause }))).toEqual([]);
  });

  it('is not signed on where its log was altered, nor by another key', async () => {
    const covered = await coveredItems(history.table);
    const altered = copyOf(history.table);
    const last = covered.filter(({ pk }) => pk === 'seal').at(-1) as Item;
    const nodes = Buffer.from(String(last.fields?.['nodes']), 'base64').fill(0).toString('base64');
    await altered.put({ ...last, fields: { nodes } });
    const more = fc.sample(aSetAndDeliveries({ maxEvents: 20 }), { numRuns: 1, seed: 11 })[0]?.records ?? [];
    await append(altered, more, 'me');
    await sealAll(altered, 'me', 'test');
    const { logged, unsigned } = await concludeSealing(altered, signer);
    expect(logged).toBeGreaterThan(0);
    expect(unsigned).toContain('The log of seals does not extend its checkpoint of size');
    const table = copyOf(history.table);
    expect((await concludeSealing(table, aTestSigner())).unsigned).toMatch(
      /^The key [0-9a-f]{8} is not the key [0-9a-f]{8} that signed this history before; put that key back\.$/,
    );
    expect(faultsOf(await verifyHistory({ table, publicKey: () => aTestSigner().publicKey(true) }))).toEqual([
      expect.stringMatching(/^the key at hand is not the key [0-9a-f]{8} that signed this history$/),
    ]);
  });
});
