import { type RoleSession, serviceIdentity, sessionIdentity } from './identity.ts';
import { given, type Json } from './json.ts';
import { callingNames, type Key } from './key-ring.ts';
import { writeKmsCall } from './kms-call.ts';
import type { Launcher } from './launchers.ts';
import { deedOf } from './truth-of-run.ts';
import type { Run, World } from './world.ts';

/**
 * The EBS volumes of a run's instances: a data key without plaintext, a grant on it, and its decryption when the
 * volume is attached. Who does which is documented for EC2 only, whose events are not in causal order either.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2two.html
 */
export function writeVolumeUses(world: World, run: Run, key: Key, launcher: Launcher): void {
  const { dice, customs } = world;
  if (customs.volumeMaker === 'unlogged') {
    return;
  }
  const instances = dice.chance(0.2) ? dice.between(2, 4) : 1;
  for (let instance = 0; instance < instances; instance++) {
    const context = { 'aws:ebs:id': `vol-0${dice.hex(16)}` };
    const instanceId = `i-0${dice.hex(16)}`;
    const atMs = run.createdMs + dice.between(1, Math.max(2, (run.startedMs - run.createdMs) / 1000)) * 1000;
    const maker = makerOf(world, run, launcher);
    writeKmsCall(
      world,
      {
        ...maker(atMs),
        operation: 'GenerateDataKeyWithoutPlaintext',
        key,
        context,
        request: { keyId: dice.pick(callingNames(key)) },
      },
      deedOf(run, 'volume'),
    );
    const grantId = dice.hex(64);
    writeKmsCall(
      world,
      {
        ...maker(atMs + dice.between(-2, 4) * 1000),
        operation: 'CreateGrant',
        key,
        request: {
          keyId: key.arn,
          ...granteeOf(world, run.agent, instanceId),
          operations: ['Decrypt', 'CreateGrant'],
          ...constraintOf(world, context),
        },
        response: { grantId, keyId: key.arn },
      },
      deedOf(run, 'volume'),
    );
    writeAttachment(world, run, key, context, instanceId, atMs + dice.between(0, 6) * 1000);
    if (customs.retires) {
      writeKmsCall(
        world,
        {
          atMs: run.endedMs + dice.between(5, 600) * 1000,
          operation: 'RetireGrant',
          by: serviceIdentity(dice.pick(['sagemaker.amazonaws.com', 'ec2.amazonaws.com'])),
          key,
          additional: { grantId },
        },
        deedOf(run, 'retire'),
      );
    }
  }
}

function makerOf(world: World, run: Run, launcher: Launcher) {
  const { volumeMaker, volumeThrough } = world.customs;
  const through = volumeThrough === 'nothing' ? {} : { through: volumeThrough };
  return (atMs: number): { atMs: number; by: Json; through?: string } => {
    switch (volumeMaker) {
      case 'role':
        return { atMs, by: sessionIdentity(run.agent, atMs), ...through };
      case 'launcher':
        return { atMs, by: launcher.who(atMs), through: 'sagemaker.amazonaws.com' };
      case 'service':
      case 'unlogged':
        return { atMs, by: serviceIdentity('sagemaker.amazonaws.com') };
      default:
        return volumeMaker satisfies never;
    }
  };
}

function granteeOf(world: World, session: RoleSession, instanceId: string): Json {
  const { customs, region, serviceAccountId } = world;
  const grantee = (): string => {
    switch (customs.grantee) {
      case 'service':
        return 'sagemaker.amazonaws.com';
      case 'regional-service':
        return `sagemaker.${region}.amazonaws.com`;
      case 'instance':
        return `${serviceAccountId}:aws:ec2-infrastructure:${instanceId}`;
      case 'instance-session':
        return `arn:${customs.partition}:sts::${serviceAccountId}:assumed-role/aws:ec2-infrastructure/${instanceId}`;
      case 'role':
        return session.role.arn;
      case 'service-role':
        return `arn:${customs.partition}:iam::${serviceAccountId}:role/SageMakerVolumes`;
      default:
        return customs.grantee satisfies never;
    }
  };
  return {
    granteePrincipal: grantee(),
    ...given('retiringPrincipal', customs.retires ? `sagemaker.${region}.amazonaws.com` : undefined),
  };
}

function constraintOf(world: World, context: Json): Json {
  switch (world.customs.grantConstraint) {
    case 'subset':
      return { constraints: { encryptionContextSubset: context } };
    case 'equals':
      return { constraints: { encryptionContextEquals: context } };
    case 'none':
      return {};
    default:
      return world.customs.grantConstraint satisfies never;
  }
}

function writeAttachment(
  world: World,
  run: Run,
  key: Key,
  context: Json,
  instanceId: string,
  atMs: number,
): void {
  const by = attacherOf(world, run, instanceId, atMs);
  if (by !== undefined) {
    writeKmsCall(world, { atMs, operation: 'Decrypt', by, key, context }, deedOf(run, 'attach'));
  }
}

function attacherOf(world: World, run: Run, instanceId: string, atMs: number): Json | undefined {
  const { customs, accountId, serviceAccountId } = world;
  const infrastructure = (account: string): Json => ({
    type: 'AssumedRole',
    principalId: `${account}:aws:ec2-infrastructure:${instanceId}`,
    arn: `arn:${customs.partition}:sts::${account}:assumed-role/aws:ec2-infrastructure/${instanceId}`,
    accountId: account,
    accessKeyId: '',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: `${account}:aws:ec2-infrastructure`,
        arn: `arn:${customs.partition}:iam::${account}:role/aws:ec2-infrastructure`,
        accountId: account,
        userName: 'aws:ec2-infrastructure',
      },
      attributes: { creationDate: new Date(atMs - 5000).toISOString(), mfaAuthenticated: 'false' },
    },
  });
  switch (customs.attacher) {
    case 'instance':
      return infrastructure(accountId);
    case 'service-account':
      return infrastructure(serviceAccountId);
    case 'service':
      return serviceIdentity('ec2.amazonaws.com');
    case 'role':
      return { ...sessionIdentity(run.agent, atMs), invokedBy: 'AWS Internal' };
    case 'unlogged':
      return undefined;
    default:
      return customs.attacher satisfies never;
  }
}
