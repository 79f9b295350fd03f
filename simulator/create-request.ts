import { Random } from './random.ts';
import type { JobType, SimulatedJob } from './simulated-job.ts';
import { aliasAt, type SimulatedKey } from './simulated-key.ts';

export type Members = Record<string, unknown>;

/** A value that must never be stored; tests look for its prefix. */
export function secret(seed: string): string {
  return `SIMULATED-SECRET-${new Random(seed, 'secret').hex(12)}`;
}

/** How the create request of a job names a key. */
function called(job: SimulatedJob, key: SimulatedKey | undefined): string | undefined {
  if (key === undefined) return undefined;
  if (job.keyForm === 'id') return key.id;
  if (job.keyForm === 'alias') return aliasAt(key, job.createdMs) ?? key.arn;
  return key.arn;
}

function optional(member: string, value: unknown): Members {
  return value === undefined ? {} : { [member]: value };
}

function tags(job: SimulatedJob): Members[] {
  return [
    { key: 'team', value: job.team.name },
    { key: 'sagemaker:token', value: secret(job.seed) },
    ...(job.pipelineExecutionArn === undefined
      ? []
      : [{ key: 'sagemaker:pipeline-execution-arn', value: job.pipelineExecutionArn }]),
  ];
}

function environment(job: SimulatedJob): Members {
  return { DATABASE_PASSWORD: secret(job.seed), STAGE: 'simulated', NOTE: 'line\n"quoted" ümlaut 雪' };
}

function input(job: SimulatedJob): Members {
  return {
    dataSource: {
      s3DataSource: {
        s3DataType: 'S3Prefix',
        s3Uri: `s3://${job.inputPath}`,
        s3DataDistributionType: 'FullyReplicated',
      },
    },
  };
}

/** The output path in the request; SageMaker adds the job's name to it, unless `removeJobName`. */
export function declaredOutput(job: SimulatedJob): string {
  return `s3://${job.removeJobName ? job.outputPath : job.outputPath.slice(0, job.outputPath.lastIndexOf('/'))}`;
}

function cluster(job: SimulatedJob): Members {
  return {
    instanceCount: job.instanceCount,
    instanceType: job.instanceType,
    volumeSizeInGB: 50,
    ...optional('volumeKmsKeyId', called(job, job.volumeKey)),
  };
}

function trainingDefinition(job: SimulatedJob): Members {
  return {
    algorithmSpecification: {
      trainingImage: `${job.team.place.accountId}.dkr.ecr.${job.team.place.region}.amazonaws.com/simulated-${job.team.name}:1.4`,
      trainingInputMode: 'File',
      enableSageMakerMetricsTimeSeries: false,
      containerArguments: ['--api-key', secret(job.seed)],
    },
    roleArn: job.role.id,
    inputDataConfig: [
      { channelName: 'train', ...input(job), compressionType: 'None', recordWrapperType: 'None' },
    ],
    outputDataConfig: {
      ...optional('kmsKeyId', called(job, job.outputKey)),
      s3OutputPath: declaredOutput(job),
      disableModelUpload: false,
      removeJobNameFromS3OutputPath: job.removeJobName,
    },
    resourceConfig: { ...cluster(job), useReservedCapacity: false },
    stoppingCondition: { maxRuntimeInSeconds: 86_400 },
    enableNetworkIsolation: false,
    enableInterContainerTrafficEncryption: true,
  };
}

export interface CreateCall {
  readonly eventName: string;
  readonly request: Members;
  readonly response: Members;
  /** The calls that create what this one names. */
  readonly before?: readonly Omit<CreateCall, 'before'>[];
}

function createModel(job: SimulatedJob): CreateCall {
  const { accountId, region } = job.team.place;
  return {
    eventName: 'CreateModel',
    request: {
      modelName: `${job.name}-model`,
      executionRoleArn: job.role.id,
      primaryContainer: {
        image: `${accountId}.dkr.ecr.${region}.amazonaws.com/simulated-${job.team.name}:1.4`,
        modelDataUrl: `s3://${job.modelPath}`,
        environment: environment(job),
      },
      enableNetworkIsolation: false,
    },
    response: { modelArn: `arn:aws:sagemaker:${region}:${accountId}:model/${job.name}-model` },
  };
}

function createTrainingJob(job: SimulatedJob): CreateCall {
  const { arn, name } = job;
  return {
    eventName: 'CreateTrainingJob',
    request: {
      trainingJobName: name,
      ...trainingDefinition(job),
      ...(job.checkpointPath === undefined
        ? {}
        : {
            checkpointConfig: { s3Uri: `s3://${job.checkpointPath}`, localPath: '/opt/ml/checkpoints' },
          }),
      hyperParameters: { epochs: '12', 'api-token': secret(job.seed), sagemaker_program: '"train.py"' },
      environment: environment(job),
      tags: tags(job),
      trainingJobArn: arn,
      disableEFA: false,
      withWarmPoolValidationError: false,
    },
    response: { trainingJobArn: arn },
  };
}

function createProcessingJob(job: SimulatedJob): CreateCall {
  const { arn, name } = job;
  return {
    eventName: 'CreateProcessingJob',
    request: {
      processingJobName: name,
      processingInputs: [
        {
          inputName: 'input-1',
          appManaged: false,
          s3Input: {
            s3Uri: `s3://${job.inputPath}`,
            localPath: '/opt/ml/processing/input',
            s3DataType: 'S3Prefix',
            s3InputMode: 'File',
          },
        },
      ],
      processingOutputConfig: {
        outputs: [
          {
            outputName: 'output-1',
            appManaged: false,
            s3Output: {
              s3Uri: `s3://${job.outputPath}/output`,
              localPath: '/opt/ml/processing/output',
              s3UploadMode: 'EndOfJob',
            },
          },
        ],
        ...optional('kmsKeyId', called(job, job.outputKey)),
      },
      processingResources: { clusterConfig: cluster(job) },
      stoppingCondition: { maxRuntimeInSeconds: 86_400 },
      appSpecification: {
        imageUri: `${job.team.place.accountId}.dkr.ecr.${job.team.place.region}.amazonaws.com/simulated-prep:2`,
        containerEntrypoint: ['python3', '/opt/ml/processing/run.py'],
        containerArguments: ['--token', secret(job.seed)],
      },
      environment: environment(job),
      roleArn: job.role.id,
      tags: tags(job),
    },
    response: { processingJobArn: arn },
  };
}

function createTransformJob(job: SimulatedJob): CreateCall {
  const { arn, name } = job;
  return {
    before: [createModel(job)],
    eventName: 'CreateTransformJob',
    request: {
      transformJobName: name,
      modelName: `${name}-model`,
      transformInput: { ...input(job), contentType: 'text/csv', splitType: 'Line' },
      transformOutput: {
        s3OutputPath: `s3://${job.outputPath}`,
        accept: 'text/csv',
        assembleWith: 'Line',
        ...optional('kmsKeyId', called(job, job.outputKey)),
      },
      transformResources: {
        instanceType: job.instanceType,
        instanceCount: job.instanceCount,
        ...optional('volumeKmsKeyId', called(job, job.volumeKey)),
      },
      environment: environment(job),
      tags: tags(job),
    },
    response: { transformJobArn: arn },
  };
}

function createTuningJob(job: SimulatedJob): CreateCall {
  const { arn, name } = job;
  return {
    eventName: 'CreateHyperParameterTuningJob',
    request: {
      hyperParameterTuningJobName: name,
      hyperParameterTuningJobConfig: {
        strategy: 'Bayesian',
        hyperParameterTuningJobObjective: { type: 'Minimize', metricName: 'validation:loss' },
        resourceLimits: { maxNumberOfTrainingJobs: 6, maxParallelTrainingJobs: 3 },
      },
      trainingJobDefinition: {
        ...trainingDefinition(job),
        staticHyperParameters: { 'api-token': secret(job.seed) },
      },
      tags: tags(job),
    },
    response: { hyperParameterTuningJobArn: arn },
  };
}

function createAutoMLJob(job: SimulatedJob): CreateCall {
  const { arn, name } = job;
  return {
    eventName: 'CreateAutoMLJobV2',
    request: {
      autoMLJobName: name,
      autoMLJobInputDataConfig: [{ channelType: 'training', ...input(job) }],
      outputDataConfig: {
        s3OutputPath: declaredOutput(job),
        ...optional('kmsKeyId', called(job, job.outputKey)),
      },
      autoMLProblemTypeConfig: { tabularJobConfig: { targetAttributeName: 'y' } },
      roleArn: job.role.id,
      securityConfig: {
        ...optional('volumeKmsKeyId', called(job, job.volumeKey)),
        enableInterContainerTrafficEncryption: true,
      },
      tags: tags(job),
    },
    response: { autoMLJobArn: arn },
  };
}

function createEndpoint(job: SimulatedJob): CreateCall {
  const { arn, name } = job;
  return {
    before: [
      createModel(job),
      {
        eventName: 'CreateEndpointConfig',
        request: {
          endpointConfigName: `${name}-config`,
          productionVariants: [
            {
              variantName: 'AllTraffic',
              modelName: `${name}-model`,
              initialInstanceCount: 1,
              instanceType: job.instanceType,
            },
          ],
          dataCaptureConfig: {
            enableCapture: true,
            initialSamplingPercentage: 20,
            destinationS3Uri: declaredOutput(job),
            ...optional('kmsKeyId', called(job, job.outputKey)),
            captureOptions: [{ captureMode: 'Input' }],
          },
          ...optional('kmsKeyId', called(job, job.volumeKey)),
          tags: tags(job),
        },
        response: {
          endpointConfigArn: `arn:aws:sagemaker:${job.team.place.region}:${job.team.place.accountId}:endpoint-config/${name}-config`,
        },
      },
    ],
    eventName: 'CreateEndpoint',
    request: { endpointName: name, endpointConfigName: `${name}-config`, tags: tags(job) },
    response: { endpointArn: arn },
  };
}

function createNotebookInstance(job: SimulatedJob): CreateCall {
  const { arn, name } = job;
  return {
    eventName: 'CreateNotebookInstance',
    request: {
      notebookInstanceName: name,
      instanceType: 'ml.t3.medium',
      roleArn: job.role.id,
      ...optional('kmsKeyId', called(job, job.volumeKey)),
      directInternetAccess: 'Disabled',
      volumeSizeInGB: 20,
      tags: tags(job),
    },
    response: { notebookInstanceArn: arn },
  };
}

function createFeatureGroup(job: SimulatedJob): CreateCall {
  const { arn, name } = job;
  return {
    eventName: 'CreateFeatureGroup',
    request: {
      featureGroupName: name,
      recordIdentifierFeatureName: 'id',
      eventTimeFeatureName: 'time',
      featureDefinitions: [
        { featureName: 'id', featureType: 'String' },
        { featureName: 'time', featureType: 'Fractional' },
      ],
      onlineStoreConfig: {
        enableOnlineStore: true,
        securityConfig: { ...optional('kmsKeyId', called(job, job.volumeKey)) },
      },
      offlineStoreConfig: {
        s3StorageConfig: { s3Uri: declaredOutput(job), ...optional('kmsKeyId', called(job, job.outputKey)) },
        disableGlueTableCreation: false,
      },
      roleArn: job.role.id,
      tags: tags(job),
    },
    response: { featureGroupArn: arn },
  };
}

function createFineTuningJob(job: SimulatedJob): CreateCall {
  const { arn, name } = job;
  return {
    eventName: 'CreateJob',
    request: {
      jobName: name,
      jobCategory: 'AgentRFT',
      roleArn: job.role.id,
      jobConfigDocument: JSON.stringify({
        InputDataConfig: { S3Uri: `s3://${job.inputPath}` },
        OutputDataConfig: {
          S3OutputPath: declaredOutput(job),
          ...optional('KmsKeyArn', (job.outputKey ?? job.dataKey).arn),
        },
        ApiToken: secret(job.seed),
      }),
      tags: tags(job),
    },
    response: { jobArn: arn },
  };
}

/** The create request and its response, in CloudTrail's camelCase with the members that SageMaker adds. */
export function createCallOf(job: SimulatedJob): CreateCall {
  return CREATE_CALLS[job.type](job);
}

const CREATE_CALLS: Readonly<Record<JobType, (job: SimulatedJob) => CreateCall>> = {
  'training-job': createTrainingJob,
  'processing-job': createProcessingJob,
  'transform-job': createTransformJob,
  'hyper-parameter-tuning-job': createTuningJob,
  'automl-job': createAutoMLJob,
  endpoint: createEndpoint,
  'notebook-instance': createNotebookInstance,
  'feature-group': createFeatureGroup,
  'fine-tuning-job': createFineTuningJob,
};
