import { at } from '../member-path.ts';
import { longestJobSeconds, namesOf, type ResourceKind } from '../resource-kind.ts';

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html */
const pipeline: ResourceKind = {
  ...namesOf('Pipeline'),
  type: 'pipeline',
  factKind: 'resource',
  life: 'definition',
  roles: at('roleArn'),
};

/**
 * An execution of a pipeline. It starts jobs under its role; without one in its request, the pipeline's applies.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
 */
const pipelineExecution: ResourceKind = {
  type: 'pipeline-execution',
  arnType: 'pipeline',
  arnHas: '/execution/',
  apis: ['PipelineExecution'],
  isMadeByStart: true,
  detailTypes: ['Model Building Pipeline Execution Status Change'],
  factKind: 'resource',
  life: 'job',
  longestSeconds: longestJobSeconds,
  arn: at('pipelineExecutionArn'),
  name: [],
  arnParts: [],
  status: at('currentPipelineExecutionStatus'),
  started: at('executionStartTime'),
  ended: at('executionEndTime'),
  roles: at('roleArn'),
  parents: at('pipelineArn'),
  parentNames: [{ type: 'pipeline', name: at('pipelineName') }],
};

export const pipelineKinds: readonly ResourceKind[] = [pipeline, pipelineExecution];
