import { Dice } from './dice.ts';
import { given, type Json, timeText } from './json.ts';

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly roleId: string;
  readonly accountId: string;
  readonly partition: string;
}

export function aRole(dice: Dice, partition: string, accountId: string, path: string, name: string): Role {
  return {
    name,
    arn: `arn:${partition}:iam::${accountId}:role${path}${name}`,
    roleId: `AROA${dice.capitals(17)}`,
    accountId,
    partition,
  };
}

/** Temporary credentials of a role. */
export interface RoleSession {
  readonly role: Role;
  readonly name: string;
  readonly startedMs: number;
  /** Tells the credentials of two sessions apart. */
  readonly salt: string;
  readonly accessKey: 'steady' | 'blank' | 'absent' | 'hourly';
  readonly creation: 'once' | 'hourly';
  readonly sourceIdentity?: string;
  readonly inScopeOf?: Json;
}

const hourMs = 3_600_000;

/** `undefined` where the record leaves it out or blank. */
export function accessKeyAt(session: RoleSession, atMs: number): string | undefined {
  switch (session.accessKey) {
    case 'steady':
      return `ASIA${new Dice(session.salt).capitals(16)}`;
    case 'hourly':
      return `ASIA${new Dice(`${session.salt}/${hoursSince(session, atMs)}`).capitals(16)}`;
    case 'blank':
    case 'absent':
      return undefined;
    default:
      return session.accessKey satisfies never;
  }
}

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
export function sessionIdentity(session: RoleSession, atMs: number): Json {
  const { role, name } = session;
  const createdMs =
    session.creation === 'hourly'
      ? session.startedMs + hoursSince(session, atMs) * hourMs
      : session.startedMs;
  return {
    type: 'AssumedRole',
    principalId: `${role.roleId}:${name}`,
    arn: `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}/${name}`,
    accountId: role.accountId,
    ...(session.accessKey === 'blank'
      ? { accessKeyId: '' }
      : given('accessKeyId', accessKeyAt(session, atMs))),
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: role.roleId,
        arn: role.arn,
        accountId: role.accountId,
        userName: role.name,
      },
      webIdFederationData: {},
      attributes: { creationDate: timeText(createdMs), mfaAuthenticated: 'false' },
      ...given('sourceIdentity', session.sourceIdentity),
    },
    ...given('inScopeOf', session.inScopeOf),
  };
}

export function serviceIdentity(service: string): Json {
  return { type: 'AWSService', invokedBy: service };
}

export function userIdentity(partition: string, accountId: string, name: string): Json {
  const dice = new Dice(`${accountId}/${name}`);
  return {
    type: 'IAMUser',
    principalId: `AIDA${dice.capitals(17)}`,
    arn: `arn:${partition}:iam::${accountId}:user/${name}`,
    accountId,
    accessKeyId: `AKIA${dice.capitals(16)}`,
    userName: name,
  };
}

/** All that the key owner's copy of a cross-account call says of who called. */
export function identityForOwner(identity: Json): Json {
  return { type: 'AWSAccount', principalId: identity['principalId'], accountId: identity['accountId'] };
}

function hoursSince(session: RoleSession, atMs: number): number {
  return Math.max(0, Math.floor((atMs - session.startedMs) / hourMs));
}
