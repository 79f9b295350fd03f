import { keysAt, type Place } from './alias-history.ts';
import type { SubjectOf } from './event-draft.ts';
import { type Json, textIn, without } from './json.ts';
import { guid, type Key, partition } from './universe.ts';

export function entryOf(key: Key): Json {
  return { accountId: key.account, type: 'AWS::KMS::Key', ARN: key.arn };
}

export function denied(subject: SubjectOf<'denied'>, key: Key, who: string): Json {
  const action = `kms:${subject.operation}`;
  const members = { eventName: subject.operation, errorCode: subject.errorCode };
  switch (subject.told) {
    case 'nothing':
      return {
        ...members,
        errorMessage: `User: ${who} is not authorized to perform: ${action}`,
        resources: null,
      };
    case 'message': {
      const why = `because no identity-based policy allows the ${action} action`;
      const errorMessage = `User: ${who} is not authorized to perform: ${action} on resource: ${key.arn} ${why}`;
      return { ...members, errorMessage };
    }
    case 'request':
      return { ...members, requestParameters: { keyId: key.id } };
    case 'resources':
      return { ...members, resources: [entryOf(key)] };
    default:
      return subject.told satisfies never;
  }
}

export function keyless(operation: SubjectOf<'keyless'>['operation']): Json {
  switch (operation) {
    case 'GenerateRandom':
      return { eventName: operation, requestParameters: { numberOfBytes: 32 } };
    case 'ListKeys':
      return { eventName: operation };
    case 'ListAliases':
      return { eventName: operation, requestParameters: { limit: 5 }, resources: [] };
    case 'DescribeCustomKeyStores':
      return { eventName: operation, additionalEventData: { customKeyStoreId: 'cks-1234567890abcdef0' } };
    default:
      return operation satisfies never;
  }
}

export function grant(
  subject: SubjectOf<'grant'>,
  key: Key,
  context: Json | undefined,
  keyStore: Json | undefined,
): Json {
  const grantId = guid('grant', subject.grant).replaceAll('-', '');
  const common = { eventName: subject.operation, readOnly: false, resources: [entryOf(key)] };
  switch (subject.operation) {
    case 'RetireGrant':
      return { ...common, additionalEventData: { ...keyStore, grantId } };
    case 'RevokeGrant':
      return { ...common, requestParameters: { keyId: key.id, grantId } };
    case 'CreateGrant':
      return {
        ...common,
        requestParameters: {
          keyId: key.arn,
          granteePrincipal: `arn:${partition(key.region)}:iam::${key.account}:role/service-role/Trainer`,
          retiringPrincipal: 'sagemaker.amazonaws.com',
          ...(subject.operations ? { operations: ['Decrypt', 'CreateGrant'] } : {}),
          ...(subject.constraint === 'none'
            ? {}
            : { constraints: constraintsOf(subject.constraint, context) }),
        },
        responseElements: { grantId, keyId: key.arn },
      };
    default:
      return subject.operation satisfies never;
  }
}

function constraintsOf(constraint: string, context: Json | undefined): Json {
  return constraint === 'empty'
    ? { encryptionContextSubset: {} }
    : { [constraint]: context ?? { Level: '3A' } };
}

export function management(subject: SubjectOf<'management'>, key: Key): Json {
  const { keyIn } = subject;
  return {
    eventName: subject.operation,
    readOnly: false,
    requestParameters: { keyId: subject.naming === 'arn' ? key.arn : key.id },
    ...(keyIn === 'response' ? { responseElements: { keyId: key.arn } } : {}),
    ...(keyIn === 'resources' ? { resources: [entryOf(key)] } : {}),
  };
}

export function serviceEvent(subject: SubjectOf<'service event'>, key: Key): Json {
  return {
    eventName: subject.operation,
    eventType: 'AwsServiceEvent',
    sourceIPAddress: 'kms.amazonaws.com',
    serviceEventDetails: { keyId: key.id },
    ...(subject.resources ? { resources: [entryOf(key)] } : {}),
  };
}

export function otherRecord(what: SubjectOf<'other'>['what'], base: Json, place: Place): Json {
  const job = `arn:aws:sagemaker:${place.region}:${place.account}:training-job/run-1`;
  const envelope = { version: '0', id: guid('envelope', job), account: place.account, region: place.region };
  switch (what) {
    case 's3':
      // An attacker's string that looks like the mark of a KMS record.
      return {
        ...base,
        eventSource: 's3.amazonaws.com',
        eventName: 'GetObject',
        requestParameters: { key: '"eventSource":"kms.amazonaws.com"' },
      };
    case 'insights':
      return {
        eventVersion: '1.07',
        eventTime: textIn(base, 'eventTime'),
        eventID: textIn(base, 'eventID'),
        insightDetails: {},
      };
    case 'training job':
      return {
        ...base,
        eventSource: 'sagemaker.amazonaws.com',
        eventName: 'CreateTrainingJob',
        requestParameters: {
          trainingJobName: 'run-1',
          roleArn: `arn:aws:iam::${place.account}:role/service-role/Trainer`,
          outputDataConfig: { s3OutputPath: 's3://models/run-1' },
          resourceConfig: { instanceCount: 1, instanceType: 'ml.m5.large', volumeSizeInGB: 30 },
          stoppingCondition: { maxRuntimeInSeconds: 3600 },
        },
        responseElements: { trainingJobArn: job },
      };
    case 'list of jobs':
      return { ...base, eventSource: 'sagemaker.amazonaws.com', eventName: 'ListTrainingJobs' };
    case 'state change':
      return {
        ...envelope,
        'detail-type': 'SageMaker Training Job State Change',
        source: 'aws.sagemaker',
        time: '2026-03-02T00:00:00Z',
        resources: [job],
        detail: {
          TrainingJobName: 'run-1',
          TrainingJobArn: job,
          TrainingJobStatus: 'InProgress',
          CreationTime: 1_772_409_600_000,
          RoleArn: `arn:aws:iam::${place.account}:role/service-role/Trainer`,
          Tags: {},
        },
      };
    case 'KMS rotation notice':
      return {
        ...envelope,
        'detail-type': 'KMS CMK Rotation',
        source: 'aws.kms',
        time: '2026-03-02T00:00:00Z',
        resources: [(keysAt(place.account, place.region)[0] as Key).arn],
        detail: { 'key-id': guid('first key', place.account, place.region) },
      };
    default:
      return what satisfies never;
  }
}

export function broken(record: Json, how: SubjectOf<'broken'>['how']): Json {
  switch (how) {
    case 'no eventID':
      return without(record, ['eventID']);
    case 'empty eventID':
      return { ...record, eventID: '' };
    case 'numeric eventID':
      return { ...record, eventID: 42 };
    case 'no eventTime':
      return without(record, ['eventTime']);
    case 'null eventTime':
      return { ...record, eventTime: null };
    case 'eventTime in words':
      return { ...record, eventTime: 'Oct 26, 2025, 11:50:52 PM' };
    case 'empty eventTime':
      return { ...record, eventTime: '' };
    default:
      return how satisfies never;
  }
}
