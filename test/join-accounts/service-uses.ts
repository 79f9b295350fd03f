import { sessionIdentity } from './identity.ts';
import type { Json } from './json.ts';
import { writeKmsCall } from './kms-call.ts';
import { timeDuring } from './run.ts';
import { deedOf } from './truth-of-run.ts';
import type { UseClass } from './use-truth.ts';
import type { Run, World } from './world.ts';

interface ServiceUse {
  readonly class: UseClass;
  readonly service: string;
  readonly operation: string;
  readonly context: (world: World, team: string) => Json;
}

function arnOf(world: World, service: string, rest: string): string {
  return `arn:${world.customs.partition}:${service}:${world.region}:${world.accountId}:${rest}`;
}

/**
 * What code in a container, or SageMaker for it, has other services decrypt, with the contexts they are documented
 * to use. Teams share the secret or stream, so that the context tells nothing of the job.
 */
const serviceUses: readonly ServiceUse[] = [
  {
    class: 'secret',
    service: 'secretsmanager.amazonaws.com',
    operation: 'Decrypt',
    context: (world, team) => ({
      SecretARN: arnOf(world, 'secretsmanager', `secret:${team}/database-Xy12Ab`),
      SecretVersionId: 'b1946ac9-4a5d-4bd1-8d5c-ea7a9e2b1f10',
    }),
  },
  {
    class: 'parameter',
    service: 'ssm.amazonaws.com',
    operation: 'Decrypt',
    context: (world, team) => ({ PARAMETER_ARN: arnOf(world, 'ssm', `parameter/${team}/token`) }),
  },
  {
    class: 'image',
    service: 'ecr.amazonaws.com',
    operation: 'Decrypt',
    context: (world, team) => ({ 'aws:ecr:arn': arnOf(world, 'ecr', `repository/${team}`) }),
  },
  {
    class: 'logs',
    service: 'logs.amazonaws.com',
    operation: 'GenerateDataKey',
    context: (world) => ({ 'aws:logs:arn': arnOf(world, 'logs', 'log-group:/aws/sagemaker/TrainingJobs') }),
  },
  {
    class: 'stream',
    service: 'kinesis.amazonaws.com',
    operation: 'GenerateDataKey',
    context: (world, team) => ({ 'aws:kinesis:arn': arnOf(world, 'kinesis', `stream/${team}-events`) }),
  },
  {
    class: 'table',
    service: 'dynamodb.amazonaws.com',
    operation: 'Decrypt',
    context: (world, team) => ({
      'aws:dynamodb:tableName': `${team}-features`,
      'aws:dynamodb:subscriberId': world.accountId,
    }),
  },
  {
    class: 'files',
    service: 'elasticfilesystem.amazonaws.com',
    operation: 'Decrypt',
    context: () => ({ 'aws:elasticfilesystem:filesystem:id': 'fs-0a1b2c3d4e5f60718' }),
  },
];

export function writeServiceUse(world: World, run: Run): void {
  const { dice } = world;
  const use = dice.pick(serviceUses);
  const atMs = timeDuring(run, dice);
  const through = dice.chance(0.3) ? 'AWS Internal' : use.service;
  writeKmsCall(
    world,
    {
      atMs,
      operation: use.operation,
      by: sessionIdentity(run.session, atMs),
      through,
      key: dice.pick(world.keys),
      context: use.context(world, run.role.name),
    },
    deedOf(run, use.class, run.session),
  );
}

/** The code in the container calls KMS itself: envelope encryption of its own, or a call that is refused it. */
export function writeDirectUse(world: World, run: Run): void {
  const { dice } = world;
  const atMs = timeDuring(run, dice);
  const operation = dice.pick(['Decrypt', 'Decrypt', 'GenerateDataKey', 'Encrypt', 'ReEncrypt']);
  const errorCode = dice.chance(0.1) ? 'AccessDenied' : undefined;
  writeKmsCall(
    world,
    {
      atMs,
      operation,
      ...(operation === 'ReEncrypt' ? { destination: dice.pick(world.keys) } : {}),
      by: sessionIdentity(run.session, atMs),
      key: dice.pick(world.keys),
      ...(dice.chance(0.2) ? { context: { purpose: `${run.role.name}-records` } } : {}),
      ...(errorCode === undefined ? {} : { errorCode }),
    },
    deedOf(run, errorCode === undefined ? 'direct' : 'denied', run.session),
  );
}
