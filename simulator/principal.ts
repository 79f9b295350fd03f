import type { Random } from './random.ts';
import { timeText } from './time-text.ts';

export type PrincipalKind =
  | 'execution-role'
  | 'application-role'
  | 'lambda-role'
  | 'pipeline-role'
  | 'sso-role'
  | 'user'
  | 'root';

/** A role, user or root user of a simulated account. */
export interface SimulatedPrincipal {
  readonly kind: PrincipalKind;
  /** As the history names it: the role's ARN with its path, the user's ARN, the root's ARN. */
  readonly id: string;
  readonly accountId: string;
  /** Where it works. */
  readonly region: string;
  readonly name: string;
  /** `AROA…`, `AIDA…`; the account id of a root user. */
  readonly uniqueId: string;
  /** The session name of its ordinary sessions; of roles only. */
  readonly sessionName: string;
  readonly ip: string;
  readonly agent: string;
  /** The VPC endpoint its direct calls go through, or empty. */
  readonly vpcEndpointId: string;
}

/** One set of temporary credentials, or a user's access key. */
export interface SimulatedSession {
  readonly principal: SimulatedPrincipal;
  /** JSON text of `userIdentity` without its last brace, so that `invokedBy` can follow. */
  readonly open: string;
}

const AGENTS: Readonly<Record<PrincipalKind, readonly string[]>> = {
  'execution-role': [
    'Boto3/1.40.2 md/Botocore#1.40.2 ua/2.1 os/linux#5.10.234 lang/python#3.11.9 Botocore/1.40.2',
  ],
  'application-role': [
    'aws-sdk-java/2.31.10 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.132 lang/java#21.0.6 vendor/Amazon.com_Inc.',
    'aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.1 md/GOARCH#arm64 api/kms#1.38.1',
    'aws-encryption-sdk-python/4.0.1 Boto3/1.38.0 md/Botocore#1.38.0 lang/python#3.12.3',
  ],
  'lambda-role': [
    'aws-sdk-js/3.980.0 ua/2.1 os/linux#5.10 lang/js md/nodejs#24.4.0 exec-env/AWS_Lambda_nodejs24.x',
  ],
  'pipeline-role': [
    'APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-aws/5.94.1 aws-sdk-go-v2/1.36.3',
  ],
  'sso-role': [
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'aws-cli/2.27.2 md/awscrt#0.25.4 ua/2.0 os/macos#24.4.0 lang/python#3.13.2 cfg/retry-mode#standard',
  ],
  user: ['aws-cli/2.27.2 md/awscrt#0.25.4 ua/2.0 os/linux#6.8.0 lang/python#3.13.2 md/command#kms.decrypt'],
  root: ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0'],
};

/** How a session differs from the principal's ordinary ones. */
export interface SessionOptions {
  readonly sessionName?: string;
  readonly sourceIdentity?: string;
  readonly noAccessKey?: boolean;
  /** JSON text of `inScopeOf`. */
  readonly inScopeOf?: string;
}

/** Makes a principal. `path` is the role's or user's IAM path without the first slash: `service-role/`. */
export function makePrincipal(
  random: Random,
  kind: PrincipalKind,
  place: { readonly accountId: string; readonly region: string },
  name: string,
  path: string,
  sessionName: string,
): SimulatedPrincipal {
  const { accountId, region } = place;
  const person = kind === 'user';
  const throughVpc = kind === 'application-role' && random.chance(0.4);
  return {
    kind,
    id:
      kind === 'root'
        ? `arn:aws:iam::${accountId}:root`
        : `arn:aws:iam::${accountId}:${person ? 'user' : 'role'}/${path}${name}`,
    accountId,
    region,
    name,
    uniqueId: kind === 'root' ? accountId : `${person ? 'AIDA' : 'AROA'}SIM${random.base32(14)}`,
    sessionName,
    ip: throughVpc ? `10.0.${random.int(32)}.${4 + random.int(250)}` : `198.51.100.${1 + random.int(254)}`,
    agent: random.pick(AGENTS[kind]),
    vpcEndpointId: throughVpc ? `vpce-0${random.hex(16)}` : '',
  };
}

/**
 * A session of a principal.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function makeSession(
  random: Random,
  principal: SimulatedPrincipal,
  createdMs: number,
  options: SessionOptions = {},
): SimulatedSession {
  const { accountId, name, uniqueId, kind } = principal;
  if (kind === 'root') {
    return {
      principal,
      open: `{"type":"Root","principalId":"${accountId}","arn":"arn:aws:iam::${accountId}:root","accountId":"${accountId}","accessKeyId":"ASIASIM${random.base32(13)}","sessionContext":{"attributes":{"creationDate":"${timeText(createdMs)}","mfaAuthenticated":"true"}}`,
    };
  }
  if (kind === 'user') {
    const keyId = `AKIASIM${uniqueId.slice(7, 20)}`;
    const plain = `{"type":"IAMUser","principalId":"${uniqueId}","arn":"${principal.id}","accountId":"${accountId}","accessKeyId":"${keyId}","userName":"${name}"`;
    // A user's session keeps empty members for the federation it does not have.
    const open = random.chance(0.5)
      ? plain
      : `${plain},"sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"creationDate":"${timeText(createdMs)}","mfaAuthenticated":"true"}}`;
    return { principal, open };
  }
  const session = options.sessionName ?? principal.sessionName;
  const federation =
    kind === 'pipeline-role'
      ? '"webIdFederationData":{"federatedProvider":"arn:aws:iam::' +
        `${accountId}:oidc-provider/token.actions.githubusercontent.com","attributes":{}},`
      : kind === 'lambda-role'
        ? ''
        : '"webIdFederationData":{},';
  const open = `{"type":"AssumedRole","principalId":"${uniqueId}:${session}","arn":"arn:aws:sts::${accountId}:assumed-role/${name}/${session}","accountId":"${accountId}","accessKeyId":"${
    options.noAccessKey ? '' : `ASIASIM${random.base32(13)}`
  }","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"${uniqueId}","arn":"${principal.id}","accountId":"${accountId}","userName":"${name}"},${federation}"attributes":{"creationDate":"${timeText(createdMs)}","mfaAuthenticated":"false"}${
    options.sourceIdentity === undefined ? '' : `,"sourceIdentity":"${options.sourceIdentity}"`
  }}${options.inScopeOf === undefined ? '' : `,"inScopeOf":${options.inScopeOf}`}`;
  return { principal, open };
}

/** `userIdentity` of an AWS service acting by itself: neither an ARN nor an account. */
export function serviceIdentity(host: string): string {
  return `{"type":"AWSService","invokedBy":"${host}"}`;
}

/** `userIdentity` of a caller of another account, as the key owner's log shows it. */
export function foreignIdentity(principal: SimulatedPrincipal): string {
  const id =
    principal.kind === 'user' ? principal.uniqueId : `${principal.uniqueId}:${principal.sessionName}`;
  return `{"type":"AWSAccount","principalId":"${id}","accountId":"${principal.accountId}"}`;
}
