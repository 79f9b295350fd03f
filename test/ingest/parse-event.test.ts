import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import { aDecrypt, aReEncrypt } from '../builders/cloud-trail-record.ts';

const options = { hashAccessKey: () => 'hash' };
const keyUse = parseEvent(aDecrypt(), options);

function kindOf(value: unknown): string {
  const event = parseEvent(value, options);
  return event.kind === 'quarantine' ? `${event.code}, ${event.isKms ? 'KMS' : 'not KMS'}` : event.kind;
}

function anEnvelope(detailType: unknown, detail: unknown, members: object = {}): object {
  return {
    version: '0',
    id: '36eb8523',
    'detail-type': detailType,
    source: 'aws.kms',
    resources: [],
    detail,
    ...members,
  };
}

function aLookupEvent(record: unknown, members: object = {}): object {
  return {
    EventId: 'e',
    EventName: 'Decrypt',
    EventSource: 'kms.amazonaws.com',
    CloudTrailEvent: record,
    ...members,
  };
}

describe('a record by itself', () => {
  test('of KMS is a key use, two of ReEncrypt', () => {
    expect(keyUse).toMatchObject({ kind: 'key-use', uses: [{ operation: 'Decrypt' }] });
    expect(parseEvent(aReEncrypt(), options)).toMatchObject({
      uses: [{ keyRole: 'source' }, { keyRole: 'destination' }],
    });
  });

  test.each([
    ['sagemaker.amazonaws.com', 'job-event'],
    ['s3.amazonaws.com', 'other'],
    ['KMS.amazonaws.com', 'other'],
    ['kms.amazonaws.com.example.com', 'other'],
    [' kms.amazonaws.com', 'other'],
    ['constructor', 'other'],
  ])('of %s is %s', (eventSource, kind) => {
    expect(kindOf(aDecrypt({ eventSource }))).toBe(kind);
  });

  test('of SageMaker needs no id, name or time to be a job event', () => {
    expect(kindOf({ eventSource: 'sagemaker.amazonaws.com' })).toBe('job-event');
  });

  test('of KMS without an id is quarantined as KMS’s', () => {
    expect(kindOf(aDecrypt({ eventID: undefined }))).toBe('missing-event-id, KMS');
  });
});

describe('an envelope of EventBridge', () => {
  test.each([
    'AWS API Call via CloudTrail',
    'AWS Service Event via CloudTrail',
    'AWS Network Activity Event via CloudTrail',
    'a type of the future',
  ])('of type %s is what its record is', (type) => {
    expect(parseEvent(anEnvelope(type, aDecrypt()), options)).toEqual(keyUse);
  });

  test('is what its record says, not its source', () => {
    const type = 'AWS API Call via CloudTrail';
    expect(kindOf(anEnvelope(type, aDecrypt({ eventSource: 'rds.amazonaws.com' })))).toBe('other');
    expect(parseEvent(anEnvelope(type, aDecrypt(), { source: 'aws.rds' }), options)).toEqual(keyUse);
    expect(kindOf(anEnvelope(type, aDecrypt({ eventSource: 'sagemaker.amazonaws.com' })))).toBe('job-event');
  });

  test('may have its record as JSON in a string', () => {
    const detail = JSON.stringify(aDecrypt());
    expect(parseEvent(anEnvelope('AWS API Call via CloudTrail', detail), options)).toEqual(keyUse);
  });

  test.each([
    'SageMaker Training Job State Change',
    'SageMaker Processing Job State Change',
    'SageMaker Model Building Pipeline Execution Step Status Change',
  ])('of type %s is a job event', (type) => {
    expect(kindOf(anEnvelope(type, { TrainingJobName: 'x' }, { source: ['aws.sagemaker'] }))).toBe(
      'job-event',
    );
  });

  test.each([
    'KMS CMK Rotation',
    'KMS CMK Deletion',
    'KMS Imported Key Material Expiration',
    'Object Created',
  ])('of type %s is none of Keytrail’s business', (type) => {
    expect(kindOf(anEnvelope(type, { 'key-id': 'x' }))).toBe('other');
  });

  test.each([
    ['a record without a source', 'AWS API Call via CloudTrail', { eventID: 'e' }],
    ['no detail', 'AWS API Call via CloudTrail', undefined],
    ['a list for its detail', 'SageMaker Training Job State Change', []],
    ['some text for its detail', 'SageMaker Training Job State Change', 'text'],
    ['a type that is no text', 5, { 'key-id': 'x' }],
  ])('with %s is not understood', (_, type, detail) => {
    expect(kindOf(anEnvelope(type, detail))).toBe('not-a-record, not KMS');
  });

  test('with Insights is none of Keytrail’s business', () => {
    const detail = {
      eventType: 'AwsCloudTrailInsight',
      insightDetails: { eventSource: 'kms.amazonaws.com' },
    };
    expect(kindOf(anEnvelope('AWS Insight via CloudTrail', detail))).toBe('other');
  });
});

describe('an event of LookupEvents', () => {
  test('is what the record in it is', () => {
    expect(parseEvent(aLookupEvent(JSON.stringify(aDecrypt())), options)).toEqual(keyUse);
    expect(parseEvent(aLookupEvent(aDecrypt()), options)).toEqual(keyUse);
    expect(kindOf(aLookupEvent(JSON.stringify({ insightDetails: {} })))).toBe('other');
  });

  test.each([
    ['{"eventSource":', 'not-json, KMS'],
    ['', 'not-json, KMS'],
    ['[]', 'not-json, KMS'],
    [undefined, 'not-a-record, KMS'],
    [5, 'not-a-record, KMS'],
    ['{}', 'not-a-record, KMS'],
  ])('with %j as its record is not understood', (record, expected) => {
    expect(kindOf(aLookupEvent(record))).toBe(expected);
    const ofAnother = aLookupEvent(record, { EventSource: 's3.amazonaws.com' });
    expect(kindOf(ofAnother)).toBe(expected.replace(', KMS', ', not KMS'));
  });
});

test.each([
  { eventType: 'AwsCloudTrailInsight', insightDetails: { state: 'Start', eventSource: 'kms.amazonaws.com' } },
  { eventCategory: 'Insight', eventID: 'e' },
  { awsAccountId: '1', digestStartTime: '2026-03-01T10:00:00Z', digestS3Object: 'AWSLogs/x', logFiles: [] },
  { digestStartTime: '2026-03-01T10:00:00Z', logFiles: [] },
])('%j, which lies among records, is none of Keytrail’s business', (value) => {
  expect(kindOf(value)).toBe('other');
});

test.each([
  null,
  undefined,
  5,
  'text',
  true,
  [],
  [aDecrypt()],
  {},
  { Records: [] },
  { eventID: 'e' },
  { eventSource: 5 },
  { eventSource: '' },
])('%j is no record', (value) => {
  expect(kindOf(value)).toBe('not-a-record, not KMS');
});

test('changes nothing in what it is given', () => {
  const record = aReEncrypt();
  const before = JSON.stringify(record);
  parseEvent(record, options);
  expect(JSON.stringify(record)).toBe(before);
});
