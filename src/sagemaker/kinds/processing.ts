import { at } from '../member-path.ts';
import { longestJobSeconds, namesOf, type ResourceKind } from '../resource-kind.ts';

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html */
const processingJob: ResourceKind = {
  ...namesOf('ProcessingJob'),
  type: 'processing-job',
  detailTypes: ['Processing Job State Change'],
  factKind: 'resource',
  life: 'job',
  // The highest `MaxRuntimeInSeconds` of ProcessingStoppingCondition.
  longestSeconds: 777_600,
  logs: { group: 'ProcessingJobs', names: 'stream' },
  started: at('processingStartTime'),
  ended: at('processingEndTime'),
  roles: at('roleArn'),
  inputs: at('processingInputs.s3Input.s3Uri'),
  outputs: at(
    'processingOutputConfig.outputs.s3Output.s3Uri',
    'processingInputs.datasetDefinition.athenaDatasetDefinition.outputS3Uri',
    'processingInputs.datasetDefinition.redshiftDatasetDefinition.outputS3Uri',
  ),
  volumeKeys: at('processingResources.clusterConfig.volumeKmsKeyId'),
  outputKeys: at('processingOutputConfig.kmsKeyId'),
  dataKeys: at(
    'processingInputs.datasetDefinition.athenaDatasetDefinition.kmsKeyId',
    'processingInputs.datasetDefinition.redshiftDatasetDefinition.kmsKeyId',
  ),
  instanceTypes: at(
    'processingResources.clusterConfig.instanceType',
    'processingResources.clusterConfig.instancePreferences.instanceType',
  ),
  maxRuntime: at('stoppingCondition.maxRuntimeInSeconds'),
  parents: at('monitoringScheduleArn', 'autoMLJobArn', 'trainingJobArn'),
};

/**
 * It runs under the role of its model.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
 */
const transformJob: ResourceKind = {
  ...namesOf('TransformJob'),
  type: 'transform-job',
  detailTypes: ['Transform Job State Change'],
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestJobSeconds,
  logs: { group: 'TransformJobs', names: 'stream' },
  started: at('transformStartTime'),
  ended: at('transformEndTime'),
  inputs: at('transformInput.dataSource.s3DataSource.s3Uri'),
  outputs: at('transformOutput.s3OutputPath', 'dataCaptureConfig.destinationS3Uri'),
  volumeKeys: at('transformResources.volumeKmsKeyId'),
  // As in AWS's sample: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
  isVolumeKeyOfRequest: true,
  outputKeys: at('transformOutput.kmsKeyId', 'dataCaptureConfig.kmsKeyId'),
  instanceTypes: at('transformResources.instanceType'),
  models: at('modelName'),
  parents: at('labelingJobArn', 'autoMLJobArn'),
};

/**
 * SageMaker adds its name to the output path.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateLabelingJob.html
 */
const labelingJob: ResourceKind = {
  ...namesOf('LabelingJob'),
  type: 'labeling-job',
  detailTypes: ['Ground Truth Labeling Job State Change'],
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestJobSeconds,
  logs: { group: 'LabelingJobs', names: 'stream' },
  roles: at('roleArn'),
  inputs: at(
    'inputConfig.dataSource.s3DataSource.manifestS3Uri',
    'labelCategoryConfigS3Uri',
    'humanTaskConfig.uiConfig.uiTemplateS3Uri',
  ),
  outputsBelowName: at('outputConfig.s3OutputPath'),
  volumeKeys: at('labelingJobAlgorithmsConfig.labelingJobResourceConfig.volumeKmsKeyId'),
  // Only automated labelling has instances.
  volumes: at('labelingJobAlgorithmsConfig'),
  outputKeys: at('outputConfig.kmsKeyId'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFlowDefinition.html */
const flowDefinition: ResourceKind = {
  ...namesOf('FlowDefinition'),
  type: 'flow-definition',
  factKind: 'resource',
  life: 'lasting',
  roles: at('roleArn'),
  outputs: at('outputConfig.s3OutputPath'),
  outputKeys: at('outputConfig.kmsKeyId'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEdgePackagingJob.html */
const edgePackagingJob: ResourceKind = {
  ...namesOf('EdgePackagingJob'),
  type: 'edge-packaging-job',
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestJobSeconds,
  roles: at('roleArn'),
  outputs: at('outputConfig.s3OutputLocation'),
  outputKeys: at('outputConfig.kmsKeyId'),
  parentNames: [{ type: 'compilation-job', name: at('compilationJobName') }],
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDeviceFleet.html */
const deviceFleet: ResourceKind = {
  ...namesOf('DeviceFleet'),
  type: 'device-fleet',
  factKind: 'resource',
  life: 'lasting',
  roles: at('roleArn'),
  outputs: at('outputConfig.s3OutputLocation'),
  outputKeys: at('outputConfig.kmsKeyId'),
};

/**
 * Its jobs are processing jobs of their own.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMonitoringSchedule.html
 */
const monitoringSchedule: ResourceKind = {
  ...namesOf('MonitoringSchedule'),
  type: 'monitoring-schedule',
  detailTypes: ['Monitoring Schedule State Change'],
  factKind: 'resource',
  life: 'definition',
  roles: at('monitoringScheduleConfig.monitoringJobDefinition.roleArn'),
  inputs: at(
    'monitoringScheduleConfig.monitoringJobDefinition.monitoringInputs.batchTransformInput.dataCapturedDestinationS3Uri',
    'monitoringScheduleConfig.monitoringJobDefinition.baselineConfig.constraintsResource.s3Uri',
    'monitoringScheduleConfig.monitoringJobDefinition.baselineConfig.statisticsResource.s3Uri',
  ),
  outputs: at(
    'monitoringScheduleConfig.monitoringJobDefinition.monitoringOutputConfig.monitoringOutputs.s3Output.s3Uri',
  ),
  volumeKeys: at(
    'monitoringScheduleConfig.monitoringJobDefinition.monitoringResources.clusterConfig.volumeKmsKeyId',
  ),
  outputKeys: at('monitoringScheduleConfig.monitoringJobDefinition.monitoringOutputConfig.kmsKeyId'),
  instanceTypes: at(
    'monitoringScheduleConfig.monitoringJobDefinition.monitoringResources.clusterConfig.instanceType',
  ),
  parentNames: [
    {
      type: 'data-quality-job-definition',
      name: at('monitoringScheduleConfig.monitoringJobDefinitionName'),
    },
    {
      type: 'model-quality-job-definition',
      name: at('monitoringScheduleConfig.monitoringJobDefinitionName'),
    },
    { type: 'model-bias-job-definition', name: at('monitoringScheduleConfig.monitoringJobDefinitionName') },
    {
      type: 'model-explainability-job-definition',
      name: at('monitoringScheduleConfig.monitoringJobDefinitionName'),
    },
  ],
};

/** The four kinds of monitoring have the same APIs, under different names. */
function monitoringJobDefinition(word: string, type: string): ResourceKind {
  const member = word.charAt(0).toLowerCase() + word.slice(1);
  return {
    type,
    apis: [`${word}JobDefinition`],
    arn: at('jobDefinitionArn'),
    name: at('jobDefinitionName'),
    factKind: 'resource',
    life: 'definition',
    roles: at('roleArn'),
    inputs: at(
      `${member}JobInput.batchTransformInput.dataCapturedDestinationS3Uri`,
      `${member}JobInput.groundTruthS3Input.s3Uri`,
      `${member}BaselineConfig.constraintsResource.s3Uri`,
      `${member}BaselineConfig.statisticsResource.s3Uri`,
    ),
    outputs: at(`${member}JobOutputConfig.monitoringOutputs.s3Output.s3Uri`),
    volumeKeys: at('jobResources.clusterConfig.volumeKmsKeyId'),
    outputKeys: at(`${member}JobOutputConfig.kmsKeyId`),
    instanceTypes: at('jobResources.clusterConfig.instanceType'),
  };
}

export const processingKinds: readonly ResourceKind[] = [
  processingJob,
  transformJob,
  labelingJob,
  flowDefinition,
  edgePackagingJob,
  deviceFleet,
  monitoringSchedule,
  monitoringJobDefinition('DataQuality', 'data-quality-job-definition'),
  monitoringJobDefinition('ModelQuality', 'model-quality-job-definition'),
  monitoringJobDefinition('ModelBias', 'model-bias-job-definition'),
  monitoringJobDefinition('ModelExplainability', 'model-explainability-job-definition'),
];
