import { expect, test } from 'vitest';
import { type DayState, isSealDue, readDay } from '../../../src/history/day/day-state.ts';
import { MemoryTable } from '../../table/memory-table.ts';

const day = '2026-03-01';
const at = (hour: number, minute = 0) => Date.parse(`${day}T00:00:00Z`) + (hour * 60 + minute) * 60_000;
const hours = (...some: number[]) => some.reduce((mask, hour) => mask | (1 << hour), 0);

async function aDay(members: Partial<DayState>): Promise<DayState> {
  return { ...(await readDay(new MemoryTable(), day)), ...members };
}

test.each<[string, Partial<DayState>, number, boolean]>([
  ['with nothing to seal', {}, at(30), false],
  ['that goes on', { pending: { 1: hours(8, 9) } }, at(23, 59), false],
  ['that is over and may have stragglers on their way', { pending: { 1: hours(23) } }, at(24, 19), false],
  ['that is over and has settled', { pending: { 1: hours(23) } }, at(24, 20), true],
  ['with an hour that is stale', { stale: hours(2) }, at(80), true],
  ['that has other days to invalidate', { pendingInvalidations: [{ alias: 'a' }] }, at(25), true],
])('a day %s', async (_, members, nowMs, due) => {
  expect(isSealDue(await aDay(members), nowMs)).toBe(due);
});
