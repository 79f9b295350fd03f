import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { declaredKeysOf } from '../../src/sagemaker/declared-keys.ts';
import type { Job } from '../../src/sagemaker/job.ts';
import type { JobFact } from '../../src/sagemaker/job-fact.ts';
import { jobFactsOfRecord } from '../../src/sagemaker/job-facts-of-record.ts';
import { jobFactsOfStateChange } from '../../src/sagemaker/job-facts-of-state-change.ts';
import { jobsOf } from '../../src/sagemaker/jobs-of.ts';
import { windowOf } from '../../src/sagemaker/window-of.ts';
import { aliasArn, keyArn, keyId, otherKeyArn } from '../builders/cloud-trail-record.ts';
import {
  aCreateTrainingJob,
  anEnvelope,
  aSageMakerRecord,
  aTrainingRequest,
  aTrainingStateChange,
  createdMs,
  executionRole,
  sageMakerArn,
} from '../builders/sagemaker-record.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const minute = 60_000;
const hour = 60 * minute;

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

/** A call of the API so long after `createdMs`. */
function call(
  eventName: string,
  requestParameters: object,
  afterMs = 0,
  responseElements: object | null = null,
): readonly JobFact[] {
  return jobFactsOfRecord(
    aSageMakerRecord(eventName, { requestParameters, responseElements, eventTime: iso(createdMs + afterMs) }),
  );
}

function trained(detail: object = {}, afterMs = hour): readonly JobFact[] {
  return jobFactsOfStateChange(aTrainingStateChange(detail, { time: iso(createdMs + afterMs) }));
}

const trainingArn = sageMakerArn('training-job/train-1');
const create = jobFactsOfRecord(aCreateTrainingJob());
const noTimes = { CreationTime: null, TrainingStartTime: null, TrainingEndTime: null };

function only(facts: readonly JobFact[]): Job | undefined {
  const jobs = jobsOf(facts);
  expect(jobs).toHaveLength(1);
  return jobs[0];
}

describe('a run', () => {
  test('is what its create record and its state changes tell together', () => {
    const CreationTime = createdMs - 800;
    expect(only([...create, ...trained({ CreationTime })])).toEqual({
      id: `${trainingArn}|${CreationTime}`,
      arn: trainingArn,
      type: 'training-job',
      name: 'train-1',
      accountId: '111122223333',
      region: 'us-west-2',
      status: 'Completed',
      created: { timeMs: CreationTime, from: 'told' },
      started: { timeMs: createdMs + minute, from: 'told' },
      ended: { timeMs: createdMs + 10 * minute, from: 'told' },
      roleArns: [executionRole],
      launcher: { id: 'arn:aws:iam::111122223333:role/service-role/Trainer', type: 'role' },
      inputs: [
        { bucket: 'input', prefix: 'data' },
        { bucket: 'input', prefix: 'test' },
      ],
      outputs: [{ bucket: 'out', prefix: 'models', belowJobName: true }],
      checkpoints: [{ bucket: 'out', prefix: 'checkpoints' }],
      maxRuntimeSeconds: 3600,
      volumeKeys: [otherKeyArn],
      outputKeys: [keyArn],
      dataKeys: [],
      instanceTypes: ['ml.m5.xlarge'],
      isRequestKnown: true,
      parents: [],
      children: [],
    });
  });

  test('is known by its create record alone, and ends by its maximum runtime and wait', () => {
    expect(only(create)).toMatchObject({
      id: `${trainingArn}|${createdMs}`,
      created: { timeMs: createdMs, from: 'event' },
      ended: { timeMs: createdMs + 2 * hour, from: 'maximum-runtime' },
    });
  });

  test('ends by SageMaker’s own maximum where its request tells none', () => {
    const facts = call('CreateProcessingJob', { processingJobName: 'prep', roleArn: executionRole });
    expect(only(facts)?.ended).toEqual({
      timeMs: createdMs + hour + 777_600_000,
      from: 'maximum-runtime',
    });
  });

  test('is known by a single state change without a creation time', () => {
    expect(only(trained({ ...noTimes, TrainingJobStatus: 'InProgress' }))).toMatchObject({
      id: `${trainingArn}|`,
      ended: { timeMs: createdMs + 2 * hour, from: 'maximum-runtime' },
    });
  });

  test.each<[string, readonly JobFact[], number]>([
    ['a last status', trained({ ...noTimes, TrainingJobStatus: 'FAILED' }), hour],
    ['its being stopped', call('StopTrainingJob', { trainingJobName: 'train-1' }, hour), hour],
    ['its being deleted', call('DeleteTrainingJob', { trainingJobName: 'TRAIN-1' }, hour), hour],
  ])('ends with %s', (_, facts, afterMs) => {
    expect(only([...create, ...facts])?.ended).toEqual({ timeMs: createdMs + afterMs, from: 'event' });
  });

  test('ended within its maximum runtime where it is deleted long after', () => {
    const late = [
      ...call('DeleteTrainingJob', { trainingJobName: 'train-1' }, 90 * hour),
      ...trained({ ...noTimes, TrainingJobStatus: 'Deleting' }, 90 * hour),
    ];
    expect(only([...create, ...late])?.ended).toEqual({
      timeMs: createdMs + 2 * hour,
      from: 'maximum-runtime',
    });
  });

  test('ends at the latest when its name is used again', () => {
    const again = call('CreateTrainingJob', aTrainingRequest(), hour);
    expect(jobsOf([...create, ...again]).map(({ created, ended }) => [created, ended])).toEqual([
      [
        { timeMs: createdMs, from: 'event' },
        { timeMs: createdMs + hour, from: 'next-run' },
      ],
      [
        { timeMs: createdMs + hour, from: 'event' },
        { timeMs: createdMs + 3 * hour, from: 'maximum-runtime' },
      ],
    ]);
  });

  test('is told from the next of its name, each with what is about it', () => {
    const facts = [
      ...create,
      ...call('StopTrainingJob', { trainingJobName: 'train-1' }, 5 * minute),
      ...call('DeleteTrainingJob', { trainingJobName: 'train-1' }, hour - 30_000),
      ...call('CreateTrainingJob', { ...aTrainingRequest(), roleArn: `${executionRole}2` }, hour),
      ...trained({ ...noTimes, TrainingJobStatus: 'InProgress' }, hour + minute),
    ];
    expect(jobsOf(facts)).toMatchObject([
      { roleArns: [executionRole], ended: { timeMs: createdMs + 5 * minute, from: 'event' } },
      {
        roleArns: [`${executionRole}2`],
        status: 'InProgress',
        ended: { timeMs: createdMs + 3 * hour, from: 'maximum-runtime' },
      },
    ]);
  });

  test.each<[string, object]>([
    ['an end before its start', { TrainingEndTime: createdMs + 1 }],
    ['an end before its creation', { TrainingEndTime: createdMs - hour }],
    ['an end that is yet to come', { TrainingEndTime: createdMs + 9 * hour }],
  ])('has not %s', (_, detail) => {
    expect(
      only([...create, ...trained({ ...detail, TrainingStartTime: createdMs + minute })])?.ended,
    ).toEqual({ timeMs: createdMs + hour, from: 'event' });
  });

  test('has no start before its creation, and was not created after it was told of', () => {
    expect(only([...create, ...trained({ TrainingStartTime: createdMs - hour })])).not.toHaveProperty(
      'started',
    );
    expect(only([...create, ...trained({ CreationTime: createdMs + 5 * hour })])?.created).toEqual({
      timeMs: createdMs,
      from: 'event',
    });
  });

  test('believes its request before a state change, and a later state change before an earlier one', () => {
    const other = `arn:aws:iam::111122223333:role/Other`;
    const changes = [
      ...trained({ RoleArn: other, TrainingJobStatus: 'InProgress' }, minute),
      ...trained({ RoleArn: `${other}2`, OutputDataConfig: { KmsKeyId: keyId } }),
    ];
    expect(only([...create, ...changes])).toMatchObject({ roleArns: [executionRole], outputKeys: [keyArn] });
    expect(only(changes)).toMatchObject({
      roleArns: [`${other}2`],
      outputKeys: [keyId],
      status: 'Completed',
    });
  });

  test('has the status that ends it where two are of one moment', () => {
    const facts = [
      ...trained({ TrainingJobStatus: 'Stopped' }),
      ...trained({ TrainingJobStatus: 'Stopping' }),
    ];
    expect(only(facts)?.status).toBe('Stopped');
  });
});

describe('what lasts', () => {
  const notebook = { notebookInstanceName: 'notes' };
  const made = call('CreateNotebookInstance', { ...notebook, roleArn: executionRole });

  test('does not end until it is deleted, or stopped and not started again', () => {
    expect(only(made)).not.toHaveProperty('ended');
    const stopped = [...made, ...call('StopNotebookInstance', notebook, hour)];
    expect(only(stopped)?.ended).toEqual({ timeMs: createdMs + hour, from: 'event' });
    const running = [...stopped, ...call('StartNotebookInstance', notebook, 2 * hour)];
    expect(only(running)).not.toHaveProperty('ended');
    const gone = [
      ...running,
      ...call('StopNotebookInstance', notebook, 3 * hour),
      ...call('DeleteNotebookInstance', notebook, 4 * hour),
    ];
    expect(only(gone)?.ended).toEqual({ timeMs: createdMs + 3 * hour, from: 'event' });
  });

  const config = (name: string, modelName: string, key: string, afterMs: number): readonly JobFact[] =>
    call(
      'CreateEndpointConfig',
      { endpointConfigName: name, kmsKeyId: key, productionVariants: [{ modelName }] },
      afterMs,
    );
  const model = (modelName: string, role: string, afterMs: number): readonly JobFact[] =>
    call(
      'CreateModel',
      { modelName, executionRoleArn: role, primaryContainer: { modelDataUrl: `s3://models/${role.length}` } },
      afterMs,
    );

  test('an endpoint has the keys of its configurations and the roles of their models', () => {
    const facts = [
      ...model('m', executionRole, -hour),
      ...config('one', 'm', keyId, -hour),
      ...call('CreateEndpoint', { endpointName: 'Serve', endpointConfigName: 'one' }, 0, {
        endpointArn: sageMakerArn('endpoint/serve'),
      }),
      ...model('n', `${executionRole}2`, hour),
      ...config('two', 'n', otherKeyArn, hour),
      ...call('UpdateEndpoint', { endpointName: 'Serve', endpointConfigName: 'two' }, 2 * hour),
      ...call('DeleteEndpoint', { endpointName: 'Serve' }, 3 * hour),
    ];
    expect(only(facts)).toMatchObject({
      name: 'Serve',
      roleArns: [executionRole, `${executionRole}2`],
      volumeKeys: [keyId, otherKeyArn].sort(),
      ended: { timeMs: createdMs + 3 * hour, from: 'event' },
    });
  });

  test('a configuration and a model are the ones that had the name then', () => {
    const facts = [
      ...model('m', `${executionRole}0`, -3 * hour),
      ...call('DeleteModel', { modelName: 'm' }, -2 * hour),
      ...model('m', executionRole, -hour),
      ...call('CreateTransformJob', { transformJobName: 'score', modelName: 'm' }),
      ...call('DeleteModel', { modelName: 'm' }, hour),
      ...model('m', `${executionRole}2`, 2 * hour),
    ];
    expect(only(facts)?.roleArns).toEqual([executionRole]);
    const [gone] = jobsOf([
      ...model('m', executionRole, -3 * hour),
      ...call('DeleteModel', { modelName: 'm' }, -2 * hour),
      ...call('CreateTransformJob', { transformJobName: 'score', modelName: 'm' }),
    ]);
    expect(gone?.roleArns).toEqual([]);
    const yetToCome = [
      ...call('CreateTransformJob', { transformJobName: 'score', modelName: 'm' }),
      ...model('m', executionRole, hour),
    ];
    expect(only(yetToCome)?.roleArns).toEqual([]);
  });

  test('a model that only a later state change tells of was there before', () => {
    const told = jobFactsOfStateChange(
      anEnvelope(
        'SageMaker Model State Change',
        { ModelName: 'm', ExecutionRoleArn: executionRole },
        { time: iso(createdMs + hour) },
      ),
    );
    const transform = call('CreateTransformJob', { transformJobName: 'score', modelName: 'm' });
    expect(only([...transform, ...told])?.roleArns).toEqual([executionRole]);
  });
});

describe('families', () => {
  const tuningArn = sageMakerArn('hyper-parameter-tuning-job/tune');
  const tuning = call('CreateHyperParameterTuningJob', {
    hyperParameterTuningJobName: 'tune',
    trainingJobDefinition: aTrainingRequest(),
  });
  const child = (name: string, detail: object = {}): readonly JobFact[] =>
    trained({
      TrainingJobName: name,
      TrainingJobArn: sageMakerArn(`training-job/${name}`),
      RoleArn: null,
      OutputDataConfig: null,
      CreationTime: createdMs + minute,
      TrainingStartTime: null,
      ...detail,
    });
  const jobNamed = (facts: readonly JobFact[], name: string): Job | undefined =>
    jobsOf(facts).find((job) => job.name === name);

  test('a tuning job’s child has its role, keys and launcher, where it is told or named so', () => {
    for (const facts of [
      child('any', { TuningJobArn: tuningArn }),
      child('tune-001-0a1b2c3d'),
      child('tune-001-0a1b2c3d', { RoleArn: executionRole, InputDataConfig: null, CheckpointConfig: null }),
    ]) {
      const [tuned, job] = jobsOf([...tuning, ...facts]);
      expect(job).toMatchObject({
        parents: [tuningArn],
        roleArns: [executionRole],
        volumeKeys: [otherKeyArn],
        outputKeys: [keyArn],
        outputs: [{ bucket: 'out', prefix: 'models', belowJobName: true }],
        launcher: { type: 'role' },
      });
      expect(tuned?.children).toEqual([job?.arn]);
    }
  });

  test('a name alone makes no child of what someone asked for, or of another time', () => {
    const asked = jobFactsOfRecord(aCreateTrainingJob({}, 'tune-001-0a1b2c3d'));
    expect(jobNamed([...tuning, ...asked], 'tune-001-0a1b2c3d')?.parents).toEqual([]);
    const late = child('tune-001-0a1b2c3d', { CreationTime: createdMs - 2 * hour });
    expect(jobNamed([...tuning, ...late], 'tune-001-0a1b2c3d')?.parents).toEqual([]);
  });

  test('an AutoML job’s children have its name in front', () => {
    const auto = call('CreateAutoMLJobV2', { autoMLJobName: 'auto-ml', roleArn: executionRole });
    const job = jobNamed([...auto, ...child('auto-ml-dpp0-1-abc')], 'auto-ml-dpp0-1-abc');
    expect(job).toMatchObject({ parents: [sageMakerArn('automl-job/auto-ml')], roleArns: [executionRole] });
  });

  test('a pipeline’s execution is a parent of its steps’ jobs, and gives them no role', () => {
    const executionArn = sageMakerArn('pipeline/line/execution/abc');
    const facts = [
      ...call('CreatePipeline', { pipelineName: 'line', roleArn: `${executionRole}0` }, -hour),
      ...call('StartPipelineExecution', { pipelineName: 'line' }, 0, { pipelineExecutionArn: executionArn }),
      ...child('any'),
      ...jobFactsOfStateChange(
        anEnvelope('SageMaker Model Building Pipeline Execution Step Status Change', {
          metadata: { trainingJob: { arn: sageMakerArn('training-job/any') } },
          stepStartTime: iso(createdMs + minute),
          pipelineExecutionArn: executionArn,
        }),
      ),
    ];
    expect(jobsOf(facts).map(({ type, parents, roleArns }) => ({ type, parents, roleArns }))).toEqual([
      {
        type: 'pipeline-execution',
        parents: [sageMakerArn('pipeline/line')],
        roleArns: [`${executionRole}0`],
      },
      { type: 'training-job', parents: [executionArn], roleArns: [] },
    ]);
  });

  test('parents that are each other’s children end nothing but the question', () => {
    const one = child('one', { TuningJobArn: sageMakerArn('training-job/two') });
    const two = child('two', { TuningJobArn: sageMakerArn('training-job/one') });
    expect(jobsOf([...one, ...two]).map(({ roleArns }) => roleArns)).toEqual([[], []]);
  });
});

describe('the window of a job', () => {
  test('begins shortly before its creation and ends when it has cleaned up', () => {
    const job = only([...create, ...trained()]);
    expect(job && windowOf(job)).toEqual({
      fromMs: createdMs - 5 * minute,
      toMs: createdMs + 25 * minute,
    });
  });

  test('has no end while nothing bounds it, and no beginning that nothing tells', () => {
    const notebook = only(call('StartNotebookInstance', { notebookInstanceName: 'notes' }));
    expect(notebook && windowOf(notebook)).toEqual({ fromMs: createdMs - 5 * minute });
    const stopped = only(call('StopNotebookInstance', { notebookInstanceName: 'notes' }));
    expect(stopped && windowOf(stopped)).toEqual({ toMs: createdMs + 15 * minute });
  });

  test('begins as early as a job that ended then may have been created', () => {
    const job = only(call('StopProcessingJob', { processingJobName: 'prep' }));
    expect(job && windowOf(job)).toEqual({
      fromMs: createdMs - 777_600_000 - 5 * minute,
      toMs: createdMs + 15 * minute,
    });
  });
});

describe('the declared keys of a job', () => {
  const volumeKmsKeyId = 'alias/training';
  const job = only(
    call('CreateTrainingJob', {
      ...aTrainingRequest(),
      resourceConfig: { volumeKmsKeyId },
      outputDataConfig: { kmsKeyId: keyId },
    }),
  );

  test('are ARNs, of an id in its own account and Region, of an alias as it was then', () => {
    const asked: unknown[] = [];
    const keys =
      job &&
      declaredKeysOf(job, (alias, timeMs) => {
        asked.push([alias, timeMs]);
        return undefined;
      });
    expect(keys).toEqual({
      named: { volume: [volumeKmsKeyId], output: [keyArn], data: [] },
      volume: [],
      output: [keyArn],
      data: [],
      unresolved: [volumeKmsKeyId],
    });
    expect(asked).toEqual([
      [{ accountId: '111122223333', region: 'us-west-2', alias: volumeKmsKeyId }, createdMs],
    ]);
  });

  test('take an alias’s ARN, and leave what is no key', () => {
    const other = job && { ...job, volumeKeys: [aliasArn, 'KmsKeyId'] };
    const [output] = (job && declaredKeysOf(job, () => undefined).output) ?? [];
    expect(other && declaredKeysOf(other, () => output)).toMatchObject({
      volume: [keyArn],
      unresolved: ['KmsKeyId'],
    });
  });
});

describe('the fold', () => {
  const moments = fc.constantFrom(-2 * hour, -hour, 0, 1000, 30_000, minute, 61_000, hour, 5 * hour);
  const aChange = fc
    .record(
      {
        TrainingJobStatus: fc.constantFrom('InProgress', 'Completed', 'STOPPED', 'Stopping', 'Deleting', ''),
        CreationTime: fc.oneof(
          moments.map((after) => createdMs + after),
          fc.constantFrom(null, -5, 1e20),
        ),
        TrainingStartTime: moments.map((after) => createdMs + after),
        TrainingEndTime: moments.map((after) => createdMs + after),
        RoleArn: fc.constantFrom(executionRole, `${executionRole}2`, null),
        TuningJobArn: fc.constantFrom(sageMakerArn('hyper-parameter-tuning-job/tune'), trainingArn),
      },
      { requiredKeys: [] },
    )
    .chain((detail) => moments.map((after) => trained(detail, after)));
  const aCall = fc
    .tuple(
      fc.constantFrom(
        ['CreateTrainingJob', aTrainingRequest()] as const,
        ['StopTrainingJob', { trainingJobName: 'train-1' }] as const,
        ['DeleteTrainingJob', { trainingJobName: 'Train-1' }] as const,
        ['CreateTransformJob', { transformJobName: 'score', modelName: 'm' }] as const,
        ['CreateEndpoint', { endpointName: 'serve', endpointConfigName: 'one' }] as const,
        ['UpdateEndpoint', { endpointName: 'serve', endpointConfigName: 'two' }] as const,
        ['DeleteEndpoint', { endpointName: 'serve' }] as const,
        ['CreateEndpointConfig', { endpointConfigName: 'one', kmsKeyId: keyId }] as const,
        [
          'CreateEndpointConfig',
          { endpointConfigName: 'two', productionVariants: [{ modelName: 'm' }] },
        ] as const,
        ['CreateModel', { modelName: 'm', executionRoleArn: executionRole }] as const,
        ['DeleteModel', { modelName: 'm' }] as const,
        [
          'CreateHyperParameterTuningJob',
          { hyperParameterTuningJobName: 'tune', trainingJobDefinition: { roleArn: executionRole } },
        ] as const,
      ),
      moments,
    )
    .map(([[eventName, request], after]) => call(eventName, request, after));
  const someFacts = fc.array(fc.oneof(aChange, aCall), { maxLength: 14 }).map((lists) => lists.flat());

  test('depends on the set of facts alone', () => {
    fc.assert(
      fc.property(someFacts, fc.infiniteStream(fc.nat()), fc.nat(3), (facts, ranks, times) => {
        const repeated = [...facts, ...facts.slice(0, times), ...structuredClone(facts.slice(times))];
        const shuffled = repeated
          .map((fact) => ({ fact, rank: ranks.next().value ?? 0 }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ fact }) => fact);
        expect(jobsOf(shuffled)).toEqual(jobsOf(facts));
      }),
      { numRuns: fuzzRuns(200) },
    );
  });

  test('gives times in order, ids that differ, and children that know their parents', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const jobs = jobsOf(facts);
        expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length);
        for (const { created, started, ended, arn, children } of jobs) {
          const times = [created, started, ended].flatMap((time) => time?.timeMs ?? []);
          expect(times).toEqual([...times].sort((a, b) => a - b));
          for (const child of children) {
            expect(jobs.some((job) => job.arn === child && job.parents.includes(arn))).toBe(true);
          }
        }
      }),
      { numRuns: fuzzRuns(200) },
    );
  });

  test('takes ten thousand jobs of one role in well under a second', () => {
    const facts = Array.from({ length: 10_000 }, (_, index) => [
      ...call('CreateTrainingJob', aTrainingRequest(`train-${index}`), index * 1000),
      ...trained(
        {
          TrainingJobName: `train-${index}`,
          TrainingJobArn: sageMakerArn(`training-job/train-${index}`),
          CreationTime: createdMs + index * 1000,
        },
        index * 1000 + hour,
      ),
    ]).flat();
    const startedAt = performance.now();
    expect(jobsOf(facts)).toHaveLength(10_000);
    const tookMs = performance.now() - startedAt;
    console.info(`10,000 jobs in ${Math.round(tookMs)} ms`);
    expect(tookMs).toBeLessThan(5000);
  });
});
