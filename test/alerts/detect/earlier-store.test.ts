import { expect, test } from 'vitest';
import { indexAlertByDay } from '../../../src/alerts/store/alert-days.ts';
import { withFinding } from '../../../src/alerts/store/alert-states.ts';
import { listAlerts, putAlert } from '../../../src/alerts/store/alert-store.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { account, aDecrypt, aRole, aUser, keyArn } from '../../builders/cloud-trail-record.ts';
import { append } from '../../history/delivered-records.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { detect } from './detections.ts';

const alice = `arn:aws:iam::${account}:user/Alice`;
const trainer = `arn:aws:iam::${account}:role/service-role/Trainer`;
const DAY = '2026-03-03';
const learnedMs = Date.parse('2026-03-01T08:00:00Z');
const useMs = Date.parse(`${DAY}T10:00:00Z`);

/** What the version before wrote: an alert of a principal, not of a family, a day after the key's first use. */
async function aStoreOfTheVersionBefore(): Promise<MemoryTable> {
  const table = new MemoryTable();
  await append(
    table,
    [
      aDecrypt({ by: aRole(), eventTime: '2026-03-01T08:00:00Z' }),
      aDecrypt({
        by: aUser(),
        eventTime: `${DAY}T10:00:00Z`,
        eventID: '00000000-0000-4000-8000-000000000001',
      }),
    ],
    'me',
  );
  await sealAll(table, 'me', 'test');
  const evidence = {
    count: 1,
    firstMs: useMs,
    lastMs: useMs,
    events: ['00000000-0000-4000-8000-000000000001'],
  };
  const finding = {
    rule: 'first-seen-principal' as const,
    subject: { keyArn, principalId: alice },
    evidence,
  };
  const alert = withFinding(undefined, finding, DAY, useMs + 60_000);
  await indexAlertByDay(table, DAY, alert.id);
  await putAlert(table, { ...alert, deliveries: [] }, undefined);
  await table.put({ pk: `seen#${keyArn}`, sk: alice, version: 1, fields: { first: useMs } });
  await table.put({ pk: `seen#${keyArn}`, sk: trainer, version: 1, fields: { first: learnedMs } });
  for (const day of ['2026-03-01', DAY]) {
    const fields = { name: 'rules root', joined: Date.parse('2026-03-04'), last: useMs, concluded: 1 };
    await table.put({ pk: 'watched', sk: day, version: 1, fields });
  }
  return table;
}

test('a store of the version before works on: alerts that do not follow are resolved, with the reason', async () => {
  const table = await aStoreOfTheVersionBefore();
  await detect(table, { now: '2026-03-04T00:00:00Z' });
  const [alert, ...others] = await listAlerts(table);
  expect(others).toEqual([]);
  expect(alert).toMatchObject({ rule: 'first-seen-principal', state: 'resolved' });
  expect(alert?.changes.at(-1)).toMatchObject({
    by: 'keytrail',
    reason: 'the rules of this version of Keytrail do not find it',
  });
  // It was delivered, so its resolution is.
  expect(alert?.deliveries).toHaveLength(1);
});

test('what it knew of who was seen on a key stays known, and the rest is learned', async () => {
  const table = await aStoreOfTheVersionBefore();
  const later = aDecrypt({
    by: aUser({ arn: `arn:aws:iam::${account}:user/Mallory`, userName: 'Mallory' }),
    eventTime: '2026-03-18T10:00:00Z',
    eventID: '00000000-0000-4000-8000-000000000002',
  });
  await append(table, [later], 'me');
  await detect(table, { now: '2026-03-19T00:00:00Z' });
  const open = (await listAlerts(table)).filter(({ state }) => state === 'open');
  expect(open.map(({ subject }) => subject.principalId)).toEqual([`arn:aws:iam::${account}:user/Mallory`]);
});
