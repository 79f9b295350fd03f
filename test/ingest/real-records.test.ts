import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import type { KeyUse } from '../../src/kms/key-use.ts';

const folder = new URL('../../../shared/data/', import.meta.url);
const isThere = existsSync(folder);
if (!isThere) {
  console.warn('The published records are not beside the project: their tests are skipped.');
}

const options = { hashAccessKey: () => 'hash' };
const arnOfKey = /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/;

interface PublishedRecord {
  readonly eventName: string;
  readonly [member: string]: unknown;
}

function published(file: string): readonly PublishedRecord[] {
  const lines = readFileSync(new URL(`records/${file}`, folder), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line).record);
}

function delivered(): readonly PublishedRecord[] {
  const files = readdirSync(new URL('log-files/', folder));
  return files.flatMap(
    (file) => JSON.parse(readFileSync(new URL(`log-files/${file}`, folder), 'utf8')).Records ?? [],
  );
}

function usesOf(record: unknown): readonly KeyUse[] {
  const event = parseEvent(record, options);
  return event.kind === 'key-use' ? event.uses : [];
}

describe.skipIf(!isThere)('the published KMS records', () => {
  const records = isThere ? published('kms.ndjson') : [];

  test('are key uses all, but for the one that has no id', () => {
    const refused = records.filter((record) => usesOf(record).length === 0);
    expect(records).toHaveLength(134);
    expect(refused).toHaveLength(1);
    expect(refused[0]).not.toHaveProperty('eventID');
    expect(parseEvent(refused[0], options)).toMatchObject({ code: 'missing-event-id', isKms: true });
  });

  test('are two uses each where they are of ReEncrypt, else one', () => {
    for (const record of records.filter((record) => usesOf(record).length > 0)) {
      expect(usesOf(record)).toHaveLength(record.eventName === 'ReEncrypt' ? 2 : 1);
    }
  });

  test('name their key by an ARN that stands in the record, if any does', () => {
    for (const record of records) {
      const text = JSON.stringify([
        record['resources'],
        record['requestParameters'],
        record['responseElements'],
      ]);
      for (const use of usesOf(record)) {
        const named = /arn:aws:kms:[\w-]+:\d{12}:key\//.test(text);
        expect([use.operation, use.keyFrom]).toEqual([use.operation, named ? 'record' : undefined]);
        expect(use.keyArn ?? 'arn:aws:kms:us-west-2:111122223333:key/x').toMatch(arnOfKey);
        expect(use.keyArn === undefined || text.includes(use.keyArn)).toBe(true);
      }
    }
  });

  test('name no key only where they are of none, or the sample has it blanked out', () => {
    const operations = records.flatMap(usesOf).filter(({ keyArn }) => keyArn === undefined);
    expect(new Set(operations.map(({ operation }) => operation))).toEqual(
      new Set([
        'ConnectCustomKeyStore',
        'CreateCustomKeyStore',
        'CreateGrant',
        'Decrypt',
        'DeleteCustomKeyStore',
        'DescribeCustomKeyStores',
        'DisconnectCustomKeyStore',
        'GenerateDataKey',
        'GenerateRandom',
        'ListAliases',
        'UpdateCustomKeyStore',
      ]),
    );
  });

  test('know every principal, each by a stable id and never by a session’s ARN', () => {
    for (const { principal } of records.flatMap(usesOf)) {
      expect(principal.type).not.toBe('unknown');
      expect(principal.id).toMatch(/^arn:aws:iam::[^:]+:(?:user|role)\/[^ ]+$|^[\w.-]+\.amazonaws\.com$/);
      expect(principal.via ?? 'x.amazonaws.com').toMatch(/\.amazonaws\.com$/);
    }
  });

  test('give the id of every grant, and its grantee where it is created', () => {
    for (const { operation, category, grant } of records.flatMap(usesOf)) {
      expect(grant?.id !== undefined).toBe(category === 'grant');
      expect(grant?.grantee !== undefined).toBe(operation === 'CreateGrant');
      expect(grant?.grantee).toBe(grant?.grantee?.trim());
    }
  });

  test('call a key by its alias in the operations on aliases', () => {
    const uses = records
      .flatMap(usesOf)
      .filter(({ operation }) => /^(?:Create|Update|Delete)Alias$/.test(operation));
    expect(uses).toHaveLength(6);
    expect(uses.every(({ keyRef, keyArn }) => keyRef?.startsWith('alias/') && keyArn !== undefined)).toBe(
      true,
    );
  });

  test('are successes but for those with an error', () => {
    for (const record of records) {
      for (const use of usesOf(record)) {
        expect(use.outcome).toBe(record['errorCode'] === undefined ? 'success' : 'failed');
      }
    }
  });
});

describe.skipIf(!isThere)('the delivered log files', () => {
  const records = isThere ? delivered() : [];
  const ofKms = records.filter(({ eventSource }) => eventSource === 'kms.amazonaws.com');

  test('have 240 key uses among 2,900 records, and nothing that is not understood', () => {
    const kinds = Object.groupBy(records, (record) => parseEvent(record, options).kind);
    expect(records).toHaveLength(2900);
    expect(kinds['key-use']).toHaveLength(240);
    expect(kinds.quarantine).toBeUndefined();
  });

  test('name the key of every use, and the alias that the request called it by', () => {
    for (const record of ofKms) {
      const [use] = usesOf(record);
      expect(use?.keyFrom).toBe('record');
      expect(use?.keyArn).toMatch(arnOfKey);
      expect(use?.keyRef).toBe(use?.operation === 'Decrypt' ? undefined : use?.keyRef);
      expect(use?.operation === 'Decrypt' || use?.keyRef?.startsWith('alias/aws/')).toBe(true);
    }
  });

  test('have a user behind every use, and a service on whose behalf only where it is named', () => {
    for (const record of ofKms) {
      const [use] = usesOf(record);
      expect(use?.principal).toMatchObject({ type: 'user', id: 'arn:aws:iam::123837392027:user/bert-jan' });
      expect(use?.principal.via).toBe(
        use?.sourceIp === 'AWS Internal' ? undefined : 'secretsmanager.amazonaws.com',
      );
      expect(Object.keys(use?.encryptionContext ?? {})).not.toHaveLength(0);
      expect(use?.join).toMatchObject({ accessKeyHash: 'hash', sessionStartMs: expect.any(Number) });
    }
  });
});

describe.skipIf(!isThere)('the other published records', () => {
  test('of SageMaker are job events, with an id or without', () => {
    const records = isThere ? published('sagemaker.ndjson') : [];
    expect(new Set(records.map((record) => parseEvent(record, options).kind))).toEqual(
      new Set(['job-event']),
    );
  });

  test('in envelopes are job events where they are SageMaker’s, and none of Keytrail’s business else', () => {
    const envelopes = isThere ? published('envelopes.ndjson') : [];
    expect(envelopes).toHaveLength(42);
    for (const envelope of envelopes) {
      const isSageMaker = JSON.stringify([envelope['source']]).includes('aws.sagemaker');
      expect([envelope['detail-type'], parseEvent(envelope, options).kind]).toEqual([
        envelope['detail-type'],
        isSageMaker ? 'job-event' : 'other',
      ]);
    }
  });
});
