import type { JobPart } from '../sagemaker/encryption-posture.ts';
import type { Job } from '../sagemaker/job.ts';
import type { S3Location } from '../sagemaker/job-fact.ts';
import type { JudgedUse } from './judgement.ts';
import { bucketOfPath, isBelow, placeOf, s3PathIn } from './s3-path.ts';

/**
 * The part of its job that a use encrypts or decrypts: the volume, by the encryption context of EBS; output or input, by
 * the object in S3's context and the places that the job declares; for an endpoint its model. Undefined if the use shows
 * none of these, or did not succeed, since then nothing was encrypted.
 * @param job the job that made the use, if records show it
 */
export function partOf(use: JudgedUse, job: Job | undefined): JobPart | undefined {
  if (use.outcome !== 'success') return undefined;
  const context = use.encryptionContext;
  if (context?.['aws:ebs:id'] !== undefined || isOfVolume(use)) return 'volume';
  if (job === undefined || context === undefined) return undefined;
  const path = s3PathIn(context);
  if (path === undefined) return undefined;
  if (path.includes('/')) {
    if (isBelowAny(path, job.outputs) || isBelowAny(path, job.checkpoints)) return 'output';
    return isBelowAny(path, job.inputs) ? inputPart(job) : undefined;
  }
  // With a Bucket Key only the bucket is known, so the operation decides.
  const isWritten = use.operation.startsWith('GenerateDataKey') || use.operation === 'Encrypt';
  const locations = isWritten ? [...job.outputs, ...job.checkpoints] : job.inputs;
  if (!locations.some((location) => location.bucket === bucketOfPath(path))) return undefined;
  return isWritten ? 'output' : inputPart(job);
}

function isOfVolume({ grant }: JudgedUse): boolean {
  return Object.values(grant?.constraints ?? {}).some((pairs) => pairs['aws:ebs:id'] !== undefined);
}

function isBelowAny(path: string, locations: readonly S3Location[]): boolean {
  return locations.some((location) => isBelow(path, placeOf(location)));
}

/** An endpoint reads only its models. */
function inputPart(job: Job): JobPart {
  return job.type === 'endpoint' ? 'model' : 'inputs';
}
