import { at, type MemberPath } from '../member-path.ts';
import { namesOf, type ResourceKind } from '../resource-kind.ts';

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateNotebookInstance.html */
const notebookInstance: ResourceKind = {
  ...namesOf('NotebookInstance'),
  type: 'notebook-instance',
  detailTypes: ['Notebook Instance State Change'],
  factKind: 'resource',
  life: 'lasting',
  logs: { group: 'NotebookInstances', names: 'stream' },
  roles: at('roleArn'),
  volumeKeys: at('kmsKeyId'),
  instanceTypes: at('instanceType'),
};

function ofUserSettings(settings: string): Pick<ResourceKind, 'roles' | 'outputs' | 'dataKeys'> {
  const within = (...paths: readonly string[]): readonly MemberPath[] =>
    at(...paths.map((path) => `${settings}.${path}`));
  return {
    roles: within('executionRole'),
    outputs: within('sharingSettings.s3OutputPath', 'canvasAppSettings.workspaceSettings.s3ArtifactPath'),
    dataKeys: within('sharingSettings.s3KmsKeyId', 'canvasAppSettings.workspaceSettings.s3KmsKeyId'),
  };
}

const domainSettings = ofUserSettings('defaultUserSettings');

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDomain.html */
const domain: ResourceKind = {
  ...namesOf('Domain'),
  ...domainSettings,
  type: 'domain',
  factKind: 'resource',
  life: 'lasting',
  arnParts: [at('domainId')],
  roles: [...(domainSettings.roles ?? []), ...at('defaultSpaceSettings.executionRole')],
  volumeKeys: at('kmsKeyId', 'homeEfsFileSystemKmsKeyId'),
  volumes: at('defaultUserSettings'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateUserProfile.html */
const userProfile: ResourceKind = {
  ...namesOf('UserProfile'),
  ...ofUserSettings('userSettings'),
  type: 'user-profile',
  factKind: 'resource',
  life: 'lasting',
  arnParts: [at('domainId'), at('userProfileName')],
  parentNames: [{ type: 'domain', name: at('domainId') }],
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html */
const featureGroup: ResourceKind = {
  ...namesOf('FeatureGroup'),
  type: 'feature-group',
  detailTypes: ['Feature Group State Change'],
  factKind: 'resource',
  life: 'lasting',
  roles: at('roleArn'),
  outputs: at('offlineStoreConfig.s3StorageConfig.s3Uri'),
  volumeKeys: at('onlineStoreConfig.securityConfig.kmsKeyId'),
  volumes: at('onlineStoreConfig.enableOnlineStore'),
  outputKeys: at('offlineStoreConfig.s3StorageConfig.kmsKeyId'),
};

const instanceGroups = ['instanceGroups', 'restrictedInstanceGroups'];

/**
 * Its ARN ends in an id that only responses have.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
 */
const cluster: ResourceKind = {
  ...namesOf('Cluster'),
  type: 'cluster',
  detailTypes: ['HyperPod Cluster State Change'],
  factKind: 'resource',
  life: 'lasting',
  arnParts: [],
  roles: [...instanceGroups.flatMap((group) => at(`${group}.executionRole`)), ...at('clusterRole')],
  inputs: at('instanceGroups.lifeCycleConfig.sourceS3Uri'),
  volumeKeys: instanceGroups.flatMap((group) =>
    at(`${group}.instanceStorageConfigs.ebsVolumeConfig.volumeKmsKeyId`),
  ),
  instanceTypes: instanceGroups.flatMap((group) => at(`${group}.instanceType`)),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePartnerApp.html */
const partnerApp: ResourceKind = {
  type: 'partner-app',
  apis: ['PartnerApp'],
  arn: at('arn'),
  name: at('name'),
  factKind: 'resource',
  life: 'lasting',
  arnParts: [],
  roles: at('executionRoleArn'),
  dataKeys: at('kmsKeyId'),
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMlflowApp.html */
const mlflowApp: ResourceKind = {
  type: 'mlflow-app',
  apis: ['MlflowApp'],
  arn: at('arn'),
  name: at('name'),
  factKind: 'resource',
  life: 'lasting',
  arnParts: [],
  roles: at('roleArn'),
  outputs: at('artifactStoreUri'),
  dataKeys: at('kmsKeyId'),
};

export const studioKinds: readonly ResourceKind[] = [
  notebookInstance,
  domain,
  userProfile,
  featureGroup,
  cluster,
  partnerApp,
  mlflowApp,
];
