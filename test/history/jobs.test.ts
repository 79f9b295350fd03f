import { beforeEach, describe, expect, it } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { aDecrypt, aKmsRecord, aResource, keyArn, otherKeyArn } from '../builders/cloud-trail-record.ts';
import {
  anEnvelope,
  aSageMakerRecord,
  aTrainingRequest,
  executionRole,
  sageMakerArn,
} from '../builders/sagemaker-record.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { append, everyRow } from './delivered-records.ts';

const thirdKeyArn = keyArn.replace(/.{4}$/, '0003');
const job = sageMakerArn('training-job/train-1');

const atTime = (time: string) => ({ eventTime: `2026-03-${time}Z`, eventID: guid('jobs', time) });

/** As S3 and SageMaker make calls with the execution role's credentials. */
const byTheRole = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLE:SageMaker',
  arn: 'arn:aws:sts::111122223333:assumed-role/Execution/SageMaker',
  accountId: '111122223333',
  accessKeyId: 'ASIAEXAMPLE',
  sessionContext: {
    sessionIssuer: { type: 'Role', arn: executionRole, accountId: '111122223333', userName: 'Execution' },
  },
  invokedBy: 's3.amazonaws.com',
};

const aCreation = (time: string, name = 'train-1', request: object = {}) =>
  aSageMakerRecord('CreateTrainingJob', {
    ...atTime(time),
    requestParameters: { ...aTrainingRequest(name), ...request },
    responseElements: { trainingJobArn: sageMakerArn(`training-job/${name}`) },
  });

const aStop = (time: string, name = 'train-1') =>
  aSageMakerRecord('StopTrainingJob', { ...atTime(time), requestParameters: { trainingJobName: name } });

const aRead = (time: string, path: string, arn: string) =>
  aDecrypt({
    ...atTime(time),
    by: byTheRole,
    requestParameters: { encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::${path}` } },
    resources: [aResource(arn)],
  });

const aWrite = (time: string, path: string, arn: string) =>
  aKmsRecord('GenerateDataKey', {
    ...atTime(time),
    by: byTheRole,
    requestParameters: { keyId: arn, encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::${path}` } },
    resources: [aResource(arn)],
  });

describe('a history asked for jobs', () => {
  let table: MemoryTable;
  let history: History;

  beforeEach(() => {
    table = new MemoryTable();
    history = new History(table);
  });

  async function appended(...records: readonly object[]): Promise<void> {
    await append(table, records, 'me');
    await sealAll(table, 'me', 'test');
  }

  it('says what a job declared, what it used, and what is encrypted with whose key', async () => {
    await appended(
      aCreation('01T10:00:00'),
      aRead('01T10:05:00', 'input/data/part-1', thirdKeyArn),
      aWrite('01T10:50:00', 'out/models/train-1/output/model.tar.gz', keyArn),
      aStop('01T11:00:00'),
    );
    const { items } = await history.jobs({}, { limit: 10 });
    expect(items).toEqual([
      expect.objectContaining({
        arn: job,
        type: 'training-job',
        name: 'train-1',
        createdTime: '2026-03-01T10:00:00Z',
        roleArn: executionRole,
        declaredKeys: { volume: otherKeyArn, output: keyArn },
        usedKeys: [thirdKeyArn, keyArn].sort(),
        posture: {
          volume: 'customer-managed',
          output: 'customer-managed',
          inputs: 'customer-managed',
          model: 'not-observed',
        },
      }),
    ]);
    const [detail] = await history.job(job);
    expect(detail).toMatchObject({
      inputs: ['s3://input/data', 's3://input/test'],
      outputs: ['s3://out/models/train-1'],
      checkpoints: ['s3://out/checkpoints'],
      maxRuntimeSeconds: 3600,
      declaredNeverUsed: [otherKeyArn],
      usedNeverDeclared: [thirdKeyArn],
      uses: 2,
      timesKnownBy: { created: 'event', ended: 'event' },
      postureEvidence: { output: `${keyArn} was used for it`, volume: `the request names ${otherKeyArn}` },
    });
    expect(JSON.stringify([items, detail])).not.toContain('PLANTED-SECRET');
  });

  it('reads what is known of jobs once while nothing new comes, and what comes at once', async () => {
    await appended(aCreation('01T10:00:00'), aRead('01T10:05:00', 'input/data/part-1', keyArn));
    const queried: string[] = [];
    const query = table.query.bind(table);
    table.query = (pk, range) => {
      queried.push(pk);
      return query(pk, range);
    };
    const names = async () => (await history.jobs({}, { limit: 10 })).items.map(({ name }) => name);
    const isOfFacts = (pk: string) => pk.startsWith('J#');
    expect(await names()).toEqual(['train-1']);
    expect(queried.filter(isOfFacts)).not.toEqual([]);

    queried.length = 0;
    expect(await names()).toEqual(['train-1']);
    expect(queried.filter(isOfFacts)).toEqual([]);

    await append(table, [aCreation('01T10:01:00', 'train-2')], 'me');
    expect(await names()).toEqual(['train-1', 'train-2']);
    await sealAll(table, 'me', 'test');
    expect(await names()).toEqual(['train-1', 'train-2']);
  });

  it('says that a request names no key, and that nothing is known', async () => {
    await appended(
      aCreation('01T10:00:00', 'bare', {
        outputDataConfig: { s3OutputPath: 's3://out/models' },
        resourceConfig: { instanceType: 'ml.m5.xlarge', instanceCount: 1 },
      }),
      aCreation('01T10:00:01', 'fast', {
        outputDataConfig: { s3OutputPath: 's3://out/models' },
        resourceConfig: { instanceType: 'ml.p4d.24xlarge', instanceCount: 1 },
      }),
      aRead('01T12:00:00', 'elsewhere', keyArn),
    );
    const postures = (await history.jobs({}, { limit: 10 })).items.map(({ name, posture }) => [
      name,
      posture,
    ]);
    expect(postures).toEqual([
      ['bare', { volume: 'none', output: 'none', inputs: 'not-observed', model: 'not-observed' }],
      // Its instances have storage that takes no key of anybody's.
      ['fast', { volume: 'not-observed', output: 'none', inputs: 'not-observed', model: 'not-observed' }],
    ]);
  });

  it('names a key that no record resolves, and says nothing of what it does not know', async () => {
    const outputs = { s3OutputPath: 's3://out/models' };
    await appended(
      aCreation('01T10:00:00', 'by-alias', {
        outputDataConfig: { ...outputs, kmsKeyId: 'alias/train-out' },
        resourceConfig: { instanceType: 'ml.m5.xlarge', volumeKmsKeyId: 'alias/aws/ebs' },
      }),
      aCreation('01T10:00:01', 'serverless', {
        outputDataConfig: outputs,
        resourceConfig: undefined,
        serverlessJobConfig: {},
      }),
      aSageMakerRecord('CreateTrainingJob', {
        eventID: 'omitted',
        eventTime: '2026-03-01T10:00:02Z',
        requestParameters: { omitted: true, originalSize: 120_345, reason: 'too large' },
        responseElements: { trainingJobArn: job.replace('train-1', 'omitted') },
      }),
    );
    const { items } = await history.jobs({}, { limit: 10 });
    expect(items.map(({ name, posture: { volume, output } }) => [name, volume, output])).toEqual([
      ['by-alias', 'aws-managed', 'customer-managed'],
      ['serverless', 'not-observed', 'none'],
      ['omitted', 'not-observed', 'not-observed'],
    ]);
    expect(items[0]?.declaredKeys).toEqual({ volume: 'alias/aws/ebs', output: 'alias/train-out' });
  });

  /** The posture of one job's volume and output, by its request. */
  const postureOf = async (eventName: string, requestParameters: object | null, type: string) => {
    const arn = sageMakerArn(`${type}/one`);
    const member = `${eventName.charAt(6).toLowerCase()}${eventName.slice(7)}`;
    await appended(
      aSageMakerRecord(eventName, {
        ...atTime('01T10:00:00'),
        requestParameters,
        responseElements: { [`${member}Arn`]: arn },
      }),
    );
    const [detail] = await history.job(arn);
    return [detail?.posture.volume, detail?.posture.output];
  };
  const onInstances = { roleArn: executionRole, resourceConfig: { instanceType: 'ml.m5.xlarge' } };
  const training = (volumeKmsKeyId: string, kmsKeyId: string) => ({
    trainingJobName: 'one',
    roleArn: executionRole,
    resourceConfig: { instanceType: 'ml.m5.xlarge', volumeKmsKeyId },
    outputDataConfig: { s3OutputPath: 's3://out/models', kmsKeyId },
  });
  const aliasNamed = (alias: string) => `arn:aws:kms:us-west-2:111122223333:${alias}`;

  it.each<readonly [string, string, object | null, string, readonly unknown[]]>([
    // A key that no record resolves is named all the same.
    [
      'aliases',
      'CreateTrainingJob',
      training('alias/aws/ebs', 'alias/out'),
      'training-job',
      ['aws-managed', 'customer-managed'],
    ],
    [
      'ARNs of aliases',
      'CreateTrainingJob',
      training(aliasNamed('alias/vol'), aliasNamed('alias/aws/s3')),
      'training-job',
      ['customer-managed', 'aws-managed'],
    ],
    [
      'an alias with the name of one of AWS’s in it',
      'CreateTrainingJob',
      training('alias/my/alias/aws/ebs', 'alias/awsome'),
      'training-job',
      ['customer-managed', 'customer-managed'],
    ],
    [
      'what is no name of a key',
      'CreateTrainingJob',
      training('HIDDEN_DUE_TO_SECURITY_REASONS', 'x'),
      'training-job',
      ['not-observed', 'not-observed'],
    ],
    // CloudTrail left the request out.
    ['null', 'CreateTrainingJob', null, 'training-job', ['not-observed', 'not-observed']],
    [
      'an omitted request',
      'CreateProcessingJob',
      { omitted: true, originalSize: 120_345, reason: 'requestParameters is too large' },
      'processing-job',
      ['not-observed', 'not-observed'],
    ],
    ['an omitted request for a domain', 'CreateDomain', null, 'domain', ['not-observed', 'not-observed']],
    [
      'an omitted request for AutoML',
      'CreateAutoMLJob',
      null,
      'automl-job',
      ['not-observed', 'not-observed'],
    ],
    // Without instances there is no volume.
    [
      'a serverless job',
      'CreateTrainingJob',
      {
        trainingJobName: 'one',
        roleArn: executionRole,
        serverlessJobConfig: { jobType: 'FineTuning' },
        outputDataConfig: { s3OutputPath: 's3://out/models' },
      },
      'training-job',
      ['not-observed', 'none'],
    ],
    [
      'a job on instances',
      'CreateTrainingJob',
      { trainingJobName: 'one', ...onInstances, outputDataConfig: { s3OutputPath: 's3://out/models' } },
      'training-job',
      ['none', 'none'],
    ],
    [
      'a model package without validation',
      'CreateModelPackage',
      { modelPackageGroupName: 'group', securityConfig: { kmsKeyId: keyArn } },
      'model-package',
      ['not-observed', 'not-observed'],
    ],
    [
      'a feature group without an online store',
      'CreateFeatureGroup',
      {
        featureGroupName: 'one',
        roleArn: executionRole,
        onlineStoreConfig: { enableOnlineStore: false },
        offlineStoreConfig: { s3StorageConfig: { s3Uri: 's3://out/features' } },
      },
      'feature-group',
      ['not-observed', 'none'],
    ],
    [
      'a feature group with one',
      'CreateFeatureGroup',
      { featureGroupName: 'one', roleArn: executionRole, onlineStoreConfig: { enableOnlineStore: true } },
      'feature-group',
      ['none', 'not-observed'],
    ],
    [
      'labelling by people only',
      'CreateLabelingJob',
      { labelingJobName: 'one', roleArn: executionRole, outputConfig: { s3OutputPath: 's3://out/labels' } },
      'labeling-job',
      ['not-observed', 'none'],
    ],
  ])('knows the posture by a request: %s', async (_, eventName, request, type, expected) => {
    expect(await postureOf(eventName, request, type)).toEqual(expected);
  });

  it('knows nothing of a volume whose key only the omitted request has', async () => {
    await appended(
      aSageMakerRecord('CreateTransformJob', {
        ...atTime('01T10:00:00'),
        requestParameters: null,
        responseElements: { transformJobArn: sageMakerArn('transform-job/score') },
      }),
      anEnvelope('SageMaker Transform Job State Change', {
        TransformJobName: 'score',
        TransformJobArn: sageMakerArn('transform-job/score'),
        TransformJobStatus: 'InProgress',
        TransformResources: { InstanceType: 'ml.m5.xlarge' },
      }),
    );
    const [detail] = await history.job(sageMakerArn('transform-job/score'));
    expect(detail?.posture.volume).toBe('not-observed');
  });

  it('distinguishes the runs of a reused name, with the uses of each', async () => {
    await appended(
      aCreation('01T10:00:00'),
      aWrite('01T10:50:00', 'out/models/train-1/output/model.tar.gz', keyArn),
      aStop('01T11:00:00'),
      aCreation('01T13:00:00'),
      aWrite('01T13:30:00', 'out/models/train-1/output/model.tar.gz', thirdKeyArn),
      aWrite('01T13:40:00', 'out/models/train-1/output/model.tar.gz', thirdKeyArn),
    );
    const runs = await history.job(job);
    expect(runs.map(({ createdTime, usedKeys, uses }) => [createdTime, usedKeys, uses])).toEqual([
      ['2026-03-01T10:00:00Z', [keyArn], 1],
      ['2026-03-01T13:00:00Z', [thirdKeyArn], 2],
    ]);
    const { items } = await history.summary({ job: [job] }, ['job'], { limit: 10 });
    expect(items.map(({ job: arn, count }) => [arn, count])).toEqual([[job, 3]]);
  });

  it('counts uses before a creation and after an end', async () => {
    await appended(
      aCreation('01T10:00:00'),
      aWrite('01T09:59:30', 'out/models/train-1/output/early', keyArn),
      aWrite('01T10:30:00', 'out/models/train-1/output/model.tar.gz', keyArn),
      aStop('01T11:00:00'),
      aWrite('01T11:02:00', 'out/models/train-1/output/late', keyArn),
    );
    const [detail] = await history.job(job);
    const at = (time: string) => ({ count: 1, firstSeen: `2026-03-${time}Z`, lastSeen: `2026-03-${time}Z` });
    expect(detail?.usesAfterEnd).toEqual(at('01T11:02:00'));
    const rows = await everyRow(history);
    const early = rows.find(({ eventTime }) => eventTime === '2026-03-01T09:59:30Z');
    // A role may be tried shortly before the call that creates the job has returned.
    expect(early?.attribution.jobs.map(({ arn }) => arn)).toEqual([job]);
    expect(detail?.usesBeforeCreation).toEqual(at('01T09:59:30'));
  });

  it('pages through the jobs alive in a window, oldest first', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    await appended(
      ...names.flatMap((name, day) => [
        aCreation(`0${day + 1}T10:00:00`, name),
        aStop(`0${day + 1}T11:00:00`, name),
      ]),
      aRead('09T10:00:00', 'elsewhere', keyArn),
    );
    const window = { fromMs: Date.parse('2026-03-02T00:00:00Z'), toMs: Date.parse('2026-03-05T00:00:00Z') };
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await history.jobs(window, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      found.push(...page.items.map(({ name }) => name));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(found).toEqual(['b', 'c', 'd']);
  });

  it('has its rows by job, with filters, in either order, and its keys and principals with their jobs', async () => {
    await appended(
      aCreation('01T10:00:00'),
      aWrite('01T10:10:00', 'out/models/train-1/output/1', keyArn),
      aWrite('01T10:20:00', 'out/models/train-1/output/2', thirdKeyArn),
      aDecrypt({ ...atTime('01T10:30:00'), resources: [aResource(keyArn)] }),
      aStop('01T11:00:00'),
    );
    const times = async (filter: object, order: 'asc' | 'desc' = 'asc') =>
      (await everyRow(history, filter, { order, limit: 1 })).map(({ eventTime }) => eventTime.slice(11, 16));
    expect(await times({ job: [job] })).toEqual(['10:10', '10:20']);
    expect(await times({ job: [job] }, 'desc')).toEqual(['10:20', '10:10']);
    expect(await times({ job: [job], key: [keyArn] })).toEqual(['10:10']);
    expect(await times({ job: [job], principal: [executionRole] })).toEqual(['10:10', '10:20']);
    expect(await times({ job: [job], status: ['none'] })).toEqual([]);
    expect(await times({ status: ['strong'] })).toEqual(['10:10', '10:20']);
    expect(await times({ job: [sageMakerArn('training-job/other')] })).toEqual([]);
    const key = await history.key(keyArn);
    expect(key?.lastUseByJob).toEqual([{ job, lastSeen: '2026-03-01T10:10:00Z', uses: 1 }]);
    expect(key?.jobs).toBe(1);
    expect((await history.principal(executionRole))?.jobs).toBe(1);
  });

  it('says which keys lie in a key store of their own', async () => {
    await appended(
      aDecrypt({
        ...atTime('01T10:00:00'),
        additionalEventData: { customKeyStoreId: 'cks-1', xksKeyId: 'hsm-7' },
      }),
      aDecrypt({
        ...atTime('01T11:00:00'),
        resources: [aResource(otherKeyArn)],
        additionalEventData: { customKeyStoreId: 'cks-2' },
      }),
      aDecrypt({ ...atTime('01T12:00:00'), resources: [aResource(thirdKeyArn)] }),
    );
    const storeOf = async (arn: string) => (await history.key(arn))?.keyStore;
    expect(await storeOf(keyArn)).toEqual({ kind: 'external', customKeyStoreId: 'cks-1', xksKeyId: 'hsm-7' });
    expect(await storeOf(otherKeyArn)).toEqual({ kind: 'cloudhsm', customKeyStoreId: 'cks-2' });
    expect(await storeOf(thirdKeyArn)).toBeUndefined();
  });
});
