import type { GrantDetail, KeyUse } from '../../kms/key-use.ts';
import type { PolicyDetail } from '../../kms/policy-detail.ts';
import { parseJson } from '../../text/parse-json.ts';

/**
 * A fact is what one copy of a record says of one key use, split by how often its parts repeat:
 * - `profile`: who did what to which key with what outcome; thousands of uses share one;
 * - `session`: in which session and from where; the uses of one session share it;
 * - `context`: the encryption context, which often names the S3 object and then differs by use;
 * - `extra`: what few uses have.
 * Each part is kept as JSON text, so that two facts are equal exactly when their texts are.
 */
export interface FactParts {
  readonly profile: string;
  readonly session: string;
  /** Empty where there is no encryption context. */
  readonly context: string;
  /** Empty where there are no such members. */
  readonly extra: string;
}

type Text = string | null;

/** The members of a profile in their stored order. Append only: stored profiles are read by position. */
export type Profile = readonly [
  accountId: Text,
  region: Text,
  keyArn: Text,
  keyRef: Text,
  keyFrom: Text,
  keyRole: Text,
  operation: string,
  category: string,
  outcome: string,
  errorCode: Text,
  principalId: Text,
  principalType: string,
  principalAccount: Text,
  /** Absent in what was stored before this was kept. */
  keyMaterialId?: Text,
];

/** The members of a session in their stored order, append only likewise. */
export type Session = readonly [
  name: Text,
  sourceIdentity: Text,
  via: Text,
  sourceIp: Text,
  userAgent: Text,
  vpcEndpointId: Text,
  customKeyStoreId: Text,
  xksKeyId: Text,
  sessionStartMs: number | null,
  accessKeyHash: Text,
  inScopeOf: Text,
];

/** Positions in a profile of the members that the history itself looks at. */
export const AT = {
  accountId: 0,
  region: 1,
  keyArn: 2,
  keyRef: 3,
  keyFrom: 4,
  keyRole: 5,
  operation: 6,
  category: 7,
  outcome: 8,
  errorCode: 9,
  principalId: 10,
  principalType: 11,
  principalAccount: 12,
  keyMaterialId: 13,
} as const;

/** Positions in a session of the members that the history itself looks at. */
export const SESSION_AT = {
  name: 0,
  sourceIdentity: 1,
  via: 2,
  sourceIp: 3,
  userAgent: 4,
  vpcEndpointId: 5,
  sessionStartMs: 8,
  accessKeyHash: 9,
  inScopeOf: 10,
} as const;

export interface Extra {
  readonly grant?: GrantDetail;
  readonly policy?: PolicyDetail;
  readonly sharedEventId?: string;
  readonly eventCategory?: string;
  readonly callId?: string;
  readonly supersedes?: string;
  readonly truncated?: readonly string[];
  /** The event id of each account's copy, in a folded row. */
  readonly copies?: readonly string[];
  /** The other accounts that the copies concern, in a folded row. */
  readonly accounts?: readonly string[];
}

export function factParts(use: KeyUse): FactParts {
  const principal = use.principal;
  const join = use.join;
  const known = [
    use.accountId ?? null,
    use.region ?? null,
    use.keyArn ?? null,
    use.keyRef ?? null,
    use.keyFrom ?? null,
    use.keyRole ?? null,
    use.operation,
    use.category,
    use.outcome,
    use.errorCode ?? null,
    principal.id ?? null,
    principal.type,
    principal.accountId ?? null,
  ] as const;
  // What is stored of records that say none stays as it was before this was kept.
  const profile: Profile = use.keyMaterialId === undefined ? known : [...known, use.keyMaterialId];
  const session: Session = [
    principal.session ?? null,
    principal.sourceIdentity ?? null,
    principal.via ?? null,
    use.sourceIp ?? null,
    use.userAgent ?? null,
    use.vpcEndpointId ?? null,
    use.customKeyStoreId ?? null,
    use.xksKeyId ?? null,
    join?.sessionStartMs ?? null,
    join?.accessKeyHash ?? null,
    join?.inScopeOf ?? null,
  ];
  return {
    profile: JSON.stringify(profile),
    session: JSON.stringify(session),
    context: use.encryptionContext === undefined ? '' : JSON.stringify(use.encryptionContext),
    extra: hasExtra(use)
      ? extraText({
          ...(use.grant === undefined ? {} : { grant: use.grant }),
          ...(use.policy === undefined ? {} : { policy: use.policy }),
          ...(use.sharedEventId === undefined ? {} : { sharedEventId: use.sharedEventId }),
          ...(use.eventCategory === undefined ? {} : { eventCategory: use.eventCategory }),
          ...(use.callId === undefined ? {} : { callId: use.callId }),
          ...(use.supersedes === undefined ? {} : { supersedes: use.supersedes }),
          ...(use.truncated === undefined ? {} : { truncated: use.truncated }),
        })
      : '',
  };
}

function hasExtra(use: KeyUse): boolean {
  return (
    use.grant !== undefined ||
    use.policy !== undefined ||
    use.sharedEventId !== undefined ||
    use.eventCategory !== undefined ||
    use.callId !== undefined ||
    use.supersedes !== undefined ||
    use.truncated !== undefined
  );
}

/** Empty text for an extra without members, so that "nothing" has one spelling. */
export function extraText(extra: Extra): string {
  const text = JSON.stringify(extra);
  return text === '{}' ? '' : text;
}

// The four parsers below read what this file wrote.
export function parseProfile(text: string): Profile {
  return JSON.parse(text) as Profile;
}

export function parseSession(text: string): Session {
  return JSON.parse(text) as Session;
}

export function parseContext(text: string): Readonly<Record<string, string>> | undefined {
  return text === '' ? undefined : (parseJson(text) as Record<string, string>);
}

export function parseExtra(text: string): Extra {
  return text === '' ? {} : (parseJson(text) as Extra);
}

/**
 * How much a fact says: the number of its members that are present, with each entry of an object counted. Where two
 * versions of one event differ, the one that says most is shown.
 */
export function leafCount(parts: FactParts): number {
  return (
    leavesOf(parseProfile(parts.profile)) +
    leavesOf(parseSession(parts.session)) +
    leavesOf(parseContext(parts.context)) +
    leavesOf(parseExtra(parts.extra))
  );
}

function leavesOf(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, element) => sum + leavesOf(element), 0);
  if (typeof value === 'object') {
    return Object.values(value).reduce<number>((sum, element) => sum + leavesOf(element), 0);
  }
  return 1;
}
