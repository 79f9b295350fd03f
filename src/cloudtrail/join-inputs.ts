import type { UserIdentity } from './cloud-trail-record.ts';
import { eventTimeMs } from './event-time.ts';
import type { JoinInputs } from './identity.ts';
import { objectIn, textIn } from './json-members.ts';

/** The longest ARN. A longer one would have to be cut, and would then name something else. */
const maxArnLength = 2048;

/**
 * The parts of `userIdentity` that the join to SageMaker jobs needs; `undefined` if it has none. AWS withholds
 * `accessKeyId` by writing `""`.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function joinInputsOf(
  identity: UserIdentity | undefined,
  hashAccessKey: (accessKeyId: string) => string,
): JoinInputs | undefined {
  if (identity === undefined) {
    return undefined;
  }
  const attributes = objectIn<'attributes'>(identity.sessionContext)?.attributes;
  const sessionStartMs =
    attributes === undefined ? undefined : eventTimeMs(objectIn<'creationDate'>(attributes)?.creationDate);
  const accessKeyId = textIn(identity.accessKeyId);
  const inScopeOf = identity.inScopeOf === undefined ? undefined : scopeOf(identity.inScopeOf);
  if (sessionStartMs === undefined && accessKeyId === undefined && inScopeOf === undefined) {
    return undefined;
  }
  const inputs: { -readonly [Member in keyof JoinInputs]: JoinInputs[Member] } = {};
  if (sessionStartMs !== undefined) {
    inputs.sessionStartMs = sessionStartMs;
  }
  if (accessKeyId !== undefined) {
    inputs.accessKeyHash = hashAccessKey(accessKeyId);
  }
  if (inScopeOf !== undefined) {
    inputs.inScopeOf = inScopeOf;
  }
  return inputs;
}

function scopeOf(value: unknown): string | undefined {
  const scope = objectIn<'sourceArn' | 'credentialsIssuedTo'>(value);
  const arn = textIn(scope?.sourceArn) ?? textIn(scope?.credentialsIssuedTo);
  return arn !== undefined && arn.length <= maxArnLength ? arn.toWellFormed() : undefined;
}
