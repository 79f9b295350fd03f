import { declaredOutput, type Members, secret } from './create-request.ts';
import { Random } from './random.ts';
import type { JobType, SimulatedJob } from './simulated-job.ts';
import type { Slice } from './slice.ts';
import { HOUR_MS, SECOND_MS, timeText } from './time-text.ts';

/** The forms in which published state changes write a time. */
function oddTime(random: Random, timeMs: number): string | number {
  const draw = random.float();
  if (draw < 0.35) return timeText(timeMs);
  if (draw < 0.6) return timeMs;
  if (draw < 0.75) return String(timeMs);
  return new Date(timeMs).toISOString();
}

interface StateChangeKind {
  readonly detailType: string;
  /** Of the members `<prefix>Name`, `<prefix>Arn` and `<prefix>Status`. */
  readonly prefix: string;
  readonly detail: (job: SimulatedJob) => Members;
}

const KINDS: Partial<Record<JobType, StateChangeKind>> = {
  'training-job': {
    detailType: 'SageMaker Training Job State Change',
    prefix: 'TrainingJob',
    detail: trainingDetail,
  },
  'processing-job': {
    detailType: 'SageMaker Processing Job State Change',
    prefix: 'ProcessingJob',
    detail: processingDetail,
  },
  'transform-job': {
    detailType: 'SageMaker Transform Job State Change',
    prefix: 'TransformJob',
    detail: transformDetail,
  },
  'hyper-parameter-tuning-job': {
    detailType: 'SageMaker HyperParameter Tuning Job State Change',
    prefix: 'HyperParameterTuningJob',
    detail: tuningDetail,
  },
  endpoint: {
    detailType: 'SageMaker Endpoint State Change',
    prefix: 'Endpoint',
    detail: endpointDetail,
  },
  'feature-group': {
    detailType: 'SageMaker Feature Group State Change',
    prefix: 'FeatureGroup',
    detail: featureGroupDetail,
  },
};

/** Whether SageMaker sends state changes for this kind of resource. */
export function hasStateChanges(type: JobType): boolean {
  return KINDS[type] !== undefined;
}

function inputs(job: SimulatedJob): Members[] {
  return [
    {
      ChannelName: 'train',
      DataSource: {
        S3DataSource: {
          S3DataType: 'S3Prefix',
          S3Uri: `s3://${job.inputPath}`,
          S3DataDistributionType: 'FullyReplicated',
        },
      },
    },
  ];
}

function resourceConfig(job: SimulatedJob): Members {
  // A key that is not set is sometimes absent, sometimes empty.
  const none = job.startedMs % 2000 === 0 ? {} : { VolumeKmsKeyId: '' };
  return {
    InstanceType: job.instanceType,
    InstanceCount: job.instanceCount,
    VolumeSizeInGB: 50,
    ...(job.volumeKey === undefined ? none : { VolumeKmsKeyId: job.volumeKey.arn }),
  };
}

function outputConfig(job: SimulatedJob): Members {
  return {
    ...(job.outputKey === undefined ? { KmsKeyId: '' } : { KmsKeyId: job.outputKey.arn }),
    S3OutputPath: declaredOutput(job),
  };
}

function trainingDefinition(job: SimulatedJob): Members {
  return {
    AlgorithmSpecification: { TrainingImage: 'simulated:1.4', TrainingInputMode: 'File' },
    RoleArn: job.role.id,
    InputDataConfig: inputs(job),
    OutputDataConfig: outputConfig(job),
    ResourceConfig: resourceConfig(job),
    VpcConfig: {},
    StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
  };
}

function trainingDetail(job: SimulatedJob): Members {
  return {
    ...trainingDefinition(job),
    HyperParameters: { epochs: '12', 'api-token': secret(job.seed) },
    Environment: { DATABASE_PASSWORD: secret(job.seed) },
    ...(job.checkpointPath === undefined
      ? {}
      : { CheckpointConfig: { S3Uri: `s3://${job.checkpointPath}` } }),
    ...(job.parent === undefined ? {} : { TuningJobArn: job.parent.arn }),
  };
}

function processingDetail(job: SimulatedJob): Members {
  return {
    ProcessingInputs: [{ InputName: 'input-1', S3Input: { S3Uri: `s3://${job.inputPath}` } }],
    ProcessingOutputConfig: {
      Outputs: [{ OutputName: 'output-1', S3Output: { S3Uri: `s3://${job.outputPath}/output` } }],
      ...(job.outputKey === undefined ? {} : { KmsKeyId: job.outputKey.arn }),
    },
    ProcessingResources: { ClusterConfig: resourceConfig(job) },
    RoleArn: job.role.id,
    Environment: { DATABASE_PASSWORD: secret(job.seed) },
  };
}

function transformDetail(job: SimulatedJob): Members {
  return {
    ModelName: `${job.name}-model`,
    Environment: { TOKEN: secret(job.seed) },
    TransformInput: inputs(job)[0],
    TransformOutput: {
      S3OutputPath: `s3://${job.outputPath}`,
      KmsKeyId: job.outputKey === undefined ? '' : job.outputKey.arn,
    },
    TransformResources: { InstanceType: job.instanceType, InstanceCount: job.instanceCount },
  };
}

function tuningDetail(job: SimulatedJob): Members {
  return {
    TrainingJobDefinition: {
      StaticHyperParameters: { 'api-token': secret(job.seed) },
      ...trainingDefinition(job),
    },
    TrainingJobStatusCounters: { Completed: 1, InProgress: 0, Stopped: 0 },
  };
}

function endpointDetail(job: SimulatedJob): Members {
  return {
    EndpointConfigName: `${job.name}-config`,
    ProductionVariants: [{ DesiredWeight: 1.0, DesiredInstanceCount: 1.0 }],
  };
}

function featureGroupDetail(job: SimulatedJob): Members {
  return {
    RoleArn: job.role.id,
    OnlineStoreConfig: { EnableOnlineStore: true },
    OfflineStoreConfig: { S3StorageConfig: { S3Uri: declaredOutput(job) } },
  };
}

/**
 * Writes one state change, as EventBridge delivers it: in PascalCase, with tags as a map, times in
 * several forms; now and then twice, or hours late.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
 */
export function emitStateChange(slice: Slice, job: SimulatedJob, timeMs: number, status: string): void {
  const kind = KINDS[job.type];
  if (kind === undefined) return;
  const { detailType, prefix } = kind;
  const random = new Random(job.seed, 'state', status, timeMs);
  const { accountId, region } = job.team.place;
  const running = status === 'InProgress' || status === 'Creating' || status === 'CREATING';
  const work =
    prefix.endsWith('Job') && prefix !== 'HyperParameterTuningJob' ? prefix.slice(0, -3) : undefined;
  const detail: Members = {
    ...(random.chance(0.97) ? { [`${prefix}Name`]: job.name } : {}),
    [`${prefix}Arn`]: job.arn,
    [`${prefix}Status`]: status,
    ...kind.detail(job),
    CreationTime: oddTime(random, job.createdMs),
    LastModifiedTime: oddTime(random, timeMs),
    ...(work !== undefined && timeMs >= job.startedMs
      ? { [`${work}StartTime`]: oddTime(random, job.startedMs) }
      : {}),
    ...(work !== undefined && !running ? { [`${work}EndTime`]: oddTime(random, job.endedMs) } : {}),
    ...(status === 'Failed'
      ? { FailureReason: 'AlgorithmError: exit code 1, "simulated"' }
      : { FailureReason: null }),
    Tags: { team: job.team.name, token: secret(job.seed) },
  };
  const envelope = (): string => {
    const text = JSON.stringify({
      version: '0',
      id: random.uuid(),
      'detail-type': detailType,
      source: 'aws.sagemaker',
      account: accountId,
      time: random.chance(0.03) ? String(timeMs) : timeText(timeMs),
      region,
      resources: [job.arn],
      detail,
    });
    // Some are written as floating-point numbers.
    return random.chance(0.2)
      ? text.replace(/("(?:Creation|LastModified)Time":\d{13})([,}])/g, '$1.0$2')
      : text;
  };
  const lateMs = random.chance(0.04) ? (1 + random.float() * 10) * HOUR_MS : random.float() * 20 * SECOND_MS;
  slice.envelopes.push({ deliveredMs: timeMs + lateMs, text: envelope() });
  if (random.chance(0.05)) slice.envelopes.push({ deliveredMs: timeMs + lateMs + 2000, text: envelope() });
}

/** The step of a pipeline that started the job. Its members are in camelCase. */
export function emitPipelineStep(slice: Slice, job: SimulatedJob, timeMs: number, status: string): void {
  if (job.pipelineExecutionArn === undefined) return;
  const random = new Random(job.seed, 'step', status);
  const member = job.type.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  slice.envelopes.push({
    deliveredMs: timeMs,
    text: JSON.stringify({
      version: '0',
      id: random.uuid(),
      'detail-type': 'SageMaker Model Building Pipeline Execution Step Status Change',
      source: 'aws.sagemaker',
      account: job.team.place.accountId,
      time: timeText(timeMs),
      region: job.team.place.region,
      resources: [job.pipelineExecutionArn.split('/execution/')[0], job.pipelineExecutionArn],
      detail: {
        metadata: { [member]: { arn: job.arn } },
        stepStartTime: timeText(job.createdMs),
        stepType: 'Training',
        stepName: `${job.team.name}-step`,
        previousStepStatus: status === 'Executing' ? 'Starting' : 'Executing',
        currentStepStatus: status,
        pipelineArn: job.pipelineExecutionArn.split('/execution/')[0],
        pipelineExecutionArn: job.pipelineExecutionArn,
      },
    }),
  });
}
