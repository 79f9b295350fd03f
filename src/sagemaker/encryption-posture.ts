import type { Job } from './job.ts';
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
 * @param isAwsManaged whether a key is one of AWS's, `alias/aws/…`
 */
export function postureOf(
  job: Job,
  part: JobPart,
  declared: KeysByPart,
  observed: KeysByPart,
  isAwsManaged: (key: string) => boolean,
): PartPosture {
  const used = observed[part] ?? [];
  const declaredNames = declared[part] ?? [];
  const customer = used.find((key) => !isAwsManaged(key));
  if (customer !== undefined) return { kind: 'customer-managed', evidence: `${customer} was used for it` };
  const declaredCustomer = declaredNames.find((key) => !isAwsManaged(key));
  if (declaredCustomer !== undefined) {
    return { kind: 'customer-managed', evidence: `the request names ${declaredCustomer}` };
  }
  const [aws] = [...used, ...declaredNames];
  if (aws !== undefined) {
    const how = used.includes(aws) ? `${aws} was used for it` : `the request names ${aws}`;
    return { kind: 'aws-managed', evidence: `${how}, which is an AWS managed key` };
  }
  if (!takesKey(job, part)) {
    return { kind: 'not-observed', evidence: NO_KEY_TO_NAME[part] };
  }
  return isRequestKnown(job, part)
    ? { kind: 'none', evidence: 'the request names no key, and no use of one was seen' }
    : { kind: 'not-observed', evidence: 'no record tells of the request, and no use of a key was seen' };
}

const NO_KEY_TO_NAME: Readonly<Record<JobPart, string>> = {
  volume: 'no use of a key for a volume was seen',
  output: 'no use of a key for output was seen',
  inputs: 'no use of a key for input was seen: it may be encrypted without KMS, or by an S3 Bucket Key',
  model: 'no use of a key for a model was seen',
};

/** Whether a request for the job could name a key for the part. Only then a request without a key is evidence. */
function takesKey(job: Job, part: JobPart): boolean {
  const kind = kindOfType(job.type);
  switch (part) {
    case 'volume':
      // An endpoint has the keys of its configuration.
      if (kind?.volumeKeys === undefined && kind?.endpointConfig === undefined) return false;
      // Serverless training, or a model package that is not validated: no instance, no volume.
      if (kind.instanceTypes !== undefined && job.instanceTypes.length === 0) return false;
      // The hardware of these instances encrypts their storage, and takes no key.
      return job.instanceTypes.length === 0 || !job.instanceTypes.every(hasLocalStorage);
    case 'output':
      return (kind?.outputKeys ?? kind?.endpointConfig) !== undefined && job.outputs.length > 0;
    case 'inputs':
      return false;
    case 'model':
      return job.type === 'endpoint';
    default:
      return part satisfies never;
  }
}

/** Whether a request is among the facts of the job. It leaves at least an instance type, an output or a launcher. */
function isRequestKnown(job: Job, part: JobPart): boolean {
  if (part === 'volume' && kindOfType(job.type)?.isVolumeKeyOfRequest === true) {
    return job.launcher !== undefined && job.isRequestOmitted !== true;
  }
  // State changes repeat the request.
  if (job.isRequestOmitted === true) return job.instanceTypes.length > 0 || job.outputs.length > 0;
  return job.instanceTypes.length > 0 || job.outputs.length > 0 || job.launcher !== undefined;
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
