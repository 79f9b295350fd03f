import { sessionIdentity } from './identity.ts';
import { writeKmsCall } from './kms-call.ts';
import { launcherOf } from './launchers.ts';
import { roleFor, someTime } from './names.ts';
import { aRun, timeDuring } from './run.ts';
import { s3Uri, writeObjectUse } from './s3-place.ts';
import { kmsKeyMember, writeSageMakerCall, writeStateChange } from './sagemaker-events.ts';
import { deedOf } from './truth-of-run.ts';
import type { World } from './world.ts';

/**
 * A feature group: a grant by whoever creates it, for its online store, and files that its role writes.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
 */
export function writeFeatureGroup(world: World): void {
  const { dice, isSmall } = world;
  const createdMs = someTime(world);
  const role = roleFor(world, 'features');
  const launcher = launcherOf(world, role, createdMs);
  const name = `clicks-${dice.hex(4)}`;
  const run = aRun(world, { type: 'feature-group', name, role, createdMs, minutes: isSmall ? 600 : 1800 });
  const key = dice.pick(world.keys);
  const offline = { bucket: dice.pick(world.outputBuckets), prefix: 'features' };
  const by = launcher.who(createdMs);
  if (run.telling.create) {
    writeSageMakerCall(world, {
      atMs: createdMs,
      eventName: 'CreateFeatureGroup',
      by,
      request: {
        featureGroupName: name,
        recordIdentifierFeatureName: 'id',
        eventTimeFeatureName: 'at',
        roleArn: role.arn,
        onlineStoreConfig: { enableOnlineStore: true, securityConfig: kmsKeyMember('kmsKeyId', key, dice) },
        offlineStoreConfig: {
          s3StorageConfig: { s3Uri: s3Uri(offline, dice), ...kmsKeyMember('kmsKeyId', key, dice) },
        },
      },
      response: { featureGroupArn: run.arn },
    });
  }
  for (const [isTold, atMs, featureGroupStatus] of [
    [run.telling.start, run.startedMs, 'Created'],
    [run.telling.end, run.endedMs, 'Deleting'],
  ] as const) {
    if (!isTold) {
      continue;
    }
    writeStateChange(world, {
      atMs,
      of: 'Feature Group',
      arn: run.arn,
      detail: {
        featureGroupArn: run.arn,
        featureGroupName: name,
        featureGroupStatus,
        roleArn: role.arn,
      },
      times: { CreationTime: run.createdMs },
    });
  }
  writeKmsCall(
    world,
    {
      atMs: createdMs + 1000,
      operation: 'CreateGrant',
      by,
      through: 'sagemaker.amazonaws.com',
      key,
      request: {
        keyId: key.arn,
        granteePrincipal: `sagemaker.${world.region}.amazonaws.com`,
        operations: ['Encrypt', 'Decrypt', 'GenerateDataKey', 'RetireGrant', 'DescribeKey'],
      },
      response: { grantId: dice.hex(64), keyId: key.arn },
    },
    deedOf(run, 'feature'),
  );
  for (let files = dice.between(3, isSmall ? 10 : 60); files > 0; files--) {
    const atMs = timeDuring(run, dice);
    writeObjectUse(
      world,
      {
        atMs,
        operation: 'GenerateDataKey',
        place: offline,
        object: `${world.accountId}/sagemaker/${world.region}/offline-store/${name}-${Math.floor(createdMs / 1000)}/data/${dice.hex(16)}.parquet`,
        key,
      },
      sessionIdentity(run.agent, atMs),
      deedOf(run, 'feature', run.agent),
    );
  }
  world.runs.push(run);
}
