import { expect, test } from 'vitest';
import { deliverOutbox } from '../../../src/alerts/delivery/deliver.ts';
import type { Notice } from '../../../src/alerts/delivery/notice.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { account, aDecrypt, aRole, aUser, keyArn } from '../../builders/cloud-trail-record.ts';
import { append } from '../../history/delivered-records.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { peopleChannel, Recorder } from '../delivery/recording-channel.ts';
import { detect } from './detections.ts';

const NEWCOMERS = 10_000;
const HOUR_MS = Date.parse('2026-03-17T10:00:00Z');

/** A name of letters that are no hexadecimal digits: each is a family of its own. */
function nameOf(nth: number): string {
  const letters = 'ghijklmnopqrstuvwxyz';
  return Array.from({ length: 4 }, (_, place) => letters[Math.floor(nth / 20 ** place) % 20]).join('');
}

let number = 0;
const id = () => `00000000-0000-4000-8000-${String(number++).padStart(12, '0')}`;

test('ten thousand newcomers in an hour do not bury one use by root', async () => {
  const table = new MemoryTable();
  const known = aDecrypt({ by: aRole(), eventTime: '2026-03-01T08:00:00Z', eventID: id() });
  const newcomers = Array.from({ length: NEWCOMERS }, (_, nth) => {
    const userName = nameOf(nth);
    return aDecrypt({
      by: aUser({ arn: `arn:aws:iam::${account}:user/${userName}`, userName }),
      eventTime: new Date(HOUR_MS + nth * 300).toISOString().replace(/\.\d+/, ''),
      eventID: id(),
    });
  });
  const root = aDecrypt({
    by: aUser({ type: 'Root', arn: `arn:aws:iam::${account}:root`, userName: undefined }),
    eventTime: '2026-03-17T10:30:00Z',
    eventID: id(),
  });
  await append(table, [known, ...newcomers, root], 'me');
  await sealAll(table, 'me', 'test');
  const now = '2026-03-17T11:00:00Z';
  await detect(table, { now });

  const mail = new Recorder();
  const notices: Notice[] = [];
  const people = { ...peopleChannel(mail), send: async (notice: Notice) => void notices.push(notice) };
  await deliverOutbox({
    table,
    channels: [people],
    now: () => Date.parse(now),
    newId: id,
    isTimeLeft: () => true,
  });
  expect(notices).toMatchObject([
    { rule: 'root-use', severity: 'critical', keyArn, accountId: account, count: 1 },
  ]);
  const told = mail.groups.flatMap(({ groups }) => groups);
  expect(told.map(({ rule }) => rule)).toEqual(['first-seen-principal']);
  // Root is new on the key, too.
  expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(NEWCOMERS + 1);
}, 120_000);
