import type { SimulatedSession } from './principal.ts';
import { Random } from './random.ts';
import type { JobType, SimulatedJob } from './simulated-job.ts';
import { aliasAt, type SimulatedKey } from './simulated-key.ts';
import { drawVersion, type Slice } from './slice.ts';
import { timeText } from './time-text.ts';

type Members = Record<string, unknown>;

/** A value that must never be stored: recognisable, so that a test can look for it. */
export function secret(seed: string): string {
  return `SIMULATED-SECRET-${new Random(seed, 'secret').hex(12)}`;
}

/** How a create request calls a key. */
function said(job: SimulatedJob, key: SimulatedKey | undefined): string | undefined {
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

/** Where the request says the output goes: SageMaker adds the job's name to it, unless told not to. */
export function declaredOutput(job: SimulatedJob): string {
  return `s3://${job.removeJobName ? job.outputPath : job.outputPath.slice(0, job.outputPath.lastIndexOf('/'))}`;
}

function cluster(job: SimulatedJob): Members {
  return {
    instanceCount: job.instanceCount,
    instanceType: job.instanceType,
    volumeSizeInGB: 50,
    ...optional('volumeKmsKeyId', said(job, job.volumeKey)),
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
      ...optional('kmsKeyId', said(job, job.outputKey)),
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

interface Create {
  readonly eventName: string;
  readonly request: Members;
  readonly response: Members;
  readonly before?: readonly {
    readonly eventName: string;
    readonly request: Members;
    readonly response: Members;
  }[];
}

function model(job: SimulatedJob): Create {
  const { accountId, region } = job.team.place;
  return {
    eventName: 'CreateModel',
    request: {
      modelName: `${job.name}-model`,
      executionRoleArn: job.role.id,
      primaryContainer: {
        image: `${accountId}.dkr.ecr.${region}.amazonaws.com/simulated-${job.team.name}:1.4`,
        modelDataUrl: `s3://${job.team.outputBucket}/${job.team.name}/train/released/output/model.tar.gz`,
        environment: environment(job),
      },
      enableNetworkIsolation: false,
    },
    response: { modelArn: `arn:aws:sagemaker:${region}:${accountId}:model/${job.name}-model` },
  };
}

/** The create request and its answer, in CloudTrail's camelCase with the members that SageMaker adds. */
function create(job: SimulatedJob): Create {
  const { arn, name } = job;
  const volumeKey = said(job, job.volumeKey);
  const outputKey = said(job, job.outputKey);
  switch (job.type) {
    case 'training-job':
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
    case 'processing-job':
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
            ...optional('kmsKeyId', outputKey),
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
    case 'transform-job':
      return {
        before: [model(job)],
        eventName: 'CreateTransformJob',
        request: {
          transformJobName: name,
          modelName: `${name}-model`,
          transformInput: { ...input(job), contentType: 'text/csv', splitType: 'Line' },
          transformOutput: {
            s3OutputPath: `s3://${job.outputPath}`,
            accept: 'text/csv',
            assembleWith: 'Line',
            ...optional('kmsKeyId', outputKey),
          },
          transformResources: {
            instanceType: job.instanceType,
            instanceCount: job.instanceCount,
            ...optional('volumeKmsKeyId', volumeKey),
          },
          environment: environment(job),
          tags: tags(job),
        },
        response: { transformJobArn: arn },
      };
    case 'hyper-parameter-tuning-job':
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
    case 'automl-job':
      return {
        eventName: 'CreateAutoMLJobV2',
        request: {
          autoMLJobName: name,
          autoMLJobInputDataConfig: [{ channelType: 'training', ...input(job) }],
          outputDataConfig: { s3OutputPath: declaredOutput(job), ...optional('kmsKeyId', outputKey) },
          autoMLProblemTypeConfig: { tabularJobConfig: { targetAttributeName: 'y' } },
          roleArn: job.role.id,
          securityConfig: {
            ...optional('volumeKmsKeyId', volumeKey),
            enableInterContainerTrafficEncryption: true,
          },
          tags: tags(job),
        },
        response: { autoMLJobArn: arn },
      };
    case 'endpoint':
      return {
        before: [
          model(job),
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
                ...optional('kmsKeyId', outputKey),
                captureOptions: [{ captureMode: 'Input' }],
              },
              ...optional('kmsKeyId', volumeKey),
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
    case 'notebook-instance':
      return {
        eventName: 'CreateNotebookInstance',
        request: {
          notebookInstanceName: name,
          instanceType: 'ml.t3.medium',
          roleArn: job.role.id,
          ...optional('kmsKeyId', volumeKey),
          directInternetAccess: 'Disabled',
          volumeSizeInGB: 20,
          tags: tags(job),
        },
        response: { notebookInstanceArn: arn },
      };
    case 'feature-group':
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
            securityConfig: { ...optional('kmsKeyId', volumeKey) },
          },
          offlineStoreConfig: {
            s3StorageConfig: { s3Uri: declaredOutput(job), ...optional('kmsKeyId', outputKey) },
            disableGlueTableCreation: false,
          },
          roleArn: job.role.id,
          tags: tags(job),
        },
        response: { featureGroupArn: arn },
      };
    case 'fine-tuning-job':
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
}

function write(
  slice: Slice,
  job: SimulatedJob,
  timeMs: number,
  eventName: string,
  request: Members | null,
  response: Members | null,
  error?: { readonly code: string; readonly message: string },
): void {
  const { random, record } = slice;
  const session: SimulatedSession = slice.session(job.launcher);
  const { accountId, region } = job.team.place;
  record.version = drawVersion(random);
  record.identity =
    job.sourceIdentity === undefined
      ? `${session.open}}`
      : `${session.open.replace('"mfaAuthenticated":"false"}', `"mfaAuthenticated":"false"},"sourceIdentity":"${job.sourceIdentity}"`)}}`;
  record.source = 'sagemaker.amazonaws.com';
  record.name = eventName;
  record.region = region;
  record.account = accountId;
  record.ip = job.launcher.ip;
  record.agent = job.launcher.agent;
  record.request = JSON.stringify(request);
  record.response = JSON.stringify(response);
  if (error !== undefined) {
    record.errorCode = error.code;
    record.errorMessage = JSON.stringify(error.message);
  }
  record.requestId = random.requestId();
  record.eventId = random.uuid();
  record.readOnly = false;
  record.tlsHost = `api.sagemaker.${region}.amazonaws.com`;
  slice.emit(timeMs, undefined);
}

/** What the launcher sends to start the job, its models and configurations first. */
export function emitCreate(slice: Slice, job: SimulatedJob): void {
  const made = create(job);
  made.before?.forEach((call, index) => {
    write(slice, job, job.createdMs - (10 - index) * 1000, call.eventName, call.request, call.response);
  });
  if (job.parent !== undefined) emitChild(slice, job, made);
  else write(slice, job, job.createdMs, made.eventName, made.request, made.response);
}

/**
 * A training job that a tuning job made: no API call, a service event.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/logging-using-cloudtrail.html
 */
function emitChild(slice: Slice, job: SimulatedJob, made: Create): void {
  const { random, record } = slice;
  const { accountId, region } = job.team.place;
  record.version = drawVersion(random);
  record.identity = `{"accountId":"${accountId}","invokedBy":"sagemaker.amazonaws.com"}`;
  record.source = 'sagemaker.amazonaws.com';
  record.name = made.eventName;
  record.region = region;
  record.account = accountId;
  record.ip = 'sagemaker.amazonaws.com';
  record.agent = 'sagemaker.amazonaws.com';
  record.request = JSON.stringify({ ...made.request, tuningJobArn: job.parent?.arn });
  record.response = JSON.stringify(made.response);
  record.eventId = random.uuid();
  record.readOnly = false;
  record.eventType = 'AwsServiceEvent';
  slice.emit(job.createdMs, undefined);
}

/** A create of the same name that did not come through: no ARN in its answer. */
export function emitFailedCreate(slice: Slice, job: SimulatedJob, timeMs: number): void {
  const made = create(job);
  const { trainingJobArn: _, ...request } = made.request;
  write(slice, job, timeMs, made.eventName, request, null, {
    code: 'ResourceLimitExceeded',
    message: `The account-level service limit '${job.instanceType} for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of ${job.instanceCount} Instances.`,
  });
}

const NAMES: Partial<Record<JobType, readonly [string, string]>> = {
  'training-job': ['TrainingJob', 'trainingJobName'],
  'processing-job': ['ProcessingJob', 'processingJobName'],
  'transform-job': ['TransformJob', 'transformJobName'],
  'hyper-parameter-tuning-job': ['HyperParameterTuningJob', 'hyperParameterTuningJobName'],
  'automl-job': ['AutoMLJob', 'autoMLJobName'],
};

export function emitStop(slice: Slice, job: SimulatedJob, timeMs: number): void {
  const names = NAMES[job.type];
  if (names !== undefined) write(slice, job, timeMs, `Stop${names[0]}`, { [names[1]]: job.name }, null);
}

/** Deletes the earlier run, after which its name is free again; training and processing jobs only. */
export function emitDelete(slice: Slice, job: SimulatedJob, timeMs: number): void {
  const names = NAMES[job.type];
  if (names !== undefined) write(slice, job, timeMs, `Delete${names[0]}`, { [names[1]]: job.name }, null);
}

const LOG_GROUPS: Partial<Record<JobType, string>> = {
  'training-job': 'TrainingJobs',
  'processing-job': 'ProcessingJobs',
  'transform-job': 'TransformJobs',
};

/** SageMaker takes the execution role, and the job's instances open their log streams with it. */
export function emitSession(slice: Slice, job: SimulatedJob): void {
  const { random, record } = slice;
  const { accountId, region } = job.team.place;
  const accessKeyId = /"accessKeyId":"([^"]*)"/.exec(job.session.open)?.[1] ?? '';
  record.version = drawVersion(random);
  record.identity = '{"type":"AWSService","invokedBy":"sagemaker.amazonaws.com"}';
  record.source = 'sts.amazonaws.com';
  record.name = 'AssumeRole';
  record.region = region;
  record.account = accountId;
  record.ip = 'sagemaker.amazonaws.com';
  record.agent = 'sagemaker.amazonaws.com';
  record.request = `{"roleArn":"${job.role.id}","roleSessionName":"SageMaker","durationSeconds":3600}`;
  record.response = `{"credentials":{"accessKeyId":"${accessKeyId}","sessionToken":"SIMULATED5EED${random.alphanumeric(40)}=","expiration":"${timeText(job.startedMs + 3_600_000)}"}}`;
  record.resources = `[{"accountId":"${accountId}","type":"AWS::IAM::Role","ARN":"${job.role.id}"}]`;
  record.requestId = random.requestId();
  record.eventId = random.uuid();
  slice.emit(job.startedMs - 5000, undefined);
  const group = LOG_GROUPS[job.type];
  if (group === undefined) return;
  record.version = drawVersion(random);
  record.identity = `${job.session.open}}`;
  record.source = 'logs.amazonaws.com';
  record.name = 'CreateLogStream';
  record.region = region;
  record.account = accountId;
  record.ip = job.role.ip;
  record.agent = job.role.agent;
  record.request = `{"logGroupName":"/aws/sagemaker/${group}","logStreamName":"${job.name}/algo-1-${Math.floor(job.startedMs / 1000)}"}`;
  record.requestId = random.requestId();
  record.eventId = random.uuid();
  record.readOnly = false;
  record.tlsHost = `logs.${region}.amazonaws.com`;
  slice.emit(job.startedMs + 20_000, undefined);
}
