import { at } from '../member-path.ts';
import { longestJobSeconds, namesOf, type ResourceKind } from '../resource-kind.ts';

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html */
const model: ResourceKind = {
  ...namesOf('Model'),
  type: 'model',
  detailTypes: ['Model State Change'],
  factKind: 'model',
  life: 'definition',
  roles: at('executionRoleArn'),
  inputs: ['primaryContainer', 'containers'].flatMap((container) =>
    at(
      `${container}.modelDataUrl`,
      `${container}.modelDataSource.s3DataSource.s3Uri`,
      `${container}.modelDataSource.s3DataSource.manifestS3Uri`,
      `${container}.additionalModelDataSources.s3DataSource.s3Uri`,
    ),
  ),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html */
const endpointConfig: ResourceKind = {
  ...namesOf('EndpointConfig'),
  type: 'endpoint-config',
  detailTypes: ['Endpoint Config State Change'],
  factKind: 'endpoint-config',
  life: 'definition',
  roles: at('executionRoleArn'),
  outputs: at(
    'dataCaptureConfig.destinationS3Uri',
    'asyncInferenceConfig.outputConfig.s3OutputPath',
    'asyncInferenceConfig.outputConfig.s3FailurePath',
    'productionVariants.coreDumpConfig.destinationS3Uri',
    'shadowProductionVariants.coreDumpConfig.destinationS3Uri',
  ),
  volumeKeys: at('kmsKeyId'),
  outputKeys: at(
    'dataCaptureConfig.kmsKeyId',
    'asyncInferenceConfig.outputConfig.kmsKeyId',
    'productionVariants.coreDumpConfig.kmsKeyId',
    'shadowProductionVariants.coreDumpConfig.kmsKeyId',
  ),
  instanceTypes: at(
    'productionVariants.instanceType',
    'productionVariants.instancePools.instanceType',
    'shadowProductionVariants.instanceType',
    'shadowProductionVariants.instancePools.instanceType',
  ),
  models: at('productionVariants.modelName', 'shadowProductionVariants.modelName'),
};

/**
 * It has the keys of its configuration and the roles of its models. Some ARNs have its name in lower case.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html
 */
const endpoint: ResourceKind = {
  ...namesOf('Endpoint'),
  apis: ['Endpoint'],
  type: 'endpoint',
  detailTypes: ['Endpoint State Change', 'Endpoint Deployment State Change'],
  factKind: 'resource',
  life: 'lasting',
  logs: { group: 'Endpoints', names: 'group' },
  endpointConfig: at('endpointConfigName', 'pendingDeploymentSummary.endpointConfigName'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateInferenceComponent.html */
const inferenceComponent: ResourceKind = {
  ...namesOf('InferenceComponent'),
  type: 'inference-component',
  factKind: 'resource',
  life: 'lasting',
  logs: { group: 'InferenceComponents', names: 'group' },
  instanceTypes: at('specification.instanceType', 'specifications.instanceType'),
  models: at('specification.modelName', 'specifications.modelName'),
  parentNames: [{ type: 'endpoint', name: at('endpointName') }],
};

/**
 * Its keys are called `KmsKey`.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateInferenceExperiment.html
 */
const inferenceExperiment: ResourceKind = {
  ...namesOf('InferenceExperiment'),
  type: 'inference-experiment',
  factKind: 'resource',
  life: 'lasting',
  name: at('name'),
  status: at('status'),
  roles: at('roleArn'),
  outputs: at('dataStorageConfig.destination'),
  volumeKeys: at('kmsKey'),
  outputKeys: at('dataStorageConfig.kmsKey'),
  instanceTypes: at('modelVariants.infrastructureConfig.realTimeInferenceConfig.instanceType'),
  models: at('modelVariants.modelName'),
  parentNames: [{ type: 'endpoint', name: at('endpointName') }],
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateInferenceRecommendationsJob.html */
const inferenceRecommendationsJob: ResourceKind = {
  type: 'inference-recommendations-job',
  apis: ['InferenceRecommendationsJob'],
  arn: at('jobArn'),
  name: at('jobName'),
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestJobSeconds,
  logs: { group: 'InferenceRecommendationsJobs', names: 'stream' },
  roles: at('roleArn'),
  inputs: at('inputConfig.containerConfig.payloadConfig.samplePayloadUrl'),
  outputs: at('outputConfig.compiledOutputConfig.s3OutputUri'),
  volumeKeys: at('inputConfig.volumeKmsKeyId'),
  volumes: at('inputConfig'),
  outputKeys: at('outputConfig.kmsKeyId'),
  instanceTypes: at('inputConfig.endpointConfigurations.instanceType'),
  models: at('inputConfig.modelName'),
  maxRuntime: at('inputConfig.jobDurationInSeconds'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateInferenceRouter.html */
const inferenceRouter: ResourceKind = {
  ...namesOf('InferenceRouter'),
  type: 'inference-router',
  factKind: 'resource',
  life: 'lasting',
  outputs: at(
    'routingTargets.asyncInferenceConfig.outputConfig.s3OutputPath',
    'routingTargets.asyncInferenceConfig.outputConfig.s3FailurePath',
  ),
  outputKeys: at('routingTargets.asyncInferenceConfig.outputConfig.kmsKeyId'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelCard.html */
const modelCard: ResourceKind = {
  ...namesOf('ModelCard'),
  type: 'model-card',
  detailTypes: ['Model Card State Change'],
  factKind: 'resource',
  life: 'lasting',
  dataKeys: at('securityConfig.kmsKeyId'),
};

const profiles = 'validationSpecification.validationProfiles';

/**
 * Versions differ only in the ARN in the response.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
 */
const modelPackage: ResourceKind = {
  ...namesOf('ModelPackage'),
  type: 'model-package',
  detailTypes: ['Model Package State Change'],
  factKind: 'resource',
  life: 'lasting',
  name: at('modelPackageName', 'modelPackageGroupName'),
  arnParts: [],
  roles: at('validationSpecification.validationRole'),
  inputs: at(
    'inferenceSpecification.containers.modelDataUrl',
    'inferenceSpecification.containers.modelDataSource.s3DataSource.s3Uri',
    `${profiles}.transformJobDefinition.transformInput.dataSource.s3DataSource.s3Uri`,
  ),
  outputs: at(`${profiles}.transformJobDefinition.transformOutput.s3OutputPath`),
  volumeKeys: at(`${profiles}.transformJobDefinition.transformResources.volumeKmsKeyId`),
  // Without a validation there is no instance, and so no volume.
  instanceTypes: at(`${profiles}.transformJobDefinition.transformResources.instanceType`),
  outputKeys: at(`${profiles}.transformJobDefinition.transformOutput.kmsKeyId`),
  dataKeys: at('securityConfig.kmsKeyId'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAlgorithm.html */
const algorithm: ResourceKind = {
  ...namesOf('Algorithm'),
  type: 'algorithm',
  detailTypes: ['Algorithm State Change'],
  factKind: 'resource',
  life: 'lasting',
  roles: at('validationSpecification.validationRole'),
  inputs: at(
    `${profiles}.trainingJobDefinition.inputDataConfig.dataSource.s3DataSource.s3Uri`,
    `${profiles}.transformJobDefinition.transformInput.dataSource.s3DataSource.s3Uri`,
  ),
  outputs: at(
    `${profiles}.trainingJobDefinition.outputDataConfig.s3OutputPath`,
    `${profiles}.transformJobDefinition.transformOutput.s3OutputPath`,
  ),
  volumeKeys: at(
    `${profiles}.trainingJobDefinition.resourceConfig.volumeKmsKeyId`,
    `${profiles}.transformJobDefinition.transformResources.volumeKmsKeyId`,
  ),
  instanceTypes: at(
    `${profiles}.trainingJobDefinition.resourceConfig.instanceType`,
    `${profiles}.transformJobDefinition.transformResources.instanceType`,
  ),
  outputKeys: at(
    `${profiles}.trainingJobDefinition.outputDataConfig.kmsKeyId`,
    `${profiles}.transformJobDefinition.transformOutput.kmsKeyId`,
  ),
  dataKeys: at('securityConfig.kmsKeyId'),
};

export const inferenceKinds: readonly ResourceKind[] = [
  model,
  endpointConfig,
  endpoint,
  inferenceComponent,
  inferenceExperiment,
  inferenceRecommendationsJob,
  inferenceRouter,
  modelCard,
  modelPackage,
  algorithm,
];
