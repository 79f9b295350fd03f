import { writeJob } from './campaign.ts';
import { serviceIdentity } from './identity.ts';
import { launcherOf } from './launchers.ts';
import { roleFor, someTime } from './names.ts';
import { sageMakerArn } from './run.ts';
import { s3Uri } from './s3-place.ts';
import { kmsKeyMember, writeSageMakerCall } from './sagemaker-events.ts';
import type { World } from './world.ts';

const hourMs = 3_600_000;

/** A monitoring schedule: processing jobs by the hour that nobody calls for, all with one output. */
export function writeMonitoringSchedule(world: World): void {
  const { dice, customs, isSmall } = world;
  const createdMs = someTime(world);
  const role = roleFor(world, 'monitor');
  const launcher = launcherOf(world, role, createdMs);
  const name = `monitor-${dice.hex(4)}`;
  const arn = sageMakerArn(world, 'monitoring-schedule', name);
  const output = { bucket: dice.pick(world.outputBuckets), prefix: 'monitoring' };
  const captured = { bucket: dice.pick(world.outputBuckets), prefix: `capture/${role.name.toLowerCase()}` };
  const key = dice.pick(world.keys);
  if (dice.chance(customs.createShare)) {
    writeSageMakerCall(world, {
      atMs: createdMs,
      eventName: 'CreateMonitoringSchedule',
      by: launcher.who(createdMs),
      request: {
        monitoringScheduleName: name,
        monitoringScheduleConfig: {
          scheduleConfig: { scheduleExpression: 'cron(0 * ? * * *)' },
          monitoringJobDefinition: {
            roleArn: role.arn,
            monitoringInputs: [
              { endpointInput: { endpointName: 'serve', localPath: '/opt/ml/processing/input' } },
            ],
            monitoringOutputConfig: {
              monitoringOutputs: [
                { s3Output: { s3Uri: s3Uri(output, dice), localPath: '/opt/ml/processing/output' } },
              ],
              ...kmsKeyMember('kmsKeyId', key, dice),
            },
            monitoringResources: {
              clusterConfig: {
                instanceCount: 1,
                instanceType: 'ml.m5.large',
                volumeSizeInGB: 20,
                ...kmsKeyMember('volumeKmsKeyId', key, dice),
              },
            },
          },
        },
      },
      response: { monitoringScheduleArn: arn },
    });
  }
  const bySageMaker = { who: () => serviceIdentity('sagemaker.amazonaws.com'), isJobRole: false };
  const scheduled = { ...world, customs: { ...customs, createShare: 0, failedCreateShare: 0 } };
  const first = Math.ceil((createdMs + 1) / hourMs) * hourMs;
  for (let number = 0; number < (isSmall ? 3 : 12); number++) {
    const atMs = first + number * hourMs;
    const stamp = new Date(atMs).toISOString().slice(0, 16).replace(/[-T:]/g, '');
    writeJob(
      scheduled,
      'processing-job',
      {
        role,
        name: `model-monitoring-${stamp}-${dice.hex(24)}`,
        createdMs: atMs + dice.between(0, 1200) * 1000,
        base: name,
        parentArn: arn,
        inputs: [captured],
        outputRoot: output,
        rootIsShared: true,
        minutes: 8,
      },
      bySageMaker,
    );
  }
}
