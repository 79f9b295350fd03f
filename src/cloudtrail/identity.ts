/** CloudTrail's `eventID`. A GUID in practice; any non-empty string is taken. */
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

/** Who used the key, stable across sessions: `id` names the role, not the session. */
export interface Principal {
  readonly id?: string;
  readonly type: PrincipalType;
  readonly accountId?: string;
  /** The role session's name; of roles and accounts only. */
  readonly session?: string;
  readonly sourceIdentity?: string;
  /** The AWS service that called on the principal's behalf (forward access). Never `AWS Internal`. */
  readonly via?: string;
}

/**
 * What the join to SageMaker jobs needs of a record beside the answer's members. Never in an answer.
 */
export interface JoinInputs {
  /** `userIdentity.sessionContext.attributes.creationDate`, epoch milliseconds. */
  readonly sessionStartMs?: number;
  /** Keyed hash of `userIdentity.accessKeyId`; the id itself is never kept. */
  readonly accessKeyHash?: string;
  /** `userIdentity.inScopeOf.sourceArn` or `credentialsIssuedTo`. */
  readonly inScopeOf?: string;
}
