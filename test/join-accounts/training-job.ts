import { writeJobUses } from './job-uses.ts';
import { given, type Json } from './json.ts';
import type { Launcher } from './launchers.ts';
import type { DataJob } from './run.ts';
import { s3Uri, writeObjectUse } from './s3-place.ts';
import { kmsKeyMember } from './sagemaker-events.ts';
import { tellJob } from './tell-job.ts';
import { outsideDeed } from './truth-of-run.ts';
import type { World } from './world.ts';

const daySeconds = 86_400;

export function writeTrainingJob(world: World, job: DataJob, launcher: Launcher, invokedBy?: string): void {
  if (job.source !== undefined && job.uploadsSource === true) {
    const atMs = job.createdMs - world.dice.between(3, 60) * 1000;
    writeObjectUse(
      world,
      { atMs, operation: 'GenerateDataKey', place: job.source, object: 'sourcedir.tar.gz' },
      launcher.who(atMs),
      outsideDeed('upload', launcher.isJobRole),
    );
  }
  tellJob(world, job, launcher, {
    create: 'CreateTrainingJob',
    stem: 'TrainingJob',
    of: 'Training Job',
    timeStem: 'Training',
    request: trainingRequest(world, job),
    unsaid: [
      'trainingJobName',
      'trainingJobArn',
      'environment',
      'enableSageMakerMetricsTimeSeries',
      'disableEFA',
    ],
    ...(invokedBy === undefined ? {} : { invokedBy }),
  });
  writeJobUses(world, job, launcher);
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html */
function trainingRequest(world: World, job: DataJob): Json {
  return {
    trainingJobName: job.name,
    trainingJobArn: job.arn,
    ...trainingDefinition(world, job),
    environment: { STAGE: 'synthetic' },
    disableEFA: false,
    enableSageMakerMetricsTimeSeries: true,
  };
}

/** What a training job and the definition of a tuning job's training jobs have in common. */
export function trainingDefinition(world: World, job: DataJob): Json {
  const { dice } = world;
  const seconds = Math.ceil((job.endedMs - job.startedMs) / 1000);
  return {
    algorithmSpecification: {
      trainingImage: `${world.accountId}.dkr.ecr.${world.region}.amazonaws.com/${job.role.name.toLowerCase()}:1`,
      trainingInputMode: dice.pick(['File', 'FastFile', 'Pipe']),
    },
    roleArn: job.role.arn,
    inputDataConfig: channelsOf(world, job),
    outputDataConfig: {
      s3OutputPath: s3Uri(job.declaredOutput, dice),
      ...kmsKeyMember('kmsKeyId', job.outputKey, dice),
      ...(job.removesJobName || dice.chance(0.3)
        ? { removeJobNameFromS3OutputPath: job.removesJobName, disableModelUpload: false }
        : {}),
    },
    resourceConfig: {
      instanceType: job.volumeKey === undefined ? 'ml.g5.xlarge' : 'ml.m5.xlarge',
      instanceCount: 1,
      volumeSizeInGB: 50,
      ...kmsKeyMember('volumeKmsKeyId', job.volumeKey, dice),
    },
    ...given(
      'stoppingCondition',
      job.telling.maxRuntime
        ? { maxRuntimeInSeconds: dice.pick([daySeconds, 5 * daySeconds, seconds + 60]) }
        : undefined,
    ),
    ...given('checkpointConfig', job.checkpoint && { s3Uri: s3Uri(job.checkpoint, dice) }),
  };
}

function channelsOf(world: World, job: DataJob): Json[] {
  const { dice } = world;
  const channels = job.declaredInputs.map((place, index) => ({
    channelName: `channel-${index}`,
    dataSource: {
      s3DataSource: {
        s3DataType: 'S3Prefix',
        s3Uri: s3Uri(place, dice),
        s3DataDistributionType: 'FullyReplicated',
      },
    },
  }));
  const manifests = job.manifestPlace === undefined ? [] : [job.manifestPlace];
  return [
    ...channels,
    ...manifests.map(({ bucket }) => ({
      channelName: 'listed',
      dataSource: {
        s3DataSource: { s3DataType: 'ManifestFile', s3Uri: `s3://${bucket.name}/manifests/${job.name}.json` },
      },
    })),
  ];
}
