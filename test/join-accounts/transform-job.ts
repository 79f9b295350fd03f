import { writeJobUses } from './job-uses.ts';
import { given, type Json } from './json.ts';
import type { Launcher } from './launchers.ts';
import type { DataJob } from './run.ts';
import { s3Uri } from './s3-place.ts';
import { kmsKeyMember } from './sagemaker-events.ts';
import { tellJob } from './tell-job.ts';
import type { World } from './world.ts';

/** It runs under its model's role, which neither its create call nor its state changes say. */
export function writeTransformJob(
  world: World,
  job: DataJob,
  modelName: string,
  launcher: Launcher,
  invokedBy?: string,
): void {
  tellJob(world, job, launcher, {
    create: 'CreateTransformJob',
    stem: 'TransformJob',
    of: 'Transform Job',
    timeStem: 'Transform',
    request: transformRequest(world, job, modelName),
    unsaid: ['transformJobName'],
    ...(invokedBy === undefined ? {} : { invokedBy }),
  });
  writeJobUses(world, job, launcher);
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html */
function transformRequest(world: World, job: DataJob, modelName: string): Json {
  const { dice } = world;
  const input = job.declaredInputs[0];
  return {
    transformJobName: job.name,
    modelName,
    ...given(
      'transformInput',
      input && {
        dataSource: { s3DataSource: { s3DataType: 'S3Prefix', s3Uri: s3Uri(input, dice) } },
        contentType: 'text/csv',
      },
    ),
    transformOutput: {
      s3OutputPath: s3Uri(job.declaredOutput, dice),
      ...kmsKeyMember('kmsKeyId', job.outputKey, dice),
    },
    transformResources: {
      instanceType: 'ml.m5.large',
      instanceCount: 1,
      ...kmsKeyMember('volumeKmsKeyId', job.volumeKey, dice),
    },
  };
}
