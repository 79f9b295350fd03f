import { writeJob } from './campaign.ts';
import { serviceIdentity } from './identity.ts';
import { launcherOf } from './launchers.ts';
import { roleFor, someTime } from './names.ts';
import { sageMakerArn } from './run.ts';
import { below, s3Uri } from './s3-place.ts';
import { kmsKeyMember, writeSageMakerCall } from './sagemaker-events.ts';
import type { World } from './world.ts';

/** AutoML: jobs of all three kinds that SageMaker starts, under one role and below one output prefix. */
export function writeAutoMlJob(world: World): void {
  const { dice, customs } = world;
  const createdMs = someTime(world);
  const role = roleFor(world, 'automl');
  const launcher = launcherOf(world, role, createdMs);
  const name = `automl-${dice.hex(6)}`;
  const arn = sageMakerArn(world, 'automl-job', name);
  const root = { bucket: dice.pick(world.outputBuckets), prefix: 'automl' };
  const input = { bucket: dice.pick(world.dataBuckets), prefix: 'tabular/v1' };
  const isSecond = dice.chance(0.5);
  const location = { dataSource: { s3DataSource: { s3DataType: 'S3Prefix', s3Uri: s3Uri(input, dice) } } };
  const security = { securityConfig: kmsKeyMember('volumeKmsKeyId', dice.pick(world.keys), dice) };
  if (dice.chance(customs.createShare)) {
    writeSageMakerCall(world, {
      atMs: createdMs,
      eventName: isSecond ? 'CreateAutoMLJobV2' : 'CreateAutoMLJob',
      by: launcher.who(createdMs),
      request: {
        autoMLJobName: name,
        roleArn: role.arn,
        outputDataConfig: {
          s3OutputPath: s3Uri(root, dice),
          ...kmsKeyMember('kmsKeyId', dice.pick(world.keys), dice),
        },
        ...(isSecond
          ? { autoMLJobInputDataConfig: [{ channelType: 'training', ...location }], ...security }
          : { inputDataConfig: [{ targetAttributeName: 'y', ...location }], autoMLJobConfig: security }),
      },
      response: { autoMLJobArn: arn },
    });
  }
  // Its jobs are SageMaker's, which calls for them by itself or says nothing of it.
  const bySageMaker = { who: () => serviceIdentity('sagemaker.amazonaws.com'), isJobRole: false };
  const quiet = {
    ...world,
    customs: { ...customs, createShare: dice.chance(0.5) ? 0 : customs.createShare },
  };
  const steps = ['db-1', 'dpp0-1', 'dpp1-1', 'tuning', 'best'];
  for (const [number, step] of steps.entries()) {
    const child = `${name}-${step}-${dice.hex(20)}`;
    writeJob(
      quiet,
      step.startsWith('dpp') ? 'transform-job' : step === 'db-1' ? 'processing-job' : 'training-job',
      {
        role,
        name: child,
        createdMs: createdMs + (1 + number * 12) * 60_000,
        base: name,
        parentArn: arn,
        inputs: [input],
        outputRoot: step === 'tuning' ? below(root, name) : below(root, `${name}/${child}`),
      },
      bySageMaker,
    );
  }
}
