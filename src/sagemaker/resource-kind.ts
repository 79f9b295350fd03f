import type { MemberPath } from './member-path.ts';

type Paths = readonly MemberPath[];

/**
 * One kind of SageMaker resource: the APIs and state changes that tell of it, and where they keep what the join
 * needs. Paths are in CloudTrail's camelCase and serve state changes as well. What no path names is not read: a
 * job's environment, hyperparameters, container arguments and tags are not.
 */
export interface ResourceKind {
  /** The resource type in its ARN. */
  readonly type: string;
  /** Of its APIs' names what comes after Create, Update, Start, Stop and Delete: `TrainingJob`. */
  readonly apis: readonly string[];
  /** Where its Start API makes a new one, as of a pipeline's execution. */
  readonly isMadeByStart?: true;
  /** Its state changes, without `SageMaker ` in front. */
  readonly detailTypes?: readonly string[];
  /** Other types that samples of its ARN have. */
  readonly oddTypes?: readonly string[];
  /** What a fact of it becomes. */
  readonly tells: 'resource' | 'model' | 'endpoint-config';
  /**
   * How long it lives. `job`: it ends by itself, at the latest after its maximum. `lasting`: until it is stopped or
   * deleted. `definition`: it never runs itself; others take their role and keys from it.
   */
  readonly life: 'job' | 'lasting' | 'definition';
  /** The longest that SageMaker lets it run where its request says nothing. Of jobs only. */
  readonly longestSeconds?: number;
  readonly arn: Paths;
  readonly name: Paths;
  /** What the ARN has after the type, part by part; absent where no request tells it. */
  readonly arnParts?: readonly Paths[];
  /** The ARN's resource type where that is not `type`, and what comes after it in the ARN of this kind only. */
  readonly arnType?: string;
  readonly arnHas?: string;
  /** The log group `/aws/sagemaker/<this>` that its instances write to, and what of a stream's name is the resource's. */
  readonly logs?: { readonly group: string; readonly names: 'stream' | 'group' };
  readonly status?: Paths;
  readonly started?: Paths;
  readonly ended?: Paths;
  readonly roles?: Paths;
  readonly inputs?: Paths;
  readonly outputs?: Paths;
  /** Of outputs those that SageMaker puts the resource's name below. */
  readonly outputsBelowName?: Paths;
  /** Where `true` says that it does not. */
  readonly withoutName?: Paths;
  readonly checkpoints?: Paths;
  readonly volumeKeys?: Paths;
  /** Whether only its request tells them: a state change without one says nothing. */
  readonly isVolumeKeyOfRequest?: true;
  readonly outputKeys?: Paths;
  readonly dataKeys?: Paths;
  readonly instanceTypes?: Paths;
  readonly maxRuntime?: Paths;
  readonly maxPending?: Paths;
  readonly models?: Paths;
  readonly endpointConfig?: Paths;
  /** ARNs of what it belongs to. */
  readonly parents?: Paths;
  /** Names of what it belongs to, by the type in their ARNs. */
  readonly parentNames?: readonly { readonly type: string; readonly name: Paths }[];
}

/** What nearly every kind shares: `TrainingJob` is named `trainingJobName` and has a `trainingJobArn`. */
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
 * The longest `MaxRuntimeInSeconds` of jobs in general, and of training jobs all in all, publishing included.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
 */
export const longestJobSeconds = 28 * daySeconds;
export const longestTrainingSeconds = 30 * daySeconds;
