import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  decodeDependencies,
  encodeDependencies,
  type SlotDependencies,
} from '../../../src/history/pages/dependencies.ts';
import { MAX_BODY_BYTES } from '../../../src/table/content-name.ts';

/** Subjects that nothing compresses, as of grants. */
const subjects = (what: string, count: number) =>
  Array.from(
    { length: count },
    (_, number) => `grant:${createHash('sha256').update(`${what} ${number}`).digest('hex')}`,
  ).sort();

const aSlot = (from: number, count: number): SlotDependencies => ({
  from,
  to: from + 1,
  asked: subjects(`asked ${from}`, count),
  observed: subjects(`observed ${from}`, count >>> 2).map((subject) => [subject, 'a job|1'] as const),
});

it.each([
  { what: 'nothing', slots: [] },
  { what: 'a little', slots: [aSlot(0, 3), aSlot(7, 0)] },
  { what: 'one slot of a busy account', slots: [aSlot(3, 40_000)] },
  {
    what: 'many slots, one of them busier than an item holds',
    slots: [aSlot(0, 9_000), aSlot(1, 30_000), aSlot(2, 5)],
  },
])('dependencies come back as they were and fit into items: $what', ({ slots }) => {
  const bodies = encodeDependencies(slots);
  expect(bodies.every((body) => body.length <= MAX_BODY_BYTES)).toBe(true);
  expect(decodeDependencies(bodies.map((body) => ({ body })))).toEqual(slots);
});
