import type { UserIdentity } from './cloud-trail-record.ts';
import type { PrincipalType } from './identity.ts';
import { kindOfIdentityArn, partitionOfArn, roleArnOf } from './identity-arn.ts';
import { objectIn, textIn } from './json-members.ts';
import { partitionOfRegion } from './partition-of-region.ts';
import { isAwsInternal } from './service-host.ts';

/** The parts of a record that identify its principal. */
export interface IdentityText {
  readonly identity: UserIdentity;
  readonly arn: string | undefined;
  readonly accountId: string | undefined;
  readonly principalId: string | undefined;
  readonly invokedBy: string | undefined;
  readonly issuer: unknown;
  readonly region: string | undefined;
}

/**
 * The id that a principal has in every session: a role's ARN with its path, a user's ARN, a service's name. Undefined if
 * the record lacks it.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function principalIdOf(type: PrincipalType, text: IdentityText): string | undefined {
  const { identity, arn, accountId, principalId, invokedBy } = text;
  switch (type) {
    case 'role':
      return roleIdOf(text);
    case 'user':
      return arn;
    case 'root':
      return rootArnOf(text);
    case 'service':
      // In records of KMS `AWS Internal` is KMS itself: it rotates, deletes and synchronises keys.
      return invokedBy !== undefined && isAwsInternal(invokedBy) ? 'kms.amazonaws.com' : invokedBy;
    case 'account':
      return accountId === undefined || principalId === undefined
        ? accountId
        : `${accountId}/${withoutSession(principalId)}`;
    case 'federated':
      return identity.type === 'WebIdentityUser' || identity.type === 'SAMLUser' ? principalId : arn;
    case 'identity-center':
      return textIn(objectIn<'userId'>(identity.onBehalfOf)?.userId);
    case 'unknown':
      return arn ?? principalId;
    default:
      return type satisfies never;
  }
}

/** The issuer of the session, because its ARN has the role's path, which the assumed-role ARN lacks. */
function roleIdOf({ arn, issuer }: IdentityText): string | undefined {
  const issuerArn = textIn(objectIn<'arn'>(issuer)?.arn);
  const roleArn = issuerArn === undefined ? undefined : roleArnOf(issuerArn);
  return roleArn ?? (arn === undefined ? undefined : roleArnOf(arn));
}

function rootArnOf({ arn, accountId, region }: IdentityText): string | undefined {
  if (accountId === undefined) {
    return undefined;
  }
  const partition =
    arn !== undefined && kindOfIdentityArn(arn) === 'root' ? partitionOfArn(arn) : partitionOfRegion(region);
  return `arn:${partition}:iam::${accountId}:root`;
}

/** Cuts at the last colon: session names have none, but principals may, as in `111122223333:aws:ec2-infrastructure`. */
function withoutSession(principalId: string): string {
  const colon = principalId.lastIndexOf(':');
  return colon <= 0 ? principalId : principalId.slice(0, colon);
}
