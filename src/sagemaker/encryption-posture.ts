import type { Job } from './job.ts';
import type { ResourceKind } from './resource-kind.ts';
import { kindOfType } from './resource-kinds.ts';

/** The parts of a job that a key encrypts: its volumes, output and inputs, and for an endpoint its model. */
export const JOB_PARTS = ['volume', 'output', 'inputs', 'model'] as const;

export type JobPart = (typeof JOB_PARTS)[number];

/**
 * Whose key encrypts a part, as far as records show. `none`: the request names no key, and no use of one was observed.
 * `not-observed`: neither the request nor a use is known.
 */
export type KeyKind = 'customer-managed' | 'aws-managed' | 'none' | 'not-observed';

export interface PartPosture {
  readonly kind: KeyKind;
  /** How this is known, in one sentence. */
  readonly evidence: string;
}

/** Keys by the part that they were declared for or used on. ARNs, or references as in the request. */
export type KeysByPart = Readonly<Partial<Record<JobPart, readonly string[]>>>;

/**
 * The posture of one part of a job. Observed keys count more than declared ones, and a customer managed key more than an
 * AWS managed one, since a part may be encrypted with several.
 * @param isAwsManaged whether a key is one of AWS's, `alias/aws/…`; undefined if the text names no key
 */
export function postureOf(
  job: Job,
  part: JobPart,
  declared: KeysByPart,
  observed: KeysByPart,
  isAwsManaged: (key: string) => boolean | undefined,
): PartPosture {
  const used = observed[part] ?? [];
  const declaredNames = declared[part] ?? [];
  const customer = used.find((key) => isAwsManaged(key) === false);
  if (customer !== undefined) return { kind: 'customer-managed', evidence: `${customer} was used for it` };
  const declaredCustomer = declaredNames.find((key) => isAwsManaged(key) === false);
  if (declaredCustomer !== undefined) {
    return { kind: 'customer-managed', evidence: `the request names ${declaredCustomer}` };
  }
  const aws = [...used, ...declaredNames].find((key) => isAwsManaged(key));
  if (aws !== undefined) {
    const how = used.includes(aws) ? `${aws} was used for it` : `the request names ${aws}`;
    return { kind: 'aws-managed', evidence: `${how}, which is an AWS managed key` };
  }
  if (declaredNames.length > 0) {
    return { kind: 'not-observed', evidence: 'the request names a key in a form that KMS does not have' };
  }
  return isWithoutKey(job, part)
    ? { kind: 'none', evidence: 'the request names no key, and no use of one was seen' }
    : { kind: 'not-observed', evidence: NOT_OBSERVED[part] };
}

const NOT_OBSERVED: Readonly<Record<JobPart, string>> = {
  volume: 'no record shows a request for storage that takes a key, and no use of a key for it was seen',
  output: 'no record shows a request for output that takes a key, and no use of a key for it was seen',
  inputs: 'no use of a key for input was seen: it may be encrypted without KMS, or by an S3 Bucket Key',
  model: 'no use of a key for a model was seen',
};

/** Whether records show the request for a part that takes a key. Only then a request without a key is evidence. */
function isWithoutKey(job: Job, part: JobPart): boolean {
  const kind = kindOfType(job.type);
  if (kind === undefined) return false;
  switch (part) {
    case 'volume':
      return (kind.volumeKeys ?? kind.endpointConfig) !== undefined && isVolumeRequested(job, kind);
    case 'output':
      return (kind.outputKeys ?? kind.endpointConfig) !== undefined && job.outputs.length > 0;
    case 'inputs':
      return false;
    case 'model':
      return job.type === 'endpoint' && isVolumeRequested(job, kind);
    default:
      return part satisfies never;
  }
}

/**
 * Whether records show a request that makes a volume: it names instances, or what else the kind has a volume with. A
 * request that CloudTrail left out, since it was too large, shows neither, and serverless jobs and endpoints have none.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
function isVolumeRequested(job: Job, kind: ResourceKind): boolean {
  if (kind.isVolumeKeyOfRequest === true && job.isRequestKnown !== true) return false;
  if (kind.volumes !== undefined) return job.hasVolume === true;
  // The hardware of some instances encrypts their storage, and takes no key.
  return job.instanceTypes.some((instanceType) => !hasLocalStorage(instanceType));
}

/**
 * Whether instances of a type have local NVMe storage, for which SageMaker accepts no volume key.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html "VolumeKmsKeyId"
 */
function hasLocalStorage(instanceType: string): boolean {
  return /^ml\.([a-z]+\d+[a-z]*d[a-z]*|g[4-9][a-z]*|p4d|p4de|p5[a-z]*|p6[a-z0-9-]*|trn\d+n?|i\d+[a-z]*)\./.test(
    instanceType,
  );
}
