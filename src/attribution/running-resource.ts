/** The ARN of a SageMaker resource that runs under a role and uses keys, and its parts. */
export interface RunningResource {
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  /** `training-job`, `endpoint`; `job` for the newer kinds, whose resource is `job/<category>/<name>`. */
  readonly type: string;
  readonly name: string;
}

/** The longest ARN; a longer text is something else. */
const maxArnLength = 2048;

const longLivedTypes: ReadonlySet<string> = new Set([
  'endpoint',
  'inference-component',
  'inference-experiment',
  'notebook-instance',
  'feature-group',
  'monitoring-schedule',
  'cluster',
  'domain',
  'user-profile',
  'space',
  'app',
]);

const runningTypes: ReadonlySet<string> = new Set(['job', 'training-session', ...longLivedTypes]);

/** Whether resources of a type live for months, so that being alive is no evidence for a use. */
export function isLongLived(type: string): boolean {
  return longLivedTypes.has(type);
}

/** Whether people run their own code in the resource, which may do anything that its role allows. */
export function isInteractive(type: string): boolean {
  return type === 'notebook-instance' || type === 'domain' || type === 'space' || type === 'app';
}

/**
 * Parses the ARN of a SageMaker resource that acts by itself; `undefined` for any other text. A model card, a model
 * package or an endpoint configuration has an ARN too, but never uses a key.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
 */
export function runningResourceOf(text: string): RunningResource | undefined {
  if (!text.startsWith('arn:') || text.length > maxArnLength) {
    return undefined;
  }
  const [, partition = '', service, region = '', accountId = '', type = '', ...rest] = text.split(/[:/]/);
  const name = rest.at(-1) ?? '';
  if (!partition.startsWith('aws') || service !== 'sagemaker' || region === '' || name === '') {
    return undefined;
  }
  return runningTypes.has(type) || type.endsWith('-job')
    ? { arn: text, accountId, region, type, name }
    : undefined;
}

/** The first running resource among the values of an encryption context. */
export function runningResourceIn(context: Readonly<Record<string, string>>): RunningResource | undefined {
  for (const name in context) {
    const value = context[name];
    if (value?.includes(':sagemaker:') === true) {
      const resource = runningResourceOf(value);
      if (resource !== undefined) {
        return resource;
      }
    }
  }
  return undefined;
}
