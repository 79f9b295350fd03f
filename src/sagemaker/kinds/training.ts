import { at, type MemberPath } from '../member-path.ts';
import { longestJobSeconds, longestTrainingSeconds, namesOf, type ResourceKind } from '../resource-kind.ts';

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html */
const trainingJob: ResourceKind = {
  ...namesOf('TrainingJob'),
  type: 'training-job',
  detailTypes: ['Training Job State Change'],
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestTrainingSeconds,
  logs: { group: 'TrainingJobs', names: 'stream' },
  started: at('trainingStartTime'),
  ended: at('trainingEndTime'),
  roles: at('roleArn'),
  inputs: at('inputDataConfig.dataSource.s3DataSource.s3Uri'),
  outputs: at('profilerConfig.s3OutputPath'),
  outputsBelowName: at(
    'outputDataConfig.s3OutputPath',
    'debugHookConfig.s3OutputPath',
    'tensorBoardOutputConfig.s3OutputPath',
  ),
  withoutName: at('outputDataConfig.removeJobNameFromS3OutputPath'),
  checkpoints: at('checkpointConfig.s3Uri'),
  volumeKeys: at('resourceConfig.volumeKmsKeyId'),
  outputKeys: at('outputDataConfig.kmsKeyId'),
  instanceTypes: at(
    'resourceConfig.instanceType',
    'resourceConfig.instanceGroups.instanceType',
    'resourceConfig.instancePreferences.instanceType',
  ),
  // A managed Spot job's waiting time includes its running time.
  maxRuntime: at('stoppingCondition.maxRuntimeInSeconds', 'stoppingCondition.maxWaitTimeInSeconds'),
  maxPending: at('stoppingCondition.maxPendingTimeInSeconds'),
  parents: at('tuningJobArn', 'autoMLJobArn', 'labelingJobArn'),
};

const definitions = ['trainingJobDefinition', 'trainingJobDefinitions'];

function inDefinitions(...paths: readonly string[]): readonly MemberPath[] {
  return definitions.flatMap((definition) => at(...paths.map((path) => `${definition}.${path}`)));
}

/**
 * Its training jobs are recorded as service events, not as API calls.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/logging-using-cloudtrail.html
 */
const hyperParameterTuningJob: ResourceKind = {
  ...namesOf('HyperParameterTuningJob'),
  type: 'hyper-parameter-tuning-job',
  oddTypes: ['tuningJob'],
  detailTypes: ['HyperParameter Tuning Job State Change'],
  factKind: 'resource',
  life: 'job',
  // The highest `MaxRuntimeInSeconds` of ResourceLimits.
  longestSeconds: 15_768_000,
  ended: at('hyperParameterTuningEndTime'),
  roles: inDefinitions('roleArn'),
  inputs: inDefinitions('inputDataConfig.dataSource.s3DataSource.s3Uri'),
  outputsBelowName: inDefinitions('outputDataConfig.s3OutputPath'),
  checkpoints: inDefinitions('checkpointConfig.s3Uri'),
  volumeKeys: inDefinitions(
    'resourceConfig.volumeKmsKeyId',
    'hyperParameterTuningResourceConfig.volumeKmsKeyId',
  ),
  outputKeys: inDefinitions('outputDataConfig.kmsKeyId'),
  instanceTypes: inDefinitions(
    'resourceConfig.instanceType',
    'resourceConfig.instanceGroups.instanceType',
    'hyperParameterTuningResourceConfig.instanceType',
    'hyperParameterTuningResourceConfig.instanceConfigs.instanceType',
  ),
  maxRuntime: at('hyperParameterTuningJobConfig.resourceLimits.maxRuntimeInSeconds'),
};

/**
 * SageMaker adds its name to the output path.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJobV2.html
 */
const autoMLJob: ResourceKind = {
  ...namesOf('AutoMLJob'),
  apis: ['AutoMLJob', 'AutoMLJobV2'],
  type: 'automl-job',
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestTrainingSeconds,
  ended: at('endTime'),
  roles: at('roleArn'),
  inputs: at(
    'inputDataConfig.dataSource.s3DataSource.s3Uri',
    'autoMLJobInputDataConfig.dataSource.s3DataSource.s3Uri',
  ),
  outputsBelowName: at('outputDataConfig.s3OutputPath'),
  volumeKeys: at('autoMLJobConfig.securityConfig.volumeKmsKeyId', 'securityConfig.volumeKmsKeyId'),
  volumes: at('outputDataConfig'),
  outputKeys: at('outputDataConfig.kmsKeyId'),
  maxRuntime: at(
    'autoMLJobConfig.completionCriteria.maxAutoMLJobRuntimeInSeconds',
    'autoMLProblemTypeConfig.imageClassificationJobConfig.completionCriteria.maxAutoMLJobRuntimeInSeconds',
    'autoMLProblemTypeConfig.textClassificationJobConfig.completionCriteria.maxAutoMLJobRuntimeInSeconds',
    'autoMLProblemTypeConfig.timeSeriesForecastingJobConfig.completionCriteria.maxAutoMLJobRuntimeInSeconds',
    'autoMLProblemTypeConfig.tabularJobConfig.completionCriteria.maxAutoMLJobRuntimeInSeconds',
    'autoMLProblemTypeConfig.textGenerationJobConfig.completionCriteria.maxAutoMLJobRuntimeInSeconds',
  ),
};

/**
 * Jobs of model customisation, which the encryption contexts of their KMS uses name. Their configuration is JSON in a
 * string, and its schema depends on the category.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateJob.html
 */
const job: ResourceKind = {
  ...namesOf('Job'),
  type: 'job',
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestTrainingSeconds,
  arnParts: [at('jobCategory'), at('jobName')],
  roles: at('roleArn'),
  inputs: at(
    'jobConfigDocument.inputDataConfig.s3Uri',
    'jobConfigDocument.inputDataConfig.dataSource.s3DataSource.s3Uri',
    'jobConfigDocument.inputDataConfig.s3DataSource.s3Uri',
  ),
  outputs: at('jobConfigDocument.outputDataConfig.s3OutputPath', 'jobConfigDocument.outputDataConfig.s3Uri'),
  outputKeys: at(
    'jobConfigDocument.outputDataConfig.kmsKeyArn',
    'jobConfigDocument.outputDataConfig.kmsKeyId',
  ),
  maxRuntime: at('jobConfigDocument.stoppingCondition.maxRuntimeInSeconds'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingSession.html */
const trainingSession: ResourceKind = {
  ...namesOf('TrainingSession'),
  type: 'training-session',
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestTrainingSeconds,
  roles: at('roleArn'),
  outputs: at('outputConfig.s3Location.path'),
  outputKeys: at('outputConfig.s3Location.kmsKeyArn'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCompilationJob.html */
const compilationJob: ResourceKind = {
  ...namesOf('CompilationJob'),
  type: 'compilation-job',
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestJobSeconds,
  logs: { group: 'CompilationJobs', names: 'stream' },
  roles: at('roleArn'),
  inputs: at('inputConfig.s3Uri'),
  outputs: at('outputConfig.s3OutputLocation'),
  outputKeys: at('outputConfig.kmsKeyId'),
  maxRuntime: at('stoppingCondition.maxRuntimeInSeconds'),
  maxPending: at('stoppingCondition.maxPendingTimeInSeconds'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateOptimizationJob.html */
const optimizationJob: ResourceKind = {
  ...namesOf('OptimizationJob'),
  type: 'optimization-job',
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestJobSeconds,
  roles: at('roleArn'),
  inputs: at(
    'modelSource.s3.s3Uri',
    'optimizationConfigs.modelSpeculativeDecodingConfig.trainingDataSource.s3Uri',
  ),
  outputs: at('outputConfig.s3OutputLocation'),
  outputKeys: at('outputConfig.kmsKeyId'),
  instanceTypes: at('deploymentInstanceType'),
  maxRuntime: at('stoppingCondition.maxRuntimeInSeconds'),
  maxPending: at('stoppingCondition.maxPendingTimeInSeconds'),
  models: at('modelSource.sageMakerModel.modelName'),
};

export const trainingKinds: readonly ResourceKind[] = [
  trainingJob,
  hyperParameterTuningJob,
  autoMLJob,
  job,
  trainingSession,
  compilationJob,
  optimizationJob,
];
