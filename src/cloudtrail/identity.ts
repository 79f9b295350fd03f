/** CloudTrail's `eventID`. It is a GUID in practice; any non-empty string is accepted. */
export type EventId = string & { readonly __brand: 'EventId' };

export type PrincipalType =
  | 'role'
  | 'user'
  | 'root'
  | 'service'
  | 'account'
  | 'federated'
  | 'identity-center'
  | 'unknown';

/** Who used the key. Stable across sessions: `id` is the role's, not the session's. */
export interface Principal {
  readonly id?: string;
  readonly type: PrincipalType;
  readonly accountId?: string;
  /** The name of the role session; roles and accounts only. */
  readonly session?: string;
  readonly sourceIdentity?: string;
  /** The AWS service that called on the principal's behalf (forward access). Never `AWS Internal`. */
  readonly via?: string;
}

/**
 * What the join to SageMaker jobs needs besides the members of an answer. Never in an answer.
 */
export interface JoinInputs {
  /** `userIdentity.sessionContext.attributes.creationDate`, epoch milliseconds. */
  readonly sessionStartMs?: number;
  /** Keyed hash of `userIdentity.accessKeyId`; the id itself is never kept. */
  readonly accessKeyHash?: string;
  /** `userIdentity.inScopeOf.sourceArn` or `credentialsIssuedTo`. */
  readonly inScopeOf?: string;
}
