import { expect, test } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import {
  account,
  aKmsRecord,
  aResource,
  keyArn,
  keyId,
  otherAccount,
  otherKeyId,
} from '../builders/cloud-trail-record.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { append, everyRow } from './delivered-records.ts';

const elsewhere = [
  `arn:aws:kms:us-west-2:${otherAccount}:key/${otherKeyId}`,
  `arn:aws:kms:eu-west-1:${account}:key/${otherKeyId}`,
];

let records = 0;
const named = (eventTime: string, arn?: string, operation = 'Encrypt') =>
  aKmsRecord(operation, {
    eventID: guid('alias elsewhere', records++),
    eventTime,
    requestParameters:
      operation === 'CreateAlias' ? { aliasName: 'alias/x', targetKeyId: keyId } : { keyId: 'alias/x' },
    resources: arn === undefined ? [] : [aResource(arn)],
  });

test.each(elsewhere)('no alias is learned for %s, which is a key of another place', async (arn) => {
  const table = new MemoryTable();
  await append(
    table,
    [
      named('2026-03-01T10:00:00Z', keyArn),
      named('2026-03-01T11:00:00Z', arn),
      named('2026-03-01T12:00:00Z', arn, 'CreateAlias'),
      named('2026-03-01T13:00:00Z'),
    ],
    'me',
  );
  await sealAll(table, 'me', 'test');
  const rows = await everyRow(new History(table));
  // What each record itself says is what its row says; the last, which says an alias alone, is of the key of its place.
  expect(rows.map(({ keyArn: key, keyFrom }) => [key, keyFrom])).toEqual([
    [keyArn, 'record'],
    [arn, 'record'],
    [arn, 'record'],
    [keyArn, 'alias'],
  ]);
});
