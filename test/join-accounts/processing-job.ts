import { writeJobUses } from './job-uses.ts';
import { given, type Json } from './json.ts';
import type { Launcher } from './launchers.ts';
import type { DataJob } from './run.ts';
import { s3Uri } from './s3-place.ts';
import { kmsKeyMember } from './sagemaker-events.ts';
import { tellJob } from './tell-job.ts';
import type { World } from './world.ts';

export function writeProcessingJob(world: World, job: DataJob, launcher: Launcher, invokedBy?: string): void {
  tellJob(world, job, launcher, {
    create: 'CreateProcessingJob',
    stem: 'ProcessingJob',
    of: 'Processing Job',
    timeStem: 'Processing',
    request: processingRequest(world, job),
    unsaid: ['processingJobName', 'environment'],
    ...(invokedBy === undefined ? {} : { invokedBy }),
  });
  writeJobUses(world, job, launcher);
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html */
function processingRequest(world: World, job: DataJob): Json {
  const { dice } = world;
  return {
    processingJobName: job.name,
    processingInputs: job.declaredInputs.map((place, index) => ({
      inputName: `input-${index}`,
      s3Input: {
        s3Uri: s3Uri(place, dice),
        localPath: `/opt/ml/processing/input-${index}`,
        s3DataType: 'S3Prefix',
        s3InputMode: 'File',
      },
    })),
    processingOutputConfig: {
      outputs: [
        {
          outputName: 'result',
          s3Output: {
            s3Uri: s3Uri(job.declaredOutput, dice),
            localPath: '/opt/ml/processing/output',
            s3UploadMode: dice.pick(['EndOfJob', 'Continuous']),
          },
        },
      ],
      ...kmsKeyMember('kmsKeyId', job.outputKey, dice),
    },
    processingResources: {
      clusterConfig: {
        instanceCount: 1,
        instanceType: 'ml.m5.large',
        volumeSizeInGB: 30,
        ...kmsKeyMember('volumeKmsKeyId', job.volumeKey, dice),
      },
    },
    ...given('stoppingCondition', job.telling.maxRuntime ? { maxRuntimeInSeconds: 86_400 } : undefined),
    appSpecification: { imageUri: `${world.accountId}.dkr.ecr.${world.region}.amazonaws.com/prepare:3` },
    environment: { STAGE: 'synthetic' },
    roleArn: job.role.arn,
  };
}
