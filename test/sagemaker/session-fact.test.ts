import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import type { ParsedEvent } from '../../src/ingest/parsed-event.ts';
import { account, aRole, aService, aUser, type RecordOverrides } from '../builders/cloud-trail-record.ts';
import { aSageMakerRecord, createdMs, executionRole, region } from '../builders/sagemaker-record.ts';

const options = { hashAccessKey: (id: string) => `hash of ${id.length}` };
const place = { kind: 'session', accountId: account, region, timeMs: createdMs, accessKeyHash: 'hash of 20' };

function aLogStream(logGroupName: unknown, logStreamName: unknown, overrides: RecordOverrides = {}): object {
  return aSageMakerRecord('CreateLogStream', {
    eventSource: 'logs.amazonaws.com',
    requestParameters: { logGroupName, logStreamName },
    ...overrides,
  });
}

function anAssumedRole(invokedBy: string, overrides: RecordOverrides = {}): object {
  return aSageMakerRecord('AssumeRole', {
    eventSource: 'sts.amazonaws.com',
    by: aService(invokedBy),
    requestParameters: { roleArn: executionRole, roleSessionName: 'SageMaker', externalId: 'PLANTED-SECRET' },
    responseElements: {
      credentials: {
        accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
        sessionToken: 'PLANTED-SECRET',
        expiration: 'Mar 1, 2026, 11:00:00 AM',
      },
      assumedRoleUser: { assumedRoleId: 'PLANTED-SECRET' },
    },
    ...overrides,
  });
}

function parsed(record: object): ParsedEvent {
  return parseEvent(record, options);
}

const other = { kind: 'other' };

describe('a log stream of SageMaker', () => {
  test.each([
    ['/aws/sagemaker/TrainingJobs', 'train-1/algo-1-1772359200', 'training-job', 'train-1'],
    ['/aws/sagemaker/ProcessingJobs', 'prep/algo-1-1772359200', 'processing-job', 'prep'],
    ['/aws/sagemaker/TransformJobs', 'score/i-0abc-1772359200', 'transform-job', 'score'],
    ['/aws/sagemaker/Endpoints/serve', 'AllTraffic/i-0abc', 'endpoint', 'serve'],
    ['/aws/sagemaker/NotebookInstances', 'notes/jupyter.log', 'notebook-instance', 'notes'],
  ])('%s %s tells whose its session is', (group, stream, jobType, jobName) => {
    expect(parsed(aLogStream(group, stream))).toEqual({
      kind: 'session',
      facts: [
        {
          ...place,
          is: 'job',
          roleArn: `arn:aws:iam::${account}:role/service-role/Trainer`,
          jobType,
          jobName,
        },
      ],
    });
  });

  test.each<[string, object]>([
    ['of another service', aLogStream('/aws/lambda/TrainingJobs', 'a/b')],
    ['of a group that is none of its', aLogStream('/aws/sagemaker/Other', 'a/b')],
    ['of an endpoint without a name', aLogStream('/aws/sagemaker/Endpoints', 'a/b')],
    ['without a name', aLogStream('/aws/sagemaker/TrainingJobs', '')],
    ['without a job', aLogStream('/aws/sagemaker/TrainingJobs', '/algo-1')],
    ['that is no text', aLogStream('/aws/sagemaker/TrainingJobs', { a: 1 })],
    ['with a name too long', aLogStream('/aws/sagemaker/TrainingJobs', 'x'.repeat(300))],
    ['refused', aLogStream('/aws/sagemaker/TrainingJobs', 'a/b', { errorCode: 'AccessDeniedException' })],
    [
      'without credentials',
      aLogStream('/aws/sagemaker/TrainingJobs', 'a/b', { by: aRole({ accessKeyId: '' }) }),
    ],
    ['without a time', aLogStream('/aws/sagemaker/TrainingJobs', 'a/b', { eventTime: '' })],
    ['only described', aLogStream('/aws/sagemaker/TrainingJobs', 'a/b', { eventName: 'DescribeLogStreams' })],
  ])('%s tells nothing', (_, record) => {
    expect(parsed(record)).toEqual(other);
  });

  test('opened by a user names no role', () => {
    const event = parsed(aLogStream('/aws/sagemaker/TrainingJobs', 'a/b', { by: aUser() }));
    expect(event).toEqual({
      kind: 'session',
      facts: [{ ...place, is: 'job', jobType: 'training-job', jobName: 'a' }],
    });
  });
});

describe('a role taken on', () => {
  test.each([
    'sagemaker.amazonaws.com',
    'sagemaker-geospatial.amazonaws.com',
    'sagemaker.us-west-2.amazonaws.com',
    'sagemaker.amazonaws.com.cn',
  ])('by %s tells the key of its credentials, hashed, and nothing else of them', (invokedBy) => {
    const event = parsed(anAssumedRole(invokedBy));
    expect(event).toEqual({ kind: 'session', facts: [{ ...place, is: 'issued', roleArn: executionRole }] });
    expect(JSON.stringify(event)).not.toMatch(/PLANTED-SECRET|ASIA/);
  });

  test.each([
    'lambda.amazonaws.com',
    'notsagemaker.amazonaws.com',
    'sagemaker.amazonaws.com.example.org',
    'sagemaker.example.org',
    'AWS Internal',
  ])('by %s tells nothing', (invokedBy) => {
    expect(parsed(anAssumedRole(invokedBy))).toEqual(other);
  });

  test('tells nothing where it was refused, or by whom it was without a service', () => {
    const service = 'sagemaker.amazonaws.com';
    expect(parsed(anAssumedRole(service, { errorCode: 'AccessDenied' }))).toEqual(other);
    expect(parsed(anAssumedRole(service, { responseElements: null }))).toEqual(other);
    expect(parsed(anAssumedRole(service, { by: aRole() }))).toEqual(other);
  });

  test('is of the role’s account where the record names none, and keeps no role that is none', () => {
    const record = anAssumedRole('sagemaker.amazonaws.com', { recipientAccountId: undefined });
    expect(parsed(record)).toMatchObject({ facts: [{ accountId: account }] });
    const odd = anAssumedRole('sagemaker.amazonaws.com', { requestParameters: { roleArn: 'Trainer' } });
    expect(parsed(odd)).toEqual({ kind: 'session', facts: [{ ...place, is: 'issued' }] });
  });

  test('tells the same in an envelope', () => {
    const record = anAssumedRole('sagemaker.amazonaws.com');
    const envelope = { 'detail-type': 'AWS API Call via CloudTrail', detail: record };
    expect(parsed(envelope)).toEqual(parsed(record));
  });
});
