import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import { grantFactOf } from '../../src/sagemaker/grant-fact.ts';
import type { GrantFact } from '../../src/sagemaker/job-fact.ts';
import {
  aCreateGrant,
  account,
  aDecrypt,
  aKmsRecord,
  aRole,
  aUser,
  keyArn,
} from '../builders/cloud-trail-record.ts';
import { createdMs, sageMakerArn } from '../builders/sagemaker-record.ts';

function factOf(record: object): GrantFact | undefined {
  const event = parseEvent(record, { hashAccessKey: () => 'hash' });
  const [use] = event.kind === 'key-use' ? event.uses : [];
  expect(use).toBeDefined();
  return use && grantFactOf(use);
}

function aGrantTo(granteePrincipal: string, constraints?: object): object {
  return aCreateGrant({
    by: aUser(),
    requestParameters: { keyId: keyArn, granteePrincipal, operations: ['Decrypt'], constraints },
  });
}

describe('a grant', () => {
  test('of a role is told with its session and what it is constrained to', () => {
    expect(factOf(aCreateGrant({ by: aRole() }))).toEqual({
      kind: 'grant',
      accountId: account,
      region: 'us-west-2',
      timeMs: createdMs,
      grantId: 'f020fe75',
      keyArn,
      creator: `arn:aws:iam::${account}:role/service-role/Trainer`,
      grantee: 'sagemaker.us-west-2.amazonaws.com',
      contextValues: ['vol-f67bafb2'],
      accessKeyHash: 'hash',
      sessionStartMs: Date.parse('2026-03-01T09:30:00Z'),
    });
  });

  test.each([
    'sagemaker.amazonaws.com',
    'job.sagemaker.amazonaws.com',
    'sagemaker-geospatial.us-west-2.amazonaws.com',
    'ec2.us-east-1.amazonaws.com',
    '123456789012:aws:ec2-infrastructure:i-81e2f56c',
    'arn:aws:sts::123456789012:assumed-role/aws:ec2-infrastructure/i-81e2f56c',
  ])('to %s is told, whoever created it', (grantee) => {
    expect(factOf(aGrantTo(grantee))).toMatchObject({
      grantee,
      creator: `arn:aws:iam::${account}:user/Alice`,
    });
  });

  test('constrained to a SageMaker resource is told, and of the constraints that value alone', () => {
    const arn = sageMakerArn('job/AgentRFT/rft');
    const fact = factOf(
      aGrantTo('arn:aws:iam::111122223333:role/X', {
        encryptionContextEquals: { 'aws:sagemaker:finetuning-job-arn': arn, note: 'PLANTED-SECRET' },
      }),
    );
    expect(fact?.contextValues).toEqual([arn]);
  });

  test.each<[string, object]>([
    ['of a user to another service', aGrantTo('dynamodb.us-west-2.amazonaws.com')],
    ['to what only looks like SageMaker', aGrantTo('sagemaker.amazonaws.com.example.org')],
    ['that was refused', aCreateGrant({ by: aRole(), errorCode: 'AccessDenied' })],
    ['that was tried in a dry run', aCreateGrant({ by: aRole(), errorCode: 'DryRunOperationException' })],
    ['without an id', aCreateGrant({ by: aRole(), responseElements: null })],
    ['that is retired', aKmsRecord('RetireGrant', { by: aRole(), additionalEventData: { grantId: 'g' } })],
    ['that is none', aDecrypt({ by: aRole() })],
  ])('%s is not told', (_, record) => {
    expect(factOf(record)).toBeUndefined();
  });
});
