import type { JobPart } from '../sagemaker/encryption-posture.ts';
import type { Job } from '../sagemaker/job.ts';
import type { S3Location } from '../sagemaker/job-fact.ts';
import type { JudgedUse } from './judgement.ts';
import { bucketOfPath, isBelow, placeOf, s3PathIn } from './s3-path.ts';

/**
 * What of its job a use concerns: the volume, by the encryption context of EBS; what the job wrote or read, by the
 * object that S3's context names and the places the job declares; of an endpoint its model. Undefined where the
 * use tells neither, and of one that did not succeed: nothing is encrypted by what was excluded.
 * @param job the job that made it, as far as records tell of it
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
  // Of a Bucket Key only the bucket is known: what the operation does must tell.
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

/** What an endpoint reads is its models. */
function inputPart(job: Job): JobPart {
  return job.type === 'endpoint' ? 'model' : 'inputs';
}
