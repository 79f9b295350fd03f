import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import { importLogs } from '../../src/import/import-logs.ts';
import { aCreateGrant, aDecrypt, aKmsRecord, aRole } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { everyRow } from '../history/delivered-records.ts';
import { aRecordSet } from '../oracle/arbitrary-records.ts';
import type { Json } from '../oracle/json.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { importHere, itemsOf } from './import-here.ts';
import { Markers, withUnlistedMarkers } from './planted-markers.ts';
import { storedTexts } from './stored-texts.ts';
import { aLogPlan, type LogPlan, writeLog } from './written-logs.ts';

const RUNS = fuzzRuns(12);

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'keytrail-stored-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function expectNoMarkers(table: MemoryTable, markers: Markers): void {
  const found = storedTexts(table).flatMap(({ item, text }) =>
    markers.foundIn(text).map((place) => `${place} in ${item.pk}`),
  );
  expect(found).toEqual([]);
  // What is kept of a quarantined record is kept of KMS's records alone.
  for (const { body, fields } of itemsOf(table, 'Q')) {
    if (body === undefined) continue;
    expect(Buffer.from(body).toString()).toMatch(/kms\.amazonaws\.com/);
    expect(markers.foundIn(JSON.stringify(fields))).toEqual([]);
  }
}

function aTrainingJob(markers: Markers): Json {
  const record: Json = {
    eventVersion: '1.11',
    userIdentity: aRole(),
    eventTime: '2026-03-01T10:00:00Z',
    eventSource: 'sagemaker.amazonaws.com',
    eventName: 'CreateTrainingJob',
    awsRegion: 'us-west-2',
    requestParameters: { trainingJobName: 'run-1' },
    responseElements: { trainingJobArn: 'arn:aws:sagemaker:us-west-2:111122223333:training-job/run-1' },
    eventID: guid('training job'),
    recipientAccountId: '111122223333',
  };
  return withUnlistedMarkers(record, markers);
}

const LINES: LogPlan = { form: 'lines', isZipped: false, indent: 0, broken: [] };

describe('what is stored of records', () => {
  it('is nothing that the contract does not list, before sealing and after', async () => {
    await fc.assert(
      fc.asyncProperty(aRecordSet({ maxEvents: 20 }), aLogPlan, async (records, plan) =>
        inFolder(async (folder) => {
          const markers = new Markers();
          const marked = [
            ...records.map((record) => withUnlistedMarkers(record, markers)),
            aTrainingJob(markers),
          ];
          const { path } = writeLog(folder, 'log', marked, plan);
          const table = new MemoryTable();
          await importHere(table, [path], 'me', () => expectNoMarkers(table, markers));
          expectNoMarkers(table, markers);
          const rows = await everyRow(new History(table));
          expect(markers.foundIn(JSON.stringify(rows))).toEqual([]);
        }),
      ),
      { numRuns: RUNS },
    );
  });

  it('is nothing of what stands in a broken record of another service, nor said of it', async () => {
    await inFolder(async (folder) => {
      const markers = new Markers();
      const job = JSON.stringify(aTrainingJob(markers));
      const kms = JSON.stringify(aDecrypt());
      const files: Readonly<Record<string, string>> = {
        'cut.json': `{"Records":[${kms},${job.slice(0, -20)}`,
        'cut.ndjson': `${job.slice(0, -20)}\n${kms}\n${job.slice(0, 400)}\n`,
        'bracket.json': `{"Records":[${job.replace('}]', ']')},${kms}]}`,
        'comma.json': `[${job.replace(',"', '"')},${kms}]`,
        // A record of KMS that lost its end takes the next with it, which is another service's.
        'glued.json': `{"Records":[${kms.slice(0, -1)},${job},${kms}]}`,
        'glued.ndjson': `${kms.slice(0, -30)}${job}\n${kms}\n`,
        'turned.json': `{"Records":[${job.slice(0, -1)},${kms}]}`,
        'words.json': markers.next('words'),
      };
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      const table = new MemoryTable();
      const result = await importLogs([folder], {
        table,
        keepLarge: async () => {},
        now: () => 0,
        readMs: readAt(),
        threads: 1,
      });
      expect(result.summary.quarantinedCount).toBeGreaterThanOrEqual(Object.keys(files).length - 1);
      expect(markers.foundIn(JSON.stringify(result))).toEqual([]);
      expectNoMarkers(table, markers);
      const kept = itemsOf(table, 'Q').map(({ body }) =>
        body === undefined ? '' : Buffer.from(body).toString(),
      );
      expect(kept.flatMap((text) => markers.foundIn(text))).toEqual([]);
    });
  });

  it('is all that the contract lists', async () => {
    await inFolder(async (folder) => {
      const markers = new Markers();
      const next = (place: string) => markers.next(place);
      const session = next('session');
      const records = [
        aDecrypt({
          eventID: next('eventId'),
          awsRegion: next('region'),
          recipientAccountId: next('accountId'),
          errorCode: next('errorCode'),
          sourceIPAddress: next('sourceIp'),
          userAgent: next('userAgent'),
          vpcEndpointId: next('vpcEndpointId'),
          sharedEventID: next('sharedEventId'),
          additionalEventData: { customKeyStoreId: next('customKeyStoreId'), xksKeyId: next('xksKeyId') },
          requestParameters: { encryptionContext: { [next('context name')]: next('context value') } },
          addendum: { reason: 'UPDATED_DATA', originalEventID: next('supersedes') },
          by: aRole({
            arn: `arn:aws:sts::111122223333:assumed-role/Trainer/${session}`,
            sessionContext: {
              sessionIssuer: { arn: `arn:aws:iam::111122223333:role/${next('principal.id')}` },
              sourceIdentity: next('sourceIdentity'),
            },
            invokedBy: `${next('via').toLowerCase()}.amazonaws.com`,
          }),
        }),
        aKmsRecord('DescribeKey', {
          eventID: guid('alias'),
          resources: undefined,
          requestParameters: { keyId: `alias/${next('keyRef')}` },
        }),
        aCreateGrant({
          eventID: guid('grant'),
          requestParameters: {
            granteePrincipal: next('grantee'),
            retiringPrincipal: next('retiringPrincipal'),
            operations: [next('grant operation')],
            constraints: { encryptionContextEquals: { [next('constraint name')]: next('constraint value') } },
          },
          responseElements: { grantId: next('grant id') },
        }),
      ] as Json[];
      const { path } = writeLog(folder, 'log', records, LINES);
      const table = new MemoryTable();
      await importHere(table, [path], 'me');
      const rows = JSON.stringify(await everyRow(new History(table)));
      const answered = rows.replaceAll(/mark(?=\d{5}\.amazonaws)/g, 'MaRk');
      expect(markers.foundIn(answered).sort()).toEqual([...markers.places.values()].sort());
    });
  });

  it('is of an access key a hash, under a key of the history’s own', async () => {
    await inFolder(async (folder) => {
      const { path } = writeLog(folder, 'log', [aDecrypt() as Json], LINES);
      const tables = [new MemoryTable(), new MemoryTable()];
      const parts = { keepLarge: async () => {}, now: () => 0, readMs: readAt(), threads: 1 };
      for (const table of tables) await importLogs([path], { ...parts, table });
      const chunks = tables.map((table) => storedTexts(table).filter(({ item }) => item.pk.startsWith('C#')));
      const hashes = chunks.map(
        (texts) =>
          /"([\w-]{16})",null\]/.exec(
            texts
              .map(({ text }) => text)
              .join()
              .replaceAll('\\"', '"'),
          )?.[1],
      );
      expect(hashes[0]).toBeDefined();
      expect(hashes[0]).not.toBe(hashes[1]);
    });
  });
});
