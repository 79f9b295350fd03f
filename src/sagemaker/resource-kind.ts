import type { MemberPath } from './member-path.ts';

type Paths = readonly MemberPath[];

/**
 * One kind of SageMaker resource: its APIs and state changes, and the paths in them to what the join needs. Paths are in
 * CloudTrail's camelCase and serve state changes as well. What no path names is not read, such as a job's environment,
 * hyperparameters, container arguments and tags.
 */
export interface ResourceKind {
  /** The resource type in its ARN. */
  readonly type: string;
  /** The names of its APIs without Create, Update, Start, Stop and Delete: `TrainingJob`. */
  readonly apis: readonly string[];
  /** Whether its Start API creates a new one, as for a pipeline execution. */
  readonly isMadeByStart?: true;
  /** The detail types of its state changes, without the prefix `SageMaker `. */
  readonly detailTypes?: readonly string[];
  /** Other resource types in published samples of its ARN. */
  readonly oddTypes?: readonly string[];
  /** The kind of its facts. */
  readonly factKind: 'resource' | 'model' | 'endpoint-config';
  /**
   * How long it lives. `job`: it ends by itself, at the latest after its maximum runtime. `lasting`: until it is stopped
   * or deleted. `definition`: it never runs itself; others take their role and keys from it.
   */
  readonly life: 'job' | 'lasting' | 'definition';
  /** The longest runtime that SageMaker allows if the request sets none. Jobs only. */
  readonly longestSeconds?: number;
  readonly arn: Paths;
  readonly name: Paths;
  /** Paths to the parts of the ARN behind the type, if they are not just the name; empty if no request has them. */
  readonly arnParts?: readonly Paths[];
  /** The resource type in the ARN if it is not `type`, and a text that only ARNs of this kind have behind it. */
  readonly arnType?: string;
  readonly arnHas?: string;
  /** The log group `/aws/sagemaker/<group>` of its instances, and whether its stream or the group has its name. */
  readonly logs?: { readonly group: string; readonly names: 'stream' | 'group' };
  readonly status?: Paths;
  readonly started?: Paths;
  readonly ended?: Paths;
  readonly roles?: Paths;
  readonly inputs?: Paths;
  readonly outputs?: Paths;
  /** Outputs to whose path SageMaker adds the resource's name. */
  readonly outputsBelowName?: Paths;
  /** A member that is `true` if it does not. */
  readonly withoutName?: Paths;
  readonly checkpoints?: Paths;
  readonly volumeKeys?: Paths;
  /** Members that show that the request makes a volume unless they are `false`, if instance types do not show it. */
  readonly volumes?: Paths;
  /** Whether only its request has the volume key, so that a state change without one shows nothing. */
  readonly isVolumeKeyOfRequest?: true;
  readonly outputKeys?: Paths;
  readonly dataKeys?: Paths;
  readonly instanceTypes?: Paths;
  readonly maxRuntime?: Paths;
  readonly maxPending?: Paths;
  readonly models?: Paths;
  readonly endpointConfig?: Paths;
  /** ARNs of its parents. */
  readonly parents?: Paths;
  /** Names of its parents, with the type in their ARNs. */
  readonly parentNames?: readonly { readonly type: string; readonly name: Paths }[];
}

/** The members that nearly every kind has: `TrainingJob` has `trainingJobName`, `trainingJobArn` and a status. */
export function namesOf(word: string): Pick<ResourceKind, 'apis' | 'arn' | 'name' | 'status'> {
  const member = word.charAt(0).toLowerCase() + word.slice(1);
  return {
    apis: [word],
    arn: [[`${member}Arn`]],
    name: [[`${member}Name`]],
    status: [[`${member}Status`]],
  };
}

const daySeconds = 86_400;

/**
 * The longest `MaxRuntimeInSeconds` of jobs in general, and the longest training job, publishing included.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
 */
export const longestJobSeconds = 28 * daySeconds;
export const longestTrainingSeconds = 30 * daySeconds;
