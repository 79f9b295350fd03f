import { describe, expect, test } from 'vitest';
import type { JobFact } from '../../src/sagemaker/job-fact.ts';
import { jobFactsOfRecord } from '../../src/sagemaker/job-facts-of-record.ts';
import { resourceKinds } from '../../src/sagemaker/resource-kinds.ts';
import { account, aRole, keyArn, keyId, otherKeyArn } from '../builders/cloud-trail-record.ts';
import {
  aCreateTrainingJob,
  aSageMakerRecord,
  aTrainingRequest,
  createdMs,
  executionRole,
  region,
  sageMakerArn,
  secret,
} from '../builders/sagemaker-record.ts';

const place = { accountId: account, region, timeMs: createdMs };
const role = { roleArn: executionRole };
const s3 = (place: string, belowJobName?: true): object => {
  const [bucket = '', ...prefix] = place.split('/');
  return {
    bucket,
    prefix: prefix.join('/'),
    ...(belowJobName === undefined ? {} : { belowJobName }),
  };
};
const channel = (s3Uri: string): object => ({ dataSource: { s3DataSource: { s3Uri } } });
const volume = { clusterConfig: { instanceType: 'ml.m5.large', volumeKmsKeyId: 'volume-key' } };

interface Case {
  readonly eventName: string;
  readonly request: object;
  readonly response?: object;
  /** What the fact says beside where and when, and by whom it was asked for. */
  readonly fact: object;
}

const monitoring = (word: string, type: string, prefix: string): Case => ({
  eventName: `Create${word}JobDefinition`,
  request: {
    jobDefinitionName: 'quality',
    roleArn: executionRole,
    jobResources: volume,
    [`${prefix}JobInput`]: { batchTransformInput: { dataCapturedDestinationS3Uri: 's3://captured/x' } },
    [`${prefix}JobOutputConfig`]: {
      kmsKeyId: keyId,
      monitoringOutputs: [{ s3Output: { s3Uri: 's3://out/quality' } }],
    },
  },
  response: { jobDefinitionArn: sageMakerArn(`${type}/quality`) },
  fact: {
    arn: sageMakerArn(`${type}/quality`),
    type,
    name: 'quality',
    ...role,
    inputs: [s3('captured/x')],
    outputs: [s3('out/quality')],
    volumeKeys: ['volume-key'],
    outputKeys: [keyId],
    instanceTypes: ['ml.m5.large'],
  },
});

const cases: readonly Case[] = [
  {
    eventName: 'CreateTrainingJob',
    request: aTrainingRequest(),
    response: { trainingJobArn: sageMakerArn('training-job/train-1') },
    fact: {
      arn: sageMakerArn('training-job/train-1'),
      type: 'training-job',
      name: 'train-1',
      ...role,
      inputs: [s3('input/data'), s3('input/test')],
      outputs: [s3('out/models', true)],
      checkpoints: [s3('out/checkpoints')],
      maxRuntimeSeconds: 3600,
      volumeKeys: [otherKeyArn],
      outputKeys: [keyArn],
      instanceTypes: ['ml.m5.xlarge'],
    },
  },
  {
    eventName: 'CreateTrainingJob',
    request: {
      trainingJobName: 'Spot',
      roleArn: executionRole,
      outputDataConfig: { s3OutputPath: 's3://out/', removeJobNameFromS3OutputPath: true },
      resourceConfig: { instanceGroups: [{ instanceType: 'ml.p4d.24xlarge' }] },
      stoppingCondition: {
        maxRuntimeInSeconds: 3600,
        maxWaitTimeInSeconds: 7200,
        maxPendingTimeInSeconds: 1800,
      },
      debugHookConfig: { s3OutputPath: 's3://debug/x' },
    },
    fact: {
      arn: sageMakerArn('training-job/Spot'),
      type: 'training-job',
      name: 'Spot',
      ...role,
      outputs: [s3('out'), s3('debug/x')],
      maxRuntimeSeconds: 7200,
      maxPendingSeconds: 1800,
      instanceTypes: ['ml.p4d.24xlarge'],
    },
  },
  {
    eventName: 'CreateHyperParameterTuningJob',
    request: {
      hyperParameterTuningJobName: 'tune',
      hyperParameterTuningJobConfig: { resourceLimits: { maxRuntimeInSeconds: 9000 } },
      trainingJobDefinitions: [
        {
          staticHyperParameters: { token: secret },
          roleArn: executionRole,
          outputDataConfig: { s3OutputPath: 's3://out/tune', kmsKeyId: keyArn },
          resourceConfig: { instanceType: 'ml.m5.large', volumeKmsKeyId: keyId },
        },
        {
          roleArn: `arn:aws:iam::${account}:role/Other`,
          inputDataConfig: [channel('s3://input/tune')],
          outputDataConfig: { s3OutputPath: 's3://out/tune' },
          hyperParameterTuningResourceConfig: {
            volumeKmsKeyId: 'volume-key',
            instanceConfigs: [{ instanceType: 'ml.c5.large' }],
          },
        },
      ],
    },
    response: { hyperParameterTuningJobArn: sageMakerArn('hyper-parameter-tuning-job/tune') },
    fact: {
      arn: sageMakerArn('hyper-parameter-tuning-job/tune'),
      type: 'hyper-parameter-tuning-job',
      name: 'tune',
      ...role,
      moreRoleArns: [`arn:aws:iam::${account}:role/Other`],
      inputs: [s3('input/tune')],
      outputs: [s3('out/tune', true)],
      maxRuntimeSeconds: 9000,
      volumeKeys: [keyId, 'volume-key'],
      outputKeys: [keyArn],
      instanceTypes: ['ml.m5.large', 'ml.c5.large'],
    },
  },
  {
    eventName: 'CreateAutoMLJob',
    request: {
      autoMLJobName: 'auto',
      inputDataConfig: [channel('s3://input/auto')],
      outputDataConfig: { s3OutputPath: 's3://out/auto', kmsKeyId: keyId },
      autoMLJobConfig: {
        securityConfig: { volumeKmsKeyId: 'volume-key' },
        completionCriteria: { maxAutoMLJobRuntimeInSeconds: 5000 },
      },
      roleArn: executionRole,
    },
    response: { autoMLJobArn: sageMakerArn('automl-job/auto') },
    fact: {
      arn: sageMakerArn('automl-job/auto'),
      type: 'automl-job',
      name: 'auto',
      ...role,
      inputs: [s3('input/auto')],
      outputs: [s3('out/auto', true)],
      maxRuntimeSeconds: 5000,
      volumeKeys: ['volume-key'],
      hasVolume: true,
      outputKeys: [keyId],
    },
  },
  {
    eventName: 'CreateAutoMLJobV2',
    request: {
      autoMLJobName: 'auto',
      autoMLJobInputDataConfig: [channel('s3://input/auto')],
      outputDataConfig: { s3OutputPath: 's3://out/auto' },
      securityConfig: { volumeKmsKeyId: 'volume-key' },
      autoMLProblemTypeConfig: {
        tabularJobConfig: { completionCriteria: { maxAutoMLJobRuntimeInSeconds: 5000 } },
      },
      roleArn: executionRole,
    },
    fact: {
      arn: sageMakerArn('automl-job/auto'),
      type: 'automl-job',
      name: 'auto',
      ...role,
      inputs: [s3('input/auto')],
      outputs: [s3('out/auto', true)],
      maxRuntimeSeconds: 5000,
      volumeKeys: ['volume-key'],
      hasVolume: true,
    },
  },
  {
    eventName: 'CreateJob',
    request: {
      jobName: 'rft',
      jobCategory: 'AgentRFT',
      roleArn: executionRole,
      jobConfigDocument: JSON.stringify({
        InputDataConfig: { S3Uri: 's3://input/rft' },
        OutputDataConfig: { S3OutputPath: 's3://out/rft', KmsKeyArn: keyArn },
        ApiToken: secret,
      }),
    },
    response: { jobArn: sageMakerArn('job/AgentRFT/rft') },
    fact: {
      arn: sageMakerArn('job/AgentRFT/rft'),
      type: 'job',
      name: 'rft',
      ...role,
      inputs: [s3('input/rft')],
      outputs: [s3('out/rft')],
      outputKeys: [keyArn],
    },
  },
  {
    eventName: 'CreateTrainingSession',
    request: {
      trainingSessionName: 'session',
      roleArn: executionRole,
      outputConfig: { s3Location: { path: 's3://out/session', kmsKeyArn: keyArn } },
    },
    response: { trainingSessionArn: sageMakerArn('training-session/session') },
    fact: {
      arn: sageMakerArn('training-session/session'),
      type: 'training-session',
      name: 'session',
      ...role,
      outputs: [s3('out/session')],
      outputKeys: [keyArn],
    },
  },
  {
    eventName: 'CreateCompilationJob',
    request: {
      compilationJobName: 'compile',
      roleArn: executionRole,
      inputConfig: { s3Uri: 's3://input/model.tar.gz' },
      outputConfig: { s3OutputLocation: 's3://out/compiled', kmsKeyId: keyId },
      stoppingCondition: { maxRuntimeInSeconds: 900 },
    },
    response: { compilationJobArn: sageMakerArn('compilation-job/compile') },
    fact: {
      arn: sageMakerArn('compilation-job/compile'),
      type: 'compilation-job',
      name: 'compile',
      ...role,
      inputs: [s3('input/model.tar.gz')],
      outputs: [s3('out/compiled')],
      maxRuntimeSeconds: 900,
      outputKeys: [keyId],
    },
  },
  {
    eventName: 'CreateOptimizationJob',
    request: {
      optimizationJobName: 'optimise',
      roleArn: executionRole,
      modelSource: { s3: { s3Uri: 's3://input/model' }, sageMakerModel: { modelName: 'm' } },
      deploymentInstanceType: 'ml.g5.xlarge',
      optimizationEnvironment: { TOKEN: secret },
      outputConfig: { s3OutputLocation: 's3://out/optimised', kmsKeyId: keyId },
      stoppingCondition: { maxRuntimeInSeconds: 900 },
    },
    response: { optimizationJobArn: sageMakerArn('optimization-job/optimise') },
    fact: {
      arn: sageMakerArn('optimization-job/optimise'),
      type: 'optimization-job',
      name: 'optimise',
      ...role,
      inputs: [s3('input/model')],
      outputs: [s3('out/optimised')],
      maxRuntimeSeconds: 900,
      outputKeys: [keyId],
      instanceTypes: ['ml.g5.xlarge'],
      models: ['m'],
    },
  },
  {
    eventName: 'CreateProcessingJob',
    request: {
      processingJobName: 'prep',
      roleArn: executionRole,
      processingInputs: [
        { s3Input: { s3Uri: 's3://input/raw' } },
        {
          datasetDefinition: {
            athenaDatasetDefinition: { outputS3Uri: 's3://athena/x', kmsKeyId: 'athena-key' },
            redshiftDatasetDefinition: { outputS3Uri: 's3://redshift/x', kmsKeyId: 'redshift-key' },
          },
        },
      ],
      processingOutputConfig: { outputs: [{ s3Output: { s3Uri: 's3://out/prep' } }], kmsKeyId: keyArn },
      processingResources: volume,
      appSpecification: { containerArguments: [secret] },
      environment: { TOKEN: secret },
      stoppingCondition: { maxRuntimeInSeconds: 86_400 },
    },
    response: { processingJobArn: sageMakerArn('processing-job/prep') },
    fact: {
      arn: sageMakerArn('processing-job/prep'),
      type: 'processing-job',
      name: 'prep',
      ...role,
      inputs: [s3('input/raw')],
      outputs: [s3('out/prep'), s3('athena/x'), s3('redshift/x')],
      maxRuntimeSeconds: 86_400,
      volumeKeys: ['volume-key'],
      outputKeys: [keyArn],
      dataKeys: ['athena-key', 'redshift-key'],
      instanceTypes: ['ml.m5.large'],
    },
  },
  {
    eventName: 'CreateTransformJob',
    request: {
      transformJobName: 'score',
      modelName: 'm',
      transformInput: channel('s3://input/score'),
      transformOutput: { s3OutputPath: 's3://out/score', kmsKeyId: keyArn },
      transformResources: { instanceType: 'ml.m5.large', volumeKmsKeyId: 'volume-key' },
      dataCaptureConfig: { destinationS3Uri: 's3://captured/x', kmsKeyId: 'capture-key' },
      environment: { TOKEN: secret },
    },
    response: { transformJobArn: sageMakerArn('transform-job/score') },
    fact: {
      arn: sageMakerArn('transform-job/score'),
      type: 'transform-job',
      name: 'score',
      inputs: [s3('input/score')],
      outputs: [s3('out/score'), s3('captured/x')],
      volumeKeys: ['volume-key'],
      outputKeys: [keyArn, 'capture-key'],
      instanceTypes: ['ml.m5.large'],
      models: ['m'],
    },
  },
  {
    eventName: 'CreateLabelingJob',
    request: {
      labelingJobName: 'label',
      inputConfig: { dataSource: { s3DataSource: { manifestS3Uri: 's3://input/manifest' } } },
      outputConfig: { s3OutputPath: 's3://out/label', kmsKeyId: keyId },
      labelingJobAlgorithmsConfig: { labelingJobResourceConfig: { volumeKmsKeyId: 'volume-key' } },
      roleArn: executionRole,
    },
    response: { labelingJobArn: sageMakerArn('labeling-job/label') },
    fact: {
      arn: sageMakerArn('labeling-job/label'),
      type: 'labeling-job',
      name: 'label',
      ...role,
      inputs: [s3('input/manifest')],
      outputs: [s3('out/label', true)],
      volumeKeys: ['volume-key'],
      hasVolume: true,
      outputKeys: [keyId],
    },
  },
  {
    eventName: 'CreateFlowDefinition',
    request: {
      flowDefinitionName: 'flow',
      roleArn: executionRole,
      outputConfig: { s3OutputPath: 's3://out/flow', kmsKeyId: keyId },
    },
    response: { flowDefinitionArn: sageMakerArn('flow-definition/flow') },
    fact: {
      arn: sageMakerArn('flow-definition/flow'),
      type: 'flow-definition',
      name: 'flow',
      ...role,
      outputs: [s3('out/flow')],
      outputKeys: [keyId],
    },
  },
  {
    eventName: 'CreateEdgePackagingJob',
    request: {
      edgePackagingJobName: 'edge',
      compilationJobName: 'compile',
      roleArn: executionRole,
      outputConfig: { s3OutputLocation: 's3://out/edge', kmsKeyId: keyId },
    },
    fact: {
      arn: sageMakerArn('edge-packaging-job/edge'),
      type: 'edge-packaging-job',
      name: 'edge',
      ...role,
      outputs: [s3('out/edge')],
      outputKeys: [keyId],
      parents: [sageMakerArn('compilation-job/compile')],
    },
  },
  ...['CreateDeviceFleet', 'UpdateDeviceFleet'].map((eventName) => ({
    eventName,
    request: {
      deviceFleetName: 'fleet',
      roleArn: executionRole,
      outputConfig: { s3OutputLocation: 's3://out/fleet', kmsKeyId: keyId },
    },
    fact: {
      arn: sageMakerArn('device-fleet/fleet'),
      type: 'device-fleet',
      name: 'fleet',
      ...role,
      outputs: [s3('out/fleet')],
      outputKeys: [keyId],
    },
  })),
  ...['CreateMonitoringSchedule', 'UpdateMonitoringSchedule'].map((eventName) => ({
    eventName,
    request: {
      monitoringScheduleName: 'watch',
      monitoringScheduleConfig: {
        monitoringJobDefinition: {
          roleArn: executionRole,
          environment: { TOKEN: secret },
          monitoringOutputConfig: {
            kmsKeyId: keyId,
            monitoringOutputs: [{ s3Output: { s3Uri: 's3://out/watch' } }],
          },
          monitoringResources: volume,
        },
      },
    },
    response: { monitoringScheduleArn: sageMakerArn('monitoring-schedule/watch') },
    fact: {
      arn: sageMakerArn('monitoring-schedule/watch'),
      type: 'monitoring-schedule',
      name: 'watch',
      ...role,
      outputs: [s3('out/watch')],
      volumeKeys: ['volume-key'],
      outputKeys: [keyId],
      instanceTypes: ['ml.m5.large'],
    },
  })),
  monitoring('DataQuality', 'data-quality-job-definition', 'dataQuality'),
  monitoring('ModelQuality', 'model-quality-job-definition', 'modelQuality'),
  monitoring('ModelBias', 'model-bias-job-definition', 'modelBias'),
  monitoring('ModelExplainability', 'model-explainability-job-definition', 'modelExplainability'),
  ...['CreateEndpoint', 'UpdateEndpoint'].map((eventName) => ({
    eventName,
    request: { endpointName: 'Serve', endpointConfigName: 'config-1' },
    response: { endpointArn: sageMakerArn('endpoint/serve') },
    fact: {
      arn: sageMakerArn('endpoint/serve'),
      type: 'endpoint',
      name: 'Serve',
      endpointConfig: 'config-1',
    },
  })),
  {
    eventName: 'CreateInferenceComponent',
    request: {
      inferenceComponentName: 'part',
      endpointName: 'serve',
      specification: { modelName: 'm', container: { environment: { TOKEN: secret } } },
    },
    response: { inferenceComponentArn: sageMakerArn('inference-component/part') },
    fact: {
      arn: sageMakerArn('inference-component/part'),
      type: 'inference-component',
      name: 'part',
      models: ['m'],
      parents: [sageMakerArn('endpoint/serve')],
    },
  },
  {
    eventName: 'CreateInferenceExperiment',
    request: {
      name: 'shadow',
      roleArn: executionRole,
      endpointName: 'serve',
      modelVariants: [{ modelName: 'a' }, { modelName: 'b' }],
      dataStorageConfig: { destination: 's3://captured/shadow', kmsKey: 'capture-key' },
      kmsKey: keyId,
    },
    response: { inferenceExperimentArn: sageMakerArn('inference-experiment/shadow') },
    fact: {
      arn: sageMakerArn('inference-experiment/shadow'),
      type: 'inference-experiment',
      name: 'shadow',
      ...role,
      outputs: [s3('captured/shadow')],
      volumeKeys: [keyId],
      outputKeys: ['capture-key'],
      models: ['a', 'b'],
      parents: [sageMakerArn('endpoint/serve')],
    },
  },
  {
    eventName: 'CreateInferenceRecommendationsJob',
    request: {
      jobName: 'recommend',
      roleArn: executionRole,
      inputConfig: {
        modelName: 'm',
        volumeKmsKeyId: 'volume-key',
        endpointConfigurations: [{ instanceType: 'ml.m5.large' }],
      },
      outputConfig: { kmsKeyId: keyId },
    },
    response: { jobArn: sageMakerArn('inference-recommendations-job/recommend') },
    fact: {
      arn: sageMakerArn('inference-recommendations-job/recommend'),
      type: 'inference-recommendations-job',
      name: 'recommend',
      ...role,
      volumeKeys: ['volume-key'],
      hasVolume: true,
      outputKeys: [keyId],
      instanceTypes: ['ml.m5.large'],
      models: ['m'],
    },
  },
  {
    eventName: 'CreateInferenceRouter',
    request: {
      inferenceRouterName: 'router',
      routingTargets: [
        { asyncInferenceConfig: { outputConfig: { s3OutputPath: 's3://out/router', kmsKeyId: keyId } } },
      ],
    },
    response: { inferenceRouterArn: sageMakerArn('inference-router/router') },
    fact: {
      arn: sageMakerArn('inference-router/router'),
      type: 'inference-router',
      name: 'router',
      outputs: [s3('out/router')],
      outputKeys: [keyId],
    },
  },
  {
    eventName: 'CreateModelCard',
    request: { modelCardName: 'card', content: secret, securityConfig: { kmsKeyId: keyArn } },
    response: { modelCardArn: sageMakerArn('model-card/card') },
    fact: { arn: sageMakerArn('model-card/card'), type: 'model-card', name: 'card', dataKeys: [keyArn] },
  },
  {
    eventName: 'CreateModelPackage',
    request: {
      modelPackageGroupName: 'group',
      inferenceSpecification: {
        containers: [{ modelDataUrl: 's3://models/m.tar.gz', environment: { T: secret } }],
      },
      securityConfig: { kmsKeyId: keyArn },
    },
    response: { modelPackageArn: sageMakerArn('model-package/group/2') },
    fact: {
      arn: sageMakerArn('model-package/group/2'),
      type: 'model-package',
      name: 'group',
      inputs: [s3('models/m.tar.gz')],
      dataKeys: [keyArn],
    },
  },
  {
    eventName: 'CreateAlgorithm',
    request: {
      algorithmName: 'algorithm',
      validationSpecification: {
        validationRole: executionRole,
        validationProfiles: [
          {
            trainingJobDefinition: {
              hyperParameters: { t: secret },
              inputDataConfig: [channel('s3://input/validate')],
              outputDataConfig: { s3OutputPath: 's3://out/validate', kmsKeyId: keyId },
              resourceConfig: { instanceType: 'ml.m5.large', volumeKmsKeyId: 'volume-key' },
            },
            transformJobDefinition: {
              transformInput: channel('s3://input/transform'),
              transformOutput: { s3OutputPath: 's3://out/transform', kmsKeyId: 'transform-key' },
              transformResources: { instanceType: 'ml.c5.large', volumeKmsKeyId: 'transform-volume-key' },
            },
          },
        ],
      },
    },
    response: { algorithmArn: sageMakerArn('algorithm/algorithm') },
    fact: {
      arn: sageMakerArn('algorithm/algorithm'),
      type: 'algorithm',
      name: 'algorithm',
      ...role,
      inputs: [s3('input/validate'), s3('input/transform')],
      outputs: [s3('out/validate'), s3('out/transform')],
      volumeKeys: ['volume-key', 'transform-volume-key'],
      outputKeys: [keyId, 'transform-key'],
      instanceTypes: ['ml.m5.large', 'ml.c5.large'],
    },
  },
  {
    eventName: 'CreateNotebookInstance',
    request: {
      notebookInstanceName: 'notes',
      roleArn: executionRole,
      instanceType: 'ml.t3.medium',
      kmsKeyId: keyId,
    },
    response: { notebookInstanceArn: sageMakerArn('notebook-instance/notes') },
    fact: {
      arn: sageMakerArn('notebook-instance/notes'),
      type: 'notebook-instance',
      name: 'notes',
      ...role,
      volumeKeys: [keyId],
      instanceTypes: ['ml.t3.medium'],
    },
  },
  {
    eventName: 'CreateDomain',
    request: {
      domainName: 'studio',
      kmsKeyId: keyArn,
      homeEfsFileSystemKmsKeyId: keyId,
      defaultUserSettings: {
        executionRole,
        sharingSettings: { s3OutputPath: 's3://shared/x', s3KmsKeyId: 'shared-key' },
        canvasAppSettings: {
          workspaceSettings: { s3ArtifactPath: 's3://canvas/x', s3KmsKeyId: 'canvas-key' },
        },
      },
    },
    response: { domainArn: sageMakerArn('domain/d-abc'), domainId: 'd-abc' },
    fact: {
      arn: sageMakerArn('domain/d-abc'),
      type: 'domain',
      name: 'studio',
      ...role,
      outputs: [s3('shared/x'), s3('canvas/x')],
      volumeKeys: [keyArn, keyId],
      hasVolume: true,
      dataKeys: ['shared-key', 'canvas-key'],
    },
  },
  ...['CreateUserProfile', 'UpdateUserProfile'].map((eventName) => ({
    eventName,
    request: {
      domainId: 'd-abc',
      userProfileName: 'ada',
      userSettings: { executionRole, sharingSettings: { s3KmsKeyId: 'shared-key' } },
    },
    fact: {
      arn: sageMakerArn('user-profile/d-abc/ada'),
      type: 'user-profile',
      name: 'ada',
      ...role,
      dataKeys: ['shared-key'],
      parents: [sageMakerArn('domain/d-abc')],
    },
  })),
  {
    eventName: 'CreateFeatureGroup',
    request: {
      featureGroupName: 'features',
      roleArn: executionRole,
      onlineStoreConfig: { enableOnlineStore: true, securityConfig: { kmsKeyId: 'online-key' } },
      offlineStoreConfig: { s3StorageConfig: { s3Uri: 's3://out/features', kmsKeyId: keyId } },
    },
    response: { featureGroupArn: sageMakerArn('feature-group/features') },
    fact: {
      arn: sageMakerArn('feature-group/features'),
      type: 'feature-group',
      name: 'features',
      ...role,
      outputs: [s3('out/features')],
      volumeKeys: ['online-key'],
      hasVolume: true,
      outputKeys: [keyId],
    },
  },
  ...['CreateCluster', 'UpdateCluster'].map((eventName) => ({
    eventName,
    request: {
      clusterName: 'pod',
      instanceGroups: [
        {
          instanceType: 'ml.p5.48xlarge',
          executionRole,
          lifeCycleConfig: { sourceS3Uri: 's3://input/lifecycle' },
          instanceStorageConfigs: [{ ebsVolumeConfig: { volumeKmsKeyId: keyId } }],
        },
      ],
      restrictedInstanceGroups: [
        { instanceStorageConfigs: [{ ebsVolumeConfig: { volumeKmsKeyId: 'restricted-key' } }] },
      ],
    },
    response: { clusterArn: sageMakerArn('cluster/abcdefghijkl') },
    fact: {
      arn: sageMakerArn('cluster/abcdefghijkl'),
      type: 'cluster',
      name: 'pod',
      ...role,
      inputs: [s3('input/lifecycle')],
      volumeKeys: [keyId, 'restricted-key'],
      instanceTypes: ['ml.p5.48xlarge'],
    },
  })),
  {
    eventName: 'CreatePartnerApp',
    request: { name: 'app', executionRoleArn: executionRole, kmsKeyId: keyId },
    response: { arn: sageMakerArn('partner-app/app-ABCDEFGHIJKL') },
    fact: {
      arn: sageMakerArn('partner-app/app-ABCDEFGHIJKL'),
      type: 'partner-app',
      name: 'app',
      ...role,
      dataKeys: [keyId],
    },
  },
  {
    eventName: 'CreateMlflowApp',
    request: { name: 'app', roleArn: executionRole, artifactStoreUri: 's3://out/mlflow', kmsKeyId: keyId },
    response: { arn: sageMakerArn('mlflow-app/app-1') },
    fact: {
      arn: sageMakerArn('mlflow-app/app-1'),
      type: 'mlflow-app',
      name: 'app',
      ...role,
      outputs: [s3('out/mlflow')],
      dataKeys: [keyId],
    },
  },
  {
    eventName: 'CreatePipeline',
    request: { pipelineName: 'line', pipelineDefinition: secret, roleArn: executionRole },
    response: { pipelineArn: sageMakerArn('pipeline/line') },
    fact: { arn: sageMakerArn('pipeline/line'), type: 'pipeline', name: 'line', ...role },
  },
];

const createdBy = (eventName: string): string => (eventName.startsWith('Update') ? 'update' : 'create');
const launcher = { id: `arn:aws:iam::${account}:role/service-role/Trainer`, type: 'role' };

function factOf(record: object): JobFact | undefined {
  const facts = jobFactsOfRecord(record);
  expect(facts.length).toBeLessThanOrEqual(1);
  return facts[0];
}

describe('what an API tells of a resource', () => {
  test.each(cases.map((one) => [one.eventName, one] as const))('%s', (eventName, one) => {
    const record = aSageMakerRecord(eventName, {
      requestParameters: one.request,
      responseElements: one.response ?? null,
    });
    const toldBy = createdBy(eventName);
    expect(factOf(record)).toEqual({
      kind: 'resource',
      ...place,
      toldBy,
      ...(toldBy === 'create' ? { launcher } : {}),
      ...one.fact,
    });
  });

  test('every kind of the table is among these, models and the like aside', () => {
    const told = new Set(cases.map(({ eventName }) => eventName.replace(/^(?:Create|Update)/, '')));
    const missing = resourceKinds
      .filter(({ factKind }) => factKind === 'resource')
      .flatMap(({ apis }) => apis.filter((api) => !told.has(api)));
    expect(missing).toEqual(['PipelineExecution']);
  });

  test('a pipeline’s execution begins with its Start', () => {
    const record = aSageMakerRecord('StartPipelineExecution', {
      requestParameters: {
        pipelineName: 'line',
        pipelineParameters: [{ name: 'token', value: secret }],
      },
      responseElements: { pipelineExecutionArn: sageMakerArn('pipeline/line/execution/abc') },
    });
    expect(factOf(record)).toEqual({
      kind: 'resource',
      ...place,
      toldBy: 'create',
      launcher,
      arn: sageMakerArn('pipeline/line/execution/abc'),
      type: 'pipeline-execution',
      name: 'abc',
      parents: [sageMakerArn('pipeline/line')],
    });
  });

  test.each<[string, object, object]>([
    [
      'CreateModel',
      {
        modelName: 'm',
        executionRoleArn: executionRole,
        primaryContainer: { modelDataUrl: 's3://models/m.tar.gz', environment: { TOKEN: secret } },
        containers: [{ modelDataSource: { s3DataSource: { s3Uri: 's3://models/n/' } } }],
      },
      { kind: 'model', name: 'm', createdMs, ...role, artifacts: [s3('models/m.tar.gz'), s3('models/n')] },
    ],
    ['DeleteModel', { modelName: 'm' }, { kind: 'model', name: 'm', isDeleted: true }],
    [
      'CreateEndpointConfig',
      {
        endpointConfigName: 'config-1',
        executionRoleArn: executionRole,
        productionVariants: [
          {
            modelName: 'm',
            instanceType: 'ml.m5.large',
            coreDumpConfig: { destinationS3Uri: 's3://dumps/x', kmsKeyId: 'dump-key' },
          },
        ],
        shadowProductionVariants: [{ modelName: 'n', instanceType: 'ml.c5.large' }],
        dataCaptureConfig: { destinationS3Uri: 's3://captured/x', kmsKeyId: 'capture-key' },
        asyncInferenceConfig: { outputConfig: { s3OutputPath: 's3://async/x', kmsKeyId: 'async-key' } },
        kmsKeyId: keyArn,
      },
      {
        kind: 'endpoint-config',
        name: 'config-1',
        createdMs,
        ...role,
        models: ['m', 'n'],
        volumeKeys: [keyArn],
        outputKeys: ['capture-key', 'async-key', 'dump-key'],
        outputs: [s3('captured/x'), s3('async/x'), s3('dumps/x')],
        instanceTypes: ['ml.m5.large', 'ml.c5.large'],
      },
    ],
    [
      'DeleteEndpointConfig',
      { endpointConfigName: 'config-1' },
      { kind: 'endpoint-config', name: 'config-1', isDeleted: true },
    ],
  ])('%s', (eventName, requestParameters, fact) => {
    expect(factOf(aSageMakerRecord(eventName, { requestParameters }))).toEqual({ ...place, ...fact });
  });

  test.each<[string, object, string, string]>([
    ['StopTrainingJob', { trainingJobName: 'a' }, 'stop', 'training-job/a'],
    ['DeleteTrainingJob', { trainingJobName: 'a' }, 'delete', 'training-job/a'],
    ['StopProcessingJob', { processingJobName: 'a' }, 'stop', 'processing-job/a'],
    ['StopTransformJob', { transformJobName: 'a' }, 'stop', 'transform-job/a'],
    ['StopAutoMLJob', { autoMLJobName: 'a' }, 'stop', 'automl-job/a'],
    [
      'StopHyperParameterTuningJob',
      { hyperParameterTuningJobName: 'a' },
      'stop',
      'hyper-parameter-tuning-job/a',
    ],
    ['StopJob', { jobCategory: 'AgentRFT', jobName: 'a' }, 'stop', 'job/AgentRFT/a'],
    ['DeleteEndpoint', { endpointName: 'A' }, 'delete', 'endpoint/A'],
    ['StartNotebookInstance', { notebookInstanceName: 'a' }, 'start', 'notebook-instance/a'],
    ['StopNotebookInstance', { notebookInstanceName: 'a' }, 'stop', 'notebook-instance/a'],
    ['DeleteDomain', { domainId: 'd-abc' }, 'delete', 'domain/d-abc'],
    [
      'StopPipelineExecution',
      { pipelineExecutionArn: sageMakerArn('pipeline/line/execution/abc') },
      'stop',
      'pipeline/line/execution/abc',
    ],
  ])('%s', (eventName, requestParameters, toldBy, path) => {
    expect(factOf(aSageMakerRecord(eventName, { requestParameters }))).toMatchObject({
      toldBy,
      arn: sageMakerArn(path),
    });
  });
});

describe('a record', () => {
  const made = factOf(aCreateTrainingJob());

  test('says nothing where the call failed, whatever its error is', () => {
    for (const errorCode of ['ResourceLimitExceeded', 'ValidationException', 7, {}, true]) {
      expect(jobFactsOfRecord(aCreateTrainingJob({ errorCode }))).toEqual([]);
    }
    expect(jobFactsOfRecord(aCreateTrainingJob({ errorCode: null }))).toEqual([made]);
  });

  test('says nothing of other calls, without a time, a name or an account', () => {
    expect(jobFactsOfRecord(aSageMakerRecord('ListTrainingJobs'))).toEqual([]);
    expect(jobFactsOfRecord(aSageMakerRecord('DescribeTrainingJob'))).toEqual([]);
    expect(jobFactsOfRecord(aCreateTrainingJob({ eventTime: 'yesterday' }))).toEqual([]);
    expect(jobFactsOfRecord(aSageMakerRecord('StopTrainingJob'))).toEqual([]);
    expect(
      jobFactsOfRecord(
        aSageMakerRecord('StopTrainingJob', {
          requestParameters: { trainingJobName: 'a' },
          recipientAccountId: undefined,
          by: {},
        }),
      ),
    ).toEqual([]);
    expect(
      jobFactsOfRecord(aSageMakerRecord('DeleteCluster', { requestParameters: { clusterName: 'pod' } })),
    ).toEqual([]);
  });

  test.each([null, 'null', '', [], 5])(
    'has a request of %j and says nothing, or what its answer says',
    (it) => {
      expect(jobFactsOfRecord(aSageMakerRecord('CreateTrainingJob', { requestParameters: it }))).toEqual([]);
      expect(factOf(aCreateTrainingJob({ requestParameters: it }))).toEqual({
        kind: 'resource',
        ...place,
        arn: sageMakerArn('training-job/train-1'),
        type: 'training-job',
        name: 'train-1',
        toldBy: 'create',
        launcher,
      });
    },
  );

  test('is read where its request is JSON in a string', () => {
    expect(factOf(aCreateTrainingJob({ requestParameters: JSON.stringify(aTrainingRequest()) }))).toEqual(
      made,
    );
  });

  test('has its ARN from the answer, the request, or made of the name in its partition', () => {
    expect(factOf(aCreateTrainingJob({ responseElements: null }))).toEqual(made);
    const requestParameters = { trainingJobName: 'a' };
    for (const [awsRegion, partition] of [
      ['cn-north-1', 'aws-cn'],
      ['us-gov-west-1', 'aws-us-gov'],
    ] as const) {
      expect(factOf(aSageMakerRecord('StopTrainingJob', { requestParameters, awsRegion }))).toMatchObject({
        arn: `arn:${partition}:sagemaker:${awsRegion}:${account}:training-job/a`,
      });
    }
  });

  test('takes no ARN of something else', () => {
    const requestParameters = { ...aTrainingRequest(), trainingJobArn: keyArn };
    const responseElements = { trainingJobArn: sageMakerArn('endpoint/x') };
    expect(factOf(aCreateTrainingJob({ requestParameters, responseElements }))).toEqual(made);
  });

  test('of a service event tells it by that, and no launcher', () => {
    const by = { accountId: account, invokedBy: 'sagemaker.amazonaws.com' };
    const child = {
      ...aTrainingRequest(),
      tuningJobArn: sageMakerArn('hyper-parameter-tuning-job/tune'),
    };
    const inRequest = aSageMakerRecord('CreateTrainingJob', {
      by,
      eventType: 'AwsServiceEvent',
      requestParameters: child,
    });
    const inDetails = aSageMakerRecord('CreateTrainingJob', {
      by,
      eventType: 'AwsServiceEvent',
      serviceEventDetails: child,
    });
    const { launcher: _, ...fact } = made as typeof made & { launcher?: unknown };
    const expected = {
      ...fact,
      toldBy: 'service-event',
      parents: [sageMakerArn('hyper-parameter-tuning-job/tune')],
    };
    expect(factOf(inRequest)).toEqual(expected);
    expect(factOf(inDetails)).toEqual(expected);
  });

  test('tells the person behind the session that asked', () => {
    const { sessionContext } = aRole() as { sessionContext: object };
    const by = aRole({ sessionContext: { ...sessionContext, sourceIdentity: 'ada' } });
    expect(factOf(aCreateTrainingJob({ by }))).toMatchObject({
      launcher: { ...launcher, sourceIdentity: 'ada' },
    });
  });

  test('drops roles, places and runtimes that are none', () => {
    const record = aSageMakerRecord('CreateTrainingJob', {
      requestParameters: {
        trainingJobName: 'a',
        roleArn: 'a little teapot',
        inputDataConfig: [
          channel('S3Uri'),
          channel('file:///etc/passwd'),
          channel('s3://'),
          channel('s3://b/'),
        ],
        outputDataConfig: { s3OutputPath: `s3://bucket/${'x'.repeat(3000)}`, kmsKeyId: '' },
        stoppingCondition: { maxRuntimeInSeconds: -1 },
      },
    });
    expect(factOf(record)).toEqual({
      kind: 'resource',
      ...place,
      arn: sageMakerArn('training-job/a'),
      type: 'training-job',
      name: 'a',
      toldBy: 'create',
      launcher,
    });
    expect(
      factOf(
        aSageMakerRecord('CreateTrainingJob', {
          requestParameters: { trainingJobName: 'a', inputDataConfig: [channel('s3://bucket')] },
        }),
      ),
    ).toMatchObject({ inputs: [{ bucket: 'bucket', prefix: '' }] });
  });

  test('keeps a bounded part of endless lists', () => {
    const inputDataConfig = Array.from({ length: 5000 }, (_, index) => channel(`s3://bucket/${index}`));
    const fact = factOf(
      aSageMakerRecord('CreateTrainingJob', { requestParameters: { trainingJobName: 'a', inputDataConfig } }),
    );
    expect(fact).toMatchObject({ inputs: { length: 100 } });
  });

  test('keeps nothing of its secrets', () => {
    expect(JSON.stringify(aCreateTrainingJob())).toContain(secret);
    for (const { eventName, request, response } of cases) {
      const record = aSageMakerRecord(eventName, {
        requestParameters: request,
        responseElements: response ?? null,
      });
      expect(JSON.stringify(jobFactsOfRecord(record))).not.toContain(secret);
    }
  });
});
