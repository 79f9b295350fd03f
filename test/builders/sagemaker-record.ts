import { account, aRole, keyArn, otherKeyArn, type RecordOverrides } from './cloud-trail-record.ts';

/** Synthetic SageMaker records, in the camelCase and with the added members that CloudTrail has. */
export const region = 'us-west-2';
export const executionRole = `arn:aws:iam::${account}:role/service-role/Execution`;
const createdTime = '2026-03-01T10:00:00Z';
export const createdMs = Date.parse(createdTime);

export function sageMakerArn(path: string): string {
  return `arn:aws:sagemaker:${region}:${account}:${path}`;
}

/** A member set to `undefined` is missing. */
export function aSageMakerRecord(eventName: string, { by, ...overrides }: RecordOverrides = {}): object {
  const record = {
    eventVersion: '1.11',
    userIdentity: by === undefined ? aRole() : by,
    eventTime: createdTime,
    eventSource: 'sagemaker.amazonaws.com',
    eventName,
    awsRegion: region,
    sourceIPAddress: '192.0.2.0',
    userAgent: 'Boto3/1.15.2',
    requestParameters: null,
    responseElements: null,
    requestID: '8fd1c8a2-4c2c-4f43-9d1f-0b8bb1f0cb0c',
    eventID: '57f50af6-7ad5-464e-b429-d0f5cf6678a6',
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
    ...overrides,
  };
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** Whatever it must not be found in any fact. */
export const secret = 'PLANTED-SECRET';

export function aTrainingRequest(name = 'train-1'): object {
  return {
    trainingJobName: name,
    algorithmSpecification: {
      trainingImage: '111122223333.dkr.ecr.us-west-2.amazonaws.com/x:1',
      containerArguments: ['--token', secret],
      containerEntrypoint: [secret],
    },
    roleArn: executionRole,
    inputDataConfig: [
      { channelName: 'train', dataSource: { s3DataSource: { s3Uri: 's3://input/data/' } } },
      { channelName: 'test', dataSource: { s3DataSource: { s3Uri: 's3://input/test' } } },
    ],
    outputDataConfig: { kmsKeyId: keyArn, s3OutputPath: 's3://out/models', disableModelUpload: false },
    resourceConfig: { instanceType: 'ml.m5.xlarge', instanceCount: 1, volumeKmsKeyId: otherKeyArn },
    checkpointConfig: { s3Uri: 's3://out/checkpoints', localPath: '/opt/ml/checkpoints' },
    stoppingCondition: { maxRuntimeInSeconds: 3600 },
    hyperParameters: { token: secret },
    environment: { PASSWORD: secret },
    tags: [{ key: 'token', value: secret }],
    trainingJobArn: sageMakerArn(`training-job/${name}`),
    disableEFA: false,
  };
}

export function aCreateTrainingJob(overrides: RecordOverrides = {}, name = 'train-1'): object {
  return aSageMakerRecord('CreateTrainingJob', {
    requestParameters: aTrainingRequest(name),
    responseElements: { trainingJobArn: sageMakerArn(`training-job/${name}`) },
    ...overrides,
  });
}

export function anEnvelope(detailType: string, detail: object, overrides: object = {}): object {
  return {
    version: '0',
    id: '844e2571-85d4-695f-b930-0153b71dcb42',
    'detail-type': detailType,
    source: 'aws.sagemaker',
    account,
    time: '2026-03-01T11:00:00Z',
    region,
    resources: [],
    detail,
    ...overrides,
  };
}

export function aTrainingStateChange(detail: object = {}, overrides: object = {}): object {
  return anEnvelope(
    'SageMaker Training Job State Change',
    {
      TrainingJobName: 'train-1',
      TrainingJobArn: sageMakerArn('training-job/train-1'),
      TrainingJobStatus: 'Completed',
      HyperParameters: { token: secret },
      Environment: { PASSWORD: secret },
      AlgorithmSpecification: { TrainingImage: 'x', ContainerArguments: [secret] },
      RoleArn: executionRole,
      InputDataConfig: [{ ChannelName: 'train', DataSource: { S3DataSource: { S3Uri: 's3://input/data' } } }],
      OutputDataConfig: { KmsKeyId: keyArn, S3OutputPath: 's3://out/models' },
      ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeKmsKeyId: '' },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      CreationTime: createdMs,
      TrainingStartTime: createdMs + 60_000,
      TrainingEndTime: createdMs + 600_000,
      Tags: { token: secret },
      ...detail,
    },
    overrides,
  );
}
