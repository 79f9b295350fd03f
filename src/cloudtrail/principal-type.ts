import type { PrincipalType } from './identity.ts';
import { kindOfIdentityArn } from './identity-arn.ts';
import { isAwsInternal, isServiceHost } from './service-host.ts';

/**
 * The kind of principal. `userIdentity.type` decides, unless the ARN is of another kind of identity, as in some of
 * AWS's own samples (`IAMUser` with an assumed role's ARN): then the ARN does.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function principalTypeOf(
  type: unknown,
  arn: string | undefined,
  invokedBy: string | undefined,
): PrincipalType {
  const said = typeSaid(type, invokedBy);
  return arn !== undefined && comesWithItsOwnArn(type, said) ? (kindOfIdentityArn(arn) ?? said) : said;
}

/**
 * Whether an ARN of another kind contradicts the type. It does not contradict `AWSAccount`, which only says
 * that the caller is another account's, nor a type that is not known.
 */
function comesWithItsOwnArn(type: unknown, said: PrincipalType): boolean {
  return (
    said === 'role' || said === 'user' || said === 'root' || said === 'service' || type === 'FederatedUser'
  );
}

function typeSaid(type: unknown, invokedBy: string | undefined): PrincipalType {
  switch (type) {
    case 'AssumedRole':
    case 'Role':
      return 'role';
    case 'IAMUser':
      return 'user';
    case 'Root':
      return 'root';
    case 'AWSService':
      return 'service';
    case 'AWSAccount':
      return 'account';
    case 'FederatedUser':
    case 'SAMLUser':
    case 'WebIdentityUser':
      return 'federated';
    case 'IdentityCenterUser':
      return 'identity-center';
    case undefined:
    case null:
    case '':
      // KMS's own events (RotateKey, DeleteKey and the like) have no type, only `invokedBy`.
      return invokedBy !== undefined && (isAwsInternal(invokedBy) || isServiceHost(invokedBy))
        ? 'service'
        : 'unknown';
    default:
      return 'unknown';
  }
}
