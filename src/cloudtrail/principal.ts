import { boundedText, type CutMembers } from './bounded-text.ts';
import type { UserIdentity } from './cloud-trail-record.ts';
import type { Principal, PrincipalType } from './identity.ts';
import { accountOfArn, sessionOfRoleArn } from './identity-arn.ts';
import { objectIn, textIn } from './json-members.ts';
import { principalIdOf } from './principal-id.ts';
import { principalTypeOf } from './principal-type.ts';
import { isAwsInternal, isServiceHost } from './service-host.ts';

/**
 * The principal in a record's `userIdentity`. Any member may be missing: a service has neither `arn` nor `accountId`, a
 * caller from another account has no `arn`.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 * @param region the record's, for the partition in the ARN of a root user, which records may lack
 */
export function principalOf(
  identity: UserIdentity | undefined,
  region: string | undefined,
  cut: CutMembers,
): Principal {
  if (identity === undefined) {
    return { type: 'unknown' };
  }
  const arn = textIn(identity.arn);
  const invokedBy = textIn(identity.invokedBy);
  const principalId = textIn(identity.principalId);
  const context = objectIn<'sessionIssuer' | 'sourceIdentity'>(identity.sessionContext);
  const type = principalTypeOf(identity.type, arn, invokedBy);

  const principal: { -readonly [Member in keyof Principal]: Principal[Member] } = { type };
  const accountId = boundedText(accountOf(identity, arn), 'principal.accountId', cut);
  const id = boundedText(
    principalIdOf(type, {
      identity,
      arn,
      accountId,
      principalId,
      invokedBy,
      issuer: context?.sessionIssuer,
      region,
    }),
    'principal.id',
    cut,
  );
  if (id !== undefined) {
    principal.id = id;
  }
  if (accountId !== undefined) {
    principal.accountId = accountId;
  }
  const session = boundedText(sessionOf(type, arn, principalId), 'principal.session', cut);
  if (session !== undefined) {
    principal.session = session;
  }
  const sourceIdentity = boundedText(context?.sourceIdentity, 'principal.sourceIdentity', cut);
  if (sourceIdentity !== undefined) {
    principal.sourceIdentity = sourceIdentity;
  }
  if (invokedBy !== undefined && type !== 'service' && isServiceHost(invokedBy)) {
    const via = boundedText(invokedBy, 'principal.via', cut);
    if (via !== undefined) {
      principal.via = via;
    }
  }
  return principal;
}

/** The recorded account, else the ARN's. `AWS Internal` is no account. */
function accountOf(identity: UserIdentity, arn: string | undefined): string | undefined {
  const recorded = textIn(identity.accountId);
  if (recorded !== undefined && !isAwsInternal(recorded)) {
    return recorded;
  }
  return arn === undefined ? undefined : accountOfArn(arn);
}

/** Only roles have sessions, and callers from another account, whose principal id ends in the session name. */
function sessionOf(
  type: PrincipalType,
  arn: string | undefined,
  principalId: string | undefined,
): string | undefined {
  if (type !== 'role' && type !== 'account') {
    return undefined;
  }
  const inArn = arn === undefined ? undefined : sessionOfRoleArn(arn);
  if (inArn !== undefined || principalId === undefined) {
    return inArn;
  }
  const colon = principalId.lastIndexOf(':');
  return colon === -1 || colon + 1 === principalId.length ? undefined : principalId.slice(colon + 1);
}
