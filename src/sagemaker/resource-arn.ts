import { partitionOfRegion } from '../cloudtrail/partition-of-region.ts';

/** The parts of `arn:<partition>:sagemaker:<region>:<account>:<type>/<path>`. */
export interface ResourceArn {
  readonly arn: string;
  readonly region: string;
  readonly accountId: string;
  readonly type: string;
  /** What follows the type: the name, or several parts. */
  readonly path: string;
}

/** SageMaker limits most ARNs to 256 characters, a few to 2,048. */
const maxArnLength = 512;

const form = /^arn:aws[a-z-]*:sagemaker:([a-z0-9-]{1,64}):(\d{12}):([A-Za-z][A-Za-z0-9-]*)\/([\x21-\x7e]+)$/;

/** Parses the ARN of a SageMaker resource; `undefined` for anything else. */
export function resourceArnOf(text: unknown): ResourceArn | undefined {
  const found = typeof text === 'string' && text.length <= maxArnLength ? form.exec(text) : null;
  if (found === null) {
    return undefined;
  }
  const [arn, region = '', accountId = '', type = '', path = ''] = found;
  return { arn, region, accountId, type, path };
}

/** Builds the ARN of a resource that a record only names; `undefined` if the parts form none. */
export function resourceArnFor(
  type: string,
  path: string,
  accountId: string | undefined,
  region: string | undefined,
): ResourceArn | undefined {
  return resourceArnOf(`arn:${partitionOfRegion(region)}:sagemaker:${region}:${accountId}:${type}/${path}`);
}
