import type { Dice } from './dice.ts';
import { type Role, type RoleSession, sessionIdentity } from './identity.ts';
import type { Json } from './json.ts';
import type { World } from './world.ts';

/** What SageMaker takes on to run a job: the session's name is documented for notebooks only. */
export function executionSession(
  world: World,
  run: {
    readonly name: string;
    readonly arn: string;
    readonly type: string;
    readonly role: Role;
    readonly startedMs: number;
  },
  plan: { readonly sessionName?: string; readonly launcherSourceIdentity?: string },
  part: string,
): RoleSession {
  const { customs } = world;
  const dice = world.dice.fork(`${run.arn}/${run.startedMs}/${part}`);
  if (customs.sharesCredentials && part === 'agent') {
    const hour = Math.floor(run.startedMs / 3_600_000);
    return { ...sessionOf(run.role, 'SageMaker', hour * 3_600_000), accessKey: customs.accessKey };
  }
  return {
    role: run.role,
    name: plan.sessionName ?? executionSessionName(customs.sessionName, run.name, dice),
    startedMs: run.startedMs - dice.between(1, 90) * 1000,
    salt: dice.hex(16),
    accessKey: customs.accessKey,
    creation: customs.sessionCreation,
    ...(plan.launcherSourceIdentity === undefined ? {} : { sourceIdentity: plan.launcherSourceIdentity }),
    ...(customs.inScopeOf && dice.chance(0.15) ? { inScopeOf: scopeOf(world, run) } : {}),
  };
}

function executionSessionName(custom: World['customs']['sessionName'], jobName: string, dice: Dice): string {
  switch (custom) {
    case 'SageMaker':
      return 'SageMaker';
    case 'job':
      return jobName.slice(0, 64);
    case 'execution-role':
      return `SageMaker-ExecutionRole-${dice.hex(8)}`;
    case 'random':
      return dice.hex(32);
    case 'mixed':
      return executionSessionName(dice.pick(['SageMaker', 'job', 'random'] as const), jobName, dice);
    default:
      return custom satisfies never;
  }
}

const issuerTypes: Readonly<Record<string, string>> = {
  'training-job': 'AWS::SageMaker::TrainingJob',
  'processing-job': 'AWS::SageMaker::ProcessingJob',
  'transform-job': 'AWS::SageMaker::TransformJob',
};

function scopeOf(world: World, run: { readonly arn: string; readonly type: string }): Json {
  return {
    sourceArn: run.arn,
    sourceAccount: world.accountId,
    issuerType: issuerTypes[run.type] ?? 'AWS::SageMaker::Resource',
    credentialsIssuedTo: run.arn,
  };
}

/** A session of somebody else, or of a person or service that took on a role. */
export function sessionOf(role: Role, name: string, startedMs: number, inScopeOf?: Json): RoleSession {
  return {
    role,
    name,
    startedMs,
    salt: `${role.roleId}/${name}/${startedMs}`,
    accessKey: 'steady',
    creation: 'once',
    ...(inScopeOf === undefined ? {} : { inScopeOf }),
  };
}

/** Who it is, at any time. */
export type Who = (atMs: number) => Json;

export function whoIs(session: RoleSession): Who {
  return (atMs) => sessionIdentity(session, atMs);
}
