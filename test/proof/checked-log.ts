import { expect } from 'vitest';
import { readDays } from '../../src/history/day/day-state.ts';
import { verifyCheckpoint } from '../../src/proof/checkpoint.ts';
import { decodeDaySeal } from '../../src/proof/day-seal.ts';
import { readLogHead } from '../../src/proof/log-head.ts';
import { readLoggedDays } from '../../src/proof/log-sealed-days.ts';
import { isConsistent } from '../../src/proof/merkle-proof.ts';
import { leavesFrom } from '../../src/proof/seal-log.ts';
import { readCheckpoints } from '../../src/proof/sign-log.ts';
import { parseNoteKey } from '../../src/proof/signed-note.ts';
import type { Table } from '../../src/table/table.ts';
import { NaiveLog } from './naive-log.ts';

/**
 * Works out the log of a history anew and expects it to be one log: no leaf twice, versions of a day in order, every node
 * and every checkpoint as RFC 6962 has it, each checkpoint extending the one before.
 */
export async function expectOneLog(
  table: Table,
): Promise<{ readonly size: number; readonly signed: number }> {
  const versions = new Map<string, number>();
  const newest = new Map<string, { index: number; version: number; root: string }>();
  const entries: Uint8Array[] = [];
  const stored: (readonly Uint8Array[])[] = [];
  for await (const { index, entry, nodes, item } of leavesFrom(table, 0)) {
    expect(index).toBe(entries.length);
    entries.push(entry);
    stored.push(nodes);
    const seal = decodeDaySeal(item);
    expect(seal.version).toBeGreaterThan(versions.get(seal.day) ?? 0);
    expect(seal.previous).toBe(newest.get(seal.day)?.index);
    versions.set(seal.day, seal.version);
    newest.set(seal.day, { index, version: seal.version, root: seal.root });
  }
  const log = new NaiveLog(entries);
  for (const [index, nodes] of stored.entries()) {
    for (const [level, node] of nodes.entries()) {
      const [expected] = await log.read([{ level, index: (index + 1) / 2 ** level - 1 }]);
      expect(Buffer.from(node)).toEqual(expected);
    }
  }
  const signed = await expectCheckpointsOf(table, log);
  // What was noted of days may be of earlier leaves, where a run was cut off, and never of later ones.
  for (const [day, logged] of await readLoggedDays(table))
    expect(newest.get(day)?.version ?? 0).toBeGreaterThanOrEqual(logged.version);
  return { size: entries.length, signed };
}

/** Expects what a run that ended well leaves: every sealed day is in the log as it is now, and noted. */
export async function expectWholeLog(table: Table): Promise<void> {
  const { size, signed } = await expectOneLog(table);
  const head = await readLogHead(table);
  expect({ size: head?.size, signed: head?.signed }).toEqual({ size, signed });
  const logged = await readLoggedDays(table);
  const days = (await readDays(table)).filter(({ root }) => root !== undefined);
  expect([...logged].map(([day, { version, root }]) => [day, version, root])).toEqual(
    days.map(({ day, sealVersion, root }) => [day, sealVersion, root]),
  );
}

/** @returns the size of the newest */
async function expectCheckpointsOf(table: Table, log: NaiveLog): Promise<number> {
  const checkpoints = (await readCheckpoints(table)).toReversed();
  if (checkpoints.length === 0) return 0;
  const key = parseNoteKey((await readLogHead(table))?.key ?? '');
  const heads = checkpoints.map(({ number, note }, place) => {
    expect(number).toBe(place);
    const checkpoint = verifyCheckpoint(note, key);
    expect(Buffer.from(checkpoint.root)).toEqual(log.root(checkpoint.size));
    return checkpoint;
  });
  for (const [place, after] of heads.entries()) {
    const before = heads[place - 1];
    if (before === undefined) continue;
    expect(after.size).toBeGreaterThan(before.size);
    expect(isConsistent(before, after, log.consistency(before.size, after.size))).toBe(true);
  }
  return heads.at(-1)?.size ?? 0;
}
