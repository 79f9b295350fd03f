import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import type { JobFact } from '../../src/sagemaker/job-fact.ts';
import { jobFactsOfStateChange } from '../../src/sagemaker/job-facts-of-state-change.ts';
import { account, keyArn, keyId } from '../builders/cloud-trail-record.ts';
import {
  anEnvelope,
  aTrainingStateChange,
  createdMs,
  executionRole,
  region,
  sageMakerArn,
  secret,
} from '../builders/sagemaker-record.ts';

const place = { accountId: account, region, timeMs: Date.parse('2026-03-01T11:00:00Z') };
const trained = {
  kind: 'resource',
  ...place,
  arn: sageMakerArn('training-job/train-1'),
  type: 'training-job',
  name: 'train-1',
  toldBy: 'state-change',
  status: 'Completed',
  createdMs,
  startedMs: createdMs + 60_000,
  endedMs: createdMs + 600_000,
  roleArn: executionRole,
  inputs: [{ bucket: 'input', prefix: 'data' }],
  outputs: [{ bucket: 'out', prefix: 'models', belowJobName: true }],
  maxRuntimeSeconds: 3600,
  outputKeys: [keyArn],
  instanceTypes: ['ml.m5.xlarge'],
};

function factOf(event: object): JobFact | undefined {
  const facts = jobFactsOfStateChange(event);
  expect(facts.length).toBeLessThanOrEqual(1);
  return facts[0];
}

describe('a training job’s state change', () => {
  test('tells what its request does, and when it ran', () => {
    expect(factOf(aTrainingStateChange())).toEqual(trained);
  });

  test.each<[string, unknown]>([
    ['ISO 8601', '2026-03-01T10:00:00Z'],
    ['ISO 8601 with a fraction', '2026-03-01T10:00:00.000Z'],
    ['epoch milliseconds', createdMs],
    ['epoch milliseconds with a fraction', createdMs + 0.4],
    ['epoch milliseconds in a string', String(createdMs)],
    ['epoch milliseconds with a fraction in a string', `${createdMs}.0`],
    ['epoch seconds', createdMs / 1000],
    ['epoch seconds in a string', String(createdMs / 1000)],
  ])('has times as %s', (_, CreationTime) => {
    expect(factOf(aTrainingStateChange({ CreationTime }))).toEqual(trained);
  });

  test.each([null, '', 'soon', 0, -1, 1e30, Number.NaN, {}, [], true, '99999999999999999999'])(
    'has no creation time where that is %j',
    (CreationTime) => {
      const { createdMs: _, ...rest } = trained;
      expect(factOf(aTrainingStateChange({ CreationTime }))).toEqual(rest);
    },
  );

  test('names its job in the detail or in the resources of the envelope', () => {
    const resources = [sageMakerArn('training-job/train-1')];
    const unnamed = { TrainingJobName: undefined, TrainingJobArn: null };
    expect(factOf(aTrainingStateChange(unnamed, { resources }))).toEqual(trained);
    expect(factOf(aTrainingStateChange({ TrainingJobName: undefined }))).toEqual(trained);
    expect(factOf(aTrainingStateChange({ TrainingJobArn: '' }))).toEqual(trained);
    expect(jobFactsOfStateChange(aTrainingStateChange(unnamed))).toEqual([]);
  });

  test('is the same when it is delivered again', () => {
    const again = { id: 'another', source: ['aws.sagemaker'], time: '1772362800000', version: '1' };
    expect(factOf(aTrainingStateChange({}, again))).toEqual(trained);
  });

  test('has a time, its envelope’s or that of its last change', () => {
    expect(factOf(aTrainingStateChange({ LastModifiedTime: place.timeMs }, { time: null }))).toEqual(trained);
    expect(jobFactsOfStateChange(aTrainingStateChange({ CreationTime: null }, { time: null }))).toEqual([]);
  });

  test('tells which tuning or AutoML job it belongs to', () => {
    const TuningJobArn = sageMakerArn('hyper-parameter-tuning-job/tune');
    const AutoMLJobArn = sageMakerArn('automl-job/auto');
    expect(factOf(aTrainingStateChange({ TuningJobArn, AutoMLJobArn }))).toEqual({
      ...trained,
      parents: [TuningJobArn, AutoMLJobArn],
    });
  });

  test('keeps nothing of its secrets', () => {
    expect(JSON.stringify(aTrainingStateChange())).toContain(secret);
    expect(JSON.stringify(jobFactsOfStateChange(aTrainingStateChange()))).not.toContain(secret);
  });
});

describe('the state change of', () => {
  test.each<[string, object, object]>([
    [
      'SageMaker Processing Job State Change',
      {
        ProcessingJobArn: sageMakerArn('processing-job/prep'),
        ProcessingJobStatus: 'Stopped',
        ProcessingEndTime: createdMs,
        ProcessingOutputConfig: { KmsKeyId: keyId },
        MonitoringScheduleArn: sageMakerArn('monitoring-schedule/watch'),
      },
      {
        type: 'processing-job',
        name: 'prep',
        status: 'Stopped',
        endedMs: createdMs,
        outputKeys: [keyId],
        parents: [sageMakerArn('monitoring-schedule/watch')],
      },
    ],
    [
      'SageMaker Transform Job State Change',
      { TransformJobName: 'score', TransformJobStatus: 'InProgress', ModelName: 'm' },
      { arn: sageMakerArn('transform-job/score'), status: 'InProgress', models: ['m'] },
    ],
    [
      'SageMaker HyperParameter Tuning Job State Change',
      {
        HyperParameterTuningJobName: 'Tune',
        HyperParameterTuningJobArn: sageMakerArn('tuningJob/tune'),
        HyperParameterTuningJobStatus: 'Running',
        TrainingJobDefinition: { RoleArn: executionRole, StaticHyperParameters: { token: secret } },
      },
      {
        arn: sageMakerArn('hyper-parameter-tuning-job/tune'),
        name: 'Tune',
        status: 'Running',
        roleArn: executionRole,
      },
    ],
    [
      'SageMaker Endpoint State Change',
      { EndpointName: 'Serve', EndpointStatus: 'IN_SERVICE', EndpointConfigName: 'config-1' },
      { arn: sageMakerArn('endpoint/Serve'), status: 'IN_SERVICE', endpointConfig: 'config-1' },
    ],
    [
      'SageMaker Notebook Instance State Change',
      { NotebookInstanceName: 'notes', NotebookInstanceStatus: 'InService', InstanceType: 'ml.t2.medium' },
      { arn: sageMakerArn('notebook-instance/notes'), status: 'InService', instanceTypes: ['ml.t2.medium'] },
    ],
    [
      'SageMaker Feature Group State Change',
      {
        FeatureGroupName: 'features',
        FeatureGroupStatus: 'Created',
        RoleArn: executionRole,
        OfflineStoreConfig: { S3StorageConfig: { S3Uri: 's3://out/features', KmsKeyId: keyId } },
      },
      { arn: sageMakerArn('feature-group/features'), roleArn: executionRole, outputKeys: [keyId] },
    ],
    [
      'SageMaker Monitoring Schedule State Change',
      { MonitoringScheduleName: 'watch', MonitoringScheduleStatus: 'Scheduled' },
      { arn: sageMakerArn('monitoring-schedule/watch'), status: 'Scheduled' },
    ],
    [
      'SageMaker HyperPod Cluster State Change',
      { ClusterArn: sageMakerArn('cluster/abcdefghijkl'), ClusterName: 'pod', ClusterStatus: 'InService' },
      { arn: sageMakerArn('cluster/abcdefghijkl'), name: 'pod', status: 'InService' },
    ],
    [
      'SageMaker Model State Change',
      { ModelName: 'm', ExecutionRoleArn: executionRole, CreationTime: createdMs },
      { kind: 'model', name: 'm', roleArn: executionRole, createdMs },
    ],
    [
      'SageMaker Endpoint Config State Change',
      { EndpointConfigName: 'config-1', KmsKeyId: keyArn, ProductionVariants: [{ ModelName: 'm' }] },
      { kind: 'endpoint-config', name: 'config-1', volumeKeys: [keyArn], models: ['m'] },
    ],
    [
      'SageMaker Model Building Pipeline Execution Status Change',
      {
        pipelineArn: sageMakerArn('pipeline/line'),
        pipelineExecutionArn: sageMakerArn('pipeline/line/execution/abc'),
        currentPipelineExecutionStatus: 'Succeeded',
        executionStartTime: '2026-03-01T10:00:00Z',
        executionEndTime: '2026-03-01T10:30:00Z',
      },
      {
        arn: sageMakerArn('pipeline/line/execution/abc'),
        type: 'pipeline-execution',
        name: 'abc',
        status: 'Succeeded',
        startedMs: createdMs,
        endedMs: createdMs + 1_800_000,
        parents: [sageMakerArn('pipeline/line')],
      },
    ],
  ])('%s', (detailType, detail, fact) => {
    expect(factOf(anEnvelope(detailType, detail))).toMatchObject(fact);
  });

  test('a pipeline’s step, twice of the same where it starts and ends', () => {
    const step = (currentStepStatus: string, stepEndTime?: string): object =>
      anEnvelope(
        'SageMaker Model Building Pipeline Execution Step Status Change',
        {
          metadata: { processingJob: { arn: sageMakerArn('processing-job/prep') } },
          stepStartTime: '2026-03-01T10:00:00Z',
          stepEndTime,
          currentStepStatus,
          pipelineExecutionArn: sageMakerArn('pipeline/line/execution/abc'),
        },
        { time: stepEndTime ?? '2026-03-01T10:00:01Z' },
      );
    const fact = {
      kind: 'pipeline-step',
      accountId: account,
      region,
      timeMs: createdMs,
      executionArn: sageMakerArn('pipeline/line/execution/abc'),
      jobArn: sageMakerArn('processing-job/prep'),
    };
    expect(jobFactsOfStateChange(step('Executing'))).toEqual([fact]);
    expect(jobFactsOfStateChange(step('Succeeded', '2026-03-01T10:30:00Z'))).toEqual([fact]);
  });

  test.each([
    'SageMaker Image State Change',
    'SageMaker A2I HumanLoop Status Change',
    'SageMaker Something New State Change',
  ])('%s, which the join has no use for', (detailType) => {
    expect(jobFactsOfStateChange(anEnvelope(detailType, { TrainingJobName: 'a' }))).toEqual([]);
  });
});

const folder = new URL('../../../shared/data/records/', import.meta.url);
const isThere = existsSync(folder);
if (!isThere) {
  console.warn('The published records are not beside the project: their tests are skipped.');
}

function published(file: string): readonly { readonly [member: string]: unknown }[] {
  return readFileSync(new URL(file, folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).record);
}

function factsOf(value: unknown): readonly JobFact[] {
  const event = parseEvent(value, { hashAccessKey: () => 'hash' });
  return event.kind === 'job-event' ? event.facts : [];
}

describe.skipIf(!isThere)('of what AWS and others published', () => {
  const records = isThere ? published('sagemaker.ndjson') : [];
  const envelopes = isThere ? published('envelopes.ndjson') : [];
  const ofType = (detailType: string): readonly JobFact[] =>
    envelopes.filter((envelope) => envelope['detail-type'] === detailType).flatMap(factsOf);

  test('only the calls that make something tell of it', () => {
    const told = records.flatMap((record) => factsOf(record).map((fact) => [record['eventName'], fact]));
    expect(told).toEqual([
      [
        'CreateEndpoint',
        {
          kind: 'resource',
          accountId: '123456789012',
          region: 'us-west-2',
          timeMs: Date.parse('2018-01-02T13:39:06Z'),
          arn: 'arn:aws:sagemaker:us-west-2:123456789012:endpoint/exampleendpoint',
          type: 'endpoint',
          name: 'ExampleEndpoint',
          toldBy: 'create',
          launcher: { id: 'arn:aws:iam::123456789012:user/intern', type: 'user' },
          endpointConfig: 'ExampleEndpointConfig',
        },
      ],
      [
        'CreateModel',
        {
          kind: 'model',
          accountId: '123456789012',
          region: 'us-west-2',
          timeMs: Date.parse('2018-01-02T15:23:46Z'),
          name: 'ExampleModel',
          createdMs: Date.parse('2018-01-02T15:23:46Z'),
          roleArn: 'arn:aws:iam::123456789012:role/EXAMPLEARN',
        },
      ],
    ]);
  });

  test('the training jobs are the ones they name, with what of theirs is real', () => {
    const facts = ofType('SageMaker Training Job State Change');
    expect(facts.length).toBeGreaterThan(3);
    for (const fact of facts) {
      expect(fact).toMatchObject({
        kind: 'resource',
        type: 'training-job',
        arn: expect.stringMatching(/^arn:aws:sagemaker:us-east-1:\d{12}:training-job\/[\w-]+$/),
        createdMs: expect.any(Number),
        startedMs: expect.any(Number),
      });
      expect(fact).not.toHaveProperty('inputs');
      expect(['arn:aws:iam::123456789012:role/SMRole', undefined]).toContain(
        'roleArn' in fact ? fact.roleArn : undefined,
      );
    }
    expect(facts.find(({ accountId }) => accountId === '123456789000')).toEqual({
      kind: 'resource',
      accountId: '123456789000',
      region: 'us-east-1',
      timeMs: Date.parse('2023-10-04T13:46:47Z'),
      arn: 'arn:aws:sagemaker:us-east-1:123456789000:training-job/UnitTestTrainingJob',
      type: 'training-job',
      name: 'UnitTestTrainingJob',
      toldBy: 'state-change',
      status: 'InProgress',
      createdMs: 1696427182554,
      startedMs: 1696427186229,
      parents: [
        'arn:aws:sagemaker:us-east-1:123456789000:hyper-parameter-tuning-job/LatestFun-hpoxgb-20231004',
      ],
    });
  });

  test('the tuning jobs are one kind, whatever their ARN calls it', () => {
    for (const fact of ofType('SageMaker HyperParameter Tuning Job State Change')) {
      expect('arn' in fact && fact.arn).toMatch(/:hyper-parameter-tuning-job\/(?:x|UnitTestHPO)$/);
    }
  });

  test('the labelling jobs are named by the resources of their envelopes alone', () => {
    const facts = ofType('SageMaker Ground Truth Labeling Job State Change');
    expect(facts).toHaveLength(3);
    for (const fact of facts) {
      expect(fact).toMatchObject({
        type: 'labeling-job',
        name: expect.stringMatching(/^test-labeling-job|UnitTestLabeling$/),
        status: 'Completed',
      });
    }
  });

  test('the endpoint whose ARN is of another account and Region than its envelope is where its ARN says', () => {
    expect(ofType('SageMaker Endpoint Deployment State Change')).toContainEqual(
      expect.objectContaining({
        accountId: '651393343886',
        endpointConfig: 'sample-endpoint-config-1',
        status: 'UPDATING',
        createdMs: 1635195148181,
      }),
    );
  });

  test('the step of a pipeline ties its job to the execution', () => {
    expect(ofType('SageMaker Model Building Pipeline Execution Step Status Change')).toContainEqual({
      kind: 'pipeline-step',
      accountId: '123456789012',
      region: 'us-east-1',
      timeMs: Date.parse('2021-03-15T16:03:14Z'),
      executionArn: 'arn:aws:sagemaker:us-east-1:123456789012:pipeline/myPipeline-123/execution/p4jn9xou8a8s',
      jobArn:
        'arn:aws:sagemaker:us-east-1:123456789012:processing-job/pipelines-p4jn9xou8a8s-myprocessingstep1-tmgxry49ug',
    });
  });

  test('a record in an envelope tells the same as by itself', () => {
    const [fact] = envelopes
      .filter(({ detail }) => JSON.stringify(detail).includes('"CreateLabelingJob"'))
      .flatMap(factsOf);
    expect(fact).toMatchObject({
      arn: 'arn:aws:sagemaker:us-east-1:123456789000:labeling-job/UnitTestLabeling',
      toldBy: 'create',
    });
    expect(fact).not.toHaveProperty('launcher');
  });

  test('every state change of a kind in the table tells something', () => {
    const silent = envelopes
      .filter((envelope) => JSON.stringify([envelope['source']]).includes('aws.sagemaker'))
      .filter((envelope) => factsOf(envelope).length === 0)
      .map((envelope) => envelope['detail-type']);
    expect(new Set(silent)).toEqual(
      new Set([
        'SageMaker A2I HumanLoop Status Change',
        'SageMaker Image State Change',
        'SageMaker Image Version State Change',
      ]),
    );
  });
});
