import { expect, test } from 'vitest';
import { DEFAULT_DETECTION_SETTINGS } from '../../../src/alerts/detect/detection-settings.ts';
import { newcomersOf } from '../../../src/alerts/detect/newcomers.ts';
import { listAlerts } from '../../../src/alerts/store/alert-store.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { account, aDecrypt, aUser, keyArn } from '../../builders/cloud-trail-record.ts';
import { append } from '../../history/delivered-records.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { detect } from './detections.ts';

let number = 0;
const useBy = (userName: string, eventTime: string) =>
  aDecrypt({
    by: aUser({ arn: `arn:aws:iam::${account}:user/${userName}`, userName }),
    eventTime,
    eventID: `00000000-0000-4000-8000-${String(number++).padStart(12, '0')}`,
  });

test('newcomers of known families are listed with the key, and raise no alert', async () => {
  const table = new MemoryTable();
  await append(
    table,
    [
      useBy('deployer-1', '2026-03-01T10:00:00Z'),
      useBy('deployer-2', '2026-03-05T10:00:00Z'),
      useBy('deployer-3', '2026-03-17T10:00:00Z'),
      useBy('mallory', '2026-03-17T11:00:00Z'),
      useBy('deployer-4', '2026-03-18T10:00:00Z'),
    ],
    'me',
  );
  await sealAll(table, 'me', 'test');
  await detect(table, { now: '2026-03-19T00:00:00Z' });
  const found = (await listAlerts(table)).filter(({ rule }) => rule === 'first-seen-principal');
  expect(found.map(({ subject }) => subject.principalId)).toEqual([`arn:aws:iam::${account}:user/mallory`]);
  const newcomers = await newcomersOf(table, keyArn, DEFAULT_DETECTION_SETTINGS.learningMs);
  expect(newcomers).toEqual(
    [
      ['4', '2026-03-18T10:00:00Z'],
      ['3', '2026-03-17T10:00:00Z'],
    ].map(([nth, firstSeen]) => ({
      principal: `arn:aws:iam::${account}:user/deployer-${nth}`,
      family: `${account} user deployer`,
      firstSeen,
    })),
  );
});
