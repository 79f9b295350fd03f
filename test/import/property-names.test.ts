import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_DETECTION_SETTINGS } from '../../src/alerts/detect/detection-settings.ts';
import { Detector } from '../../src/alerts/detect/detector.ts';
import { History } from '../../src/history/query/history.ts';
import { GROUP_DIMENSIONS } from '../../src/history/query/questions.ts';
import { importLogs } from '../../src/import/import-logs.ts';
import {
  aCreateGrant,
  aDecrypt,
  aKmsRecord,
  aReEncrypt,
  aRole,
  keyId,
} from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { aSageMakerRecord, aTrainingRequest, sageMakerArn } from '../builders/sagemaker-record.ts';
import { EVERYTHING, everyRow } from '../history/delivered-records.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';

const PROPERTIES = Object.getOwnPropertyNames(Object.prototype);

const RECORDS: readonly object[] = [
  aDecrypt({
    by: aRole(),
    additionalEventData: { keyMaterialId: 'm' },
    vpcEndpointId: 'vpce-1',
    errorCode: 'x',
  }),
  aReEncrypt(),
  aCreateGrant(),
  aKmsRecord('CreateAlias', { requestParameters: { aliasName: 'alias/x', targetKeyId: keyId } }),
  aKmsRecord('DescribeKey', { requestParameters: { keyId: 'alias/x' } }),
  aKmsRecord('Encrypt', { requestParameters: { keyId: 'alias/x' }, resources: [] }),
  aSageMakerRecord('CreateTrainingJob', {
    requestParameters: aTrainingRequest(),
    responseElements: { trainingJobArn: sageMakerArn('training-job/train-1') },
  }),
];

/** Copies of a value, each with another of its texts, or names of members, replaced. */
function* replacedOnce(value: unknown, replacement: string): Generator<unknown> {
  if (typeof value === 'string') yield replacement;
  if (typeof value !== 'object' || value === null) return;
  const entries = Object.entries(value);
  for (const [at, [name, member]] of entries.entries()) {
    const others = (changed: [string, unknown]) => {
      const copied = entries.map((entry, index) => (index === at ? changed : entry));
      return Array.isArray(value) ? copied.map(([, each]) => each) : Object.fromEntries(copied);
    };
    for (const each of replacedOnce(member, replacement)) yield others([name, each]);
    if (!Array.isArray(value)) yield others([replacement, member]);
  }
}

/** Each record whole, then once for each place that has the name of a property of every object. */
function hostileRecords(): unknown[] {
  return RECORDS.flatMap((record, kind) =>
    PROPERTIES.flatMap((property) =>
      [...replacedOnce(record, property)].map((replaced, index) =>
        Object(replaced).eventID === Object(record).eventID
          ? { ...Object(replaced), eventID: guid(`${kind} ${property}`, index) }
          : replaced,
      ),
    ),
  );
}

test('a name of a property of every object, anywhere in a record, breaks nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keytrail-import-'));
  try {
    const records = hostileRecords();
    writeFileSync(join(folder, 'log.json'), JSON.stringify({ Records: records }));
    const table = new MemoryTable();
    const { summary, unreadable } = await importLogs([folder], {
      table,
      keepLarge: async () => {},
      now: () => 0,
      readMs: readAt(),
      threads: 1,
    });
    expect(unreadable).toEqual([]);
    const isOfKms = (record: unknown) => Object(record).eventSource === 'kms.amazonaws.com';
    expect(summary.kmsEvents).toBe(records.filter(isOfKms).length);
    expect(summary.usageRows).toBeGreaterThan(0.8 * summary.kmsEvents);

    const history = new History(table);
    const rows = await everyRow(history);
    expect(rows).toHaveLength(summary.usageRows);
    expect(new Set(rows.map(({ operation }) => operation))).toEqual(
      new Set([
        'Decrypt',
        'ReEncrypt',
        'CreateGrant',
        'CreateAlias',
        'DescribeKey',
        'Encrypt',
        ...PROPERTIES,
      ]),
    );
    for (const dimension of GROUP_DIMENSIONS) {
      const { items } = await history.summary(EVERYTHING, [dimension], { limit: 1_000 });
      expect(items.length).toBeGreaterThan(0);
    }
    expect((await history.keys({ limit: 1_000 })).items.length).toBeGreaterThan(0);
    expect((await history.principals({ limit: 1_000 })).items.length).toBeGreaterThan(0);
    const settings = DEFAULT_DETECTION_SETTINGS;
    const nowMs = Date.parse('2026-03-02T00:00:00Z');
    await new Detector(table).run({ by: 'me', now: () => nowMs, settings });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
