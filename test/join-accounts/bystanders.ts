import { placeOfInterest } from './hand-work.ts';
import { aRole, serviceIdentity, sessionIdentity, userIdentity } from './identity.ts';
import { aliasArn } from './key-ring.ts';
import { writeKmsCall } from './kms-call.ts';
import { someTime } from './names.ts';
import { writeObjectUse } from './s3-place.ts';
import { sessionOf } from './sessions.ts';
import { outsideDeed } from './truth-of-run.ts';
import type { World } from './world.ts';

/** One use that has nothing to do with a job or with the roles of jobs. */
export function writeBystander(world: World): void {
  world.dice.pick([writeUser, writeUser, writeService, writeGuest, writeManagement])(world);
}

function writeUser(world: World): void {
  const { dice, customs, accountId } = world;
  const atMs = someTime(world);
  const by = userIdentity(customs.partition, accountId, dice.pick(['auditor', 'backup', 'mira']));
  const role = dice.pick(world.teamRoles);
  const object = `part-${String(dice.between(0, 400)).padStart(5, '0')}.parquet`;
  const use = { atMs, operation: 'Decrypt', place: placeOfInterest(world, { role }), object } as const;
  writeObjectUse(world, use, by, outsideDeed('bystander', false));
}

function writeService(world: World): void {
  const { dice, customs, accountId, region } = world;
  const service = dice.pick(['cloudtrail', 'dynamodb', 'logs', 'delivery.logs', 'ec2']);
  const by = serviceIdentity(`${service}.amazonaws.com`);
  const contexts = {
    cloudtrail: {
      'aws:cloudtrail:arn': `arn:${customs.partition}:cloudtrail:${region}:${accountId}:trail/all`,
      'aws:s3:arn': `arn:${customs.partition}:s3:::trail-${accountId}/AWSLogs/${accountId}`,
    },
    dynamodb: { 'aws:dynamodb:tableName': 'orders', 'aws:dynamodb:subscriberId': accountId },
    logs: {
      'aws:logs:arn': `arn:${customs.partition}:logs:${region}:${accountId}:log-group:/aws/sagemaker/TrainingJobs`,
    },
  };
  const context =
    service === 'cloudtrail' || service === 'dynamodb' || service === 'logs'
      ? contexts[service]
      : { 'aws:ebs:id': `vol-0${dice.hex(16)}` };
  writeKmsCall(
    world,
    {
      atMs: someTime(world),
      operation: dice.pick(['GenerateDataKey', 'Decrypt']),
      by,
      key: dice.pick(world.keys),
      context,
    },
    outsideDeed('service', false),
  );
}

/** Somebody in another account on a key here, whose log says no more than an account and an id. */
function writeGuest(world: World): void {
  const { dice, customs, otherAccountId } = world;
  const atMs = someTime(world);
  const role = aRole(dice.fork('guest'), customs.partition, otherAccountId, '/', 'partner-reader');
  const by = sessionIdentity(sessionOf(role, 'SageMaker', atMs - 60_000), atMs);
  const place = placeOfInterest(world, { role: dice.pick(world.teamRoles) });
  const key = dice.pick(world.keys);
  writeObjectUse(
    world,
    { atMs, operation: 'Decrypt', place, object: 'part-00001.parquet', key },
    by,
    outsideDeed('guest', false),
  );
}

function writeManagement(world: World): void {
  const { dice, customs, accountId } = world;
  const atMs = someTime(world);
  const by = userIdentity(customs.partition, accountId, 'admin');
  const key = dice.pick(world.keys);
  const deed = outsideDeed('management', false);
  const operation = dice.pick(['DescribeKey', 'GetKeyPolicy', 'ListGrants', 'ListAliases', 'GenerateRandom']);
  const namesKey = operation !== 'ListAliases' && operation !== 'GenerateRandom';
  writeKmsCall(
    world,
    { atMs, operation, by, ...(namesKey ? { key, request: { keyId: key.id } } : {}) },
    deed,
  );
}

/** Records that teach what the account's aliases mean, from before anything else. */
export function writeAliases(world: World): void {
  const { customs, accountId, fromMs, dice } = world;
  if (!customs.aliasesAreLogged) {
    return;
  }
  const by = userIdentity(customs.partition, accountId, 'admin');
  for (const key of world.keys.filter(({ alias }) => !alias.startsWith('alias/aws/'))) {
    writeKmsCall(
      world,
      dice.chance(0.5)
        ? {
            atMs: fromMs,
            operation: 'CreateAlias',
            by,
            key,
            request: { aliasName: key.alias, targetKeyId: key.id },
          }
        : { atMs: fromMs, operation: 'DescribeKey', by, key, request: { keyId: aliasArn(key) } },
      outsideDeed('management', false),
    );
  }
}
