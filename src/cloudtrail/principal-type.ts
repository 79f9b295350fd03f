import type { PrincipalType } from './identity.ts';
import { kindOfIdentityArn } from './identity-arn.ts';
import { isAwsInternal, isServiceHost } from './service-host.ts';

/**
 * The type of the principal. `userIdentity.type` decides, unless the ARN contradicts it, as in some of AWS's samples
 * (`IAMUser` with the ARN of an assumed role): then the ARN does.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function principalTypeOf(
  type: unknown,
  arn: string | undefined,
  invokedBy: string | undefined,
): PrincipalType {
  const recorded = recordedType(type, invokedBy);
  return arn !== undefined && hasOwnArn(type, recorded) ? (kindOfIdentityArn(arn) ?? recorded) : recorded;
}

/**
 * Whether an ARN of another kind contradicts the type. It contradicts neither `AWSAccount`, which only says that the
 * caller is in another account, nor an unknown type.
 */
function hasOwnArn(type: unknown, recorded: PrincipalType): boolean {
  return (
    recorded === 'role' ||
    recorded === 'user' ||
    recorded === 'root' ||
    recorded === 'service' ||
    type === 'FederatedUser'
  );
}

function recordedType(type: unknown, invokedBy: string | undefined): PrincipalType {
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
