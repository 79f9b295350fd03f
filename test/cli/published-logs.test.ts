import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { UsageRow } from '../../src/history/query/questions.ts';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

const folder = new URL('../../../shared/data/log-files/', import.meta.url);
const isThere = existsSync(folder);
if (!isThere) console.warn('The published log files are not beside the project: their import is not tried.');

interface PublishedRecord {
  readonly eventSource: string;
  readonly eventID: string;
  readonly eventName: string;
  readonly sourceIPAddress: string;
  readonly userIdentity: { readonly arn?: string };
  readonly requestParameters: { readonly encryptionContext?: Readonly<Record<string, string>> } | null;
}

describe.skipIf(!isThere)('the published log files', () => {
  test('are imported whole, once, and their KMS events come back', async () => {
    const records: PublishedRecord[] = readdirSync(folder).flatMap(
      (file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')).Records ?? [],
    );
    const ofKms = records.filter(({ eventSource }) => eventSource === 'kms.amazonaws.com');
    const counts = { files: readdirSync(folder).length, records: 2900, kmsEvents: 240, quarantinedCount: 0 };
    expect([records.length, ofKms.length]).toEqual([2900, 240]);

    const env = { KEYTRAIL_DATA: aFolder() };
    const first = await keytrail(['import', '--json', fileURLToPath(folder)], { env });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(first.stdout)).toMatchObject({ ...counts, usageRows: 240, duplicates: 0, folded: 0 });
    const again = await keytrail(['import', '--json', fileURLToPath(folder)], { env });
    expect(JSON.parse(again.stdout)).toMatchObject({
      files: 0,
      unchangedFiles: counts.files,
      records: 0,
      usageRows: 0,
      quarantinedCount: 0,
    });

    const { code, stdout } = await keytrail(['usage', '--format', 'json'], { env });
    expect(code).toBe(0);
    const rows = new Map((JSON.parse(stdout) as UsageRow[]).map((row) => [row.eventId, row]));
    expect([...rows.keys()].sort()).toEqual(ofKms.map(({ eventID }) => eventID).sort());
    for (const record of ofKms) {
      expect(rows.get(record.eventID)).toMatchObject({
        operation: record.eventName,
        sourceIp: record.sourceIPAddress,
        encryptionContext: record.requestParameters?.encryptionContext,
        principal: { id: record.userIdentity.arn },
      });
    }
  });
});
