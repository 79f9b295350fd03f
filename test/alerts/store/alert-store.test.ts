import { expect, test } from 'vitest';
import { AlertQuestions } from '../../../src/alerts/store/alert-questions.ts';
import { changeAlert } from '../../../src/alerts/store/alert-store.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { anAlert, NOON_MS, putAlerts } from '../delivery/an-alert.ts';

test('a history of acknowledgements is bounded: the first changes stay, and the newest', async () => {
  const table = new MemoryTable();
  const [id = ''] = await putAlerts(table, [anAlert()]);
  const questions = new AlertQuestions(table);
  const times = 2_000;
  for (let nth = 0; nth < times; nth++) {
    await questions.acknowledge(id, 'mina', `looked at it ${nth}`, NOON_MS + nth);
    // As the channels take it.
    await changeAlert(table, id, (alert) => alert && { ...alert, deliveries: [] });
  }
  const detail = await questions.one(id);
  const numbers = (detail?.history ?? []).map(({ number }) => number);
  expect(numbers.length).toBeLessThan(400);
  expect(numbers.slice(0, 10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(numbers.at(-1)).toBe(times + 1);
  expect(numbers.slice(-100)).toEqual(Array.from({ length: 100 }, (_, place) => times + 1 - 99 + place));
  expect(table.items.get(`alert#${id}`)?.size).toBeLessThanOrEqual(30);
  const [listed] = (await questions.list({}, { limit: 10 })).items;
  expect(listed?.history.length).toBeLessThanOrEqual(20);
});

test('the same acknowledgement sent again changes nothing', async () => {
  const table = new MemoryTable();
  const [id = ''] = await putAlerts(table, [anAlert()]);
  const questions = new AlertQuestions(table);
  const first = await questions.acknowledge(id, 'mina', 'planned', NOON_MS);
  expect(await questions.acknowledge(id, 'mina', 'planned', NOON_MS + 1_000)).toEqual(first);
});

test('while no channel takes its changes, an alert is acknowledged a bounded number of times', async () => {
  const table = new MemoryTable();
  const [id = ''] = await putAlerts(table, [anAlert()]);
  const questions = new AlertQuestions(table);
  const again = async () => {
    for (let nth = 0; nth < 200; nth++) await questions.acknowledge(id, 'mina', `${nth}`, NOON_MS);
  };
  await expect(again()).rejects.toMatchObject({ code: 'conflict' });
});
