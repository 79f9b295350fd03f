import { hash } from 'node:crypto';
import type { Principal } from '../../src/cloudtrail/identity.ts';
import type { UsageRow } from '../../src/history/query/questions.ts';
import type { GrantDetail, OperationCategory, Outcome } from '../../src/kms/key-use.ts';
import { type Json, listIn, objectIn, textIn, textsIn } from './json.ts';

/** What one KMS record says by itself: before copies are folded and aliases resolved. */
export interface RecordFacts {
  readonly eventId: string;
  readonly eventTimeMs: number;
  readonly recipientAccountId?: string;
  /** The caller's own account recorded it: of the copies of a cross-account use this is the primary one. */
  readonly callersCopy: boolean;
  /** Two for `ReEncrypt`, else one. */
  readonly rows: readonly OracleRow[];
}

type AliasFact =
  | { readonly kind: 'set'; readonly key: string }
  | { readonly kind: 'seen'; readonly key: string }
  | { readonly kind: 'deleted'; readonly keyBefore?: string };

/** Something a record tells about one alias in one account and Region. */
export interface AliasKnowledge {
  readonly place: string;
  readonly atMs: number;
  readonly fact: AliasFact;
}

const CRYPTOGRAPHIC = new Set([
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GenerateRandom',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
]);
const GRANT = new Set(['CreateGrant', 'RetireGrant', 'RevokeGrant']);

const KEY_ARN = /^arn:[^:]+:kms:[^:]+:\d{12}:key\/.+$/;
const KEY_ARN_IN_TEXT = /arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+/;
const ALIAS_ARN = /^arn:[^:]+:kms:([^:]+):(\d{12}):(alias\/.+)$/;
const BARE_KEY_ID = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/i;

/** The members of an object that are not `undefined`; `undefined` where none is left. */
function known<T extends object>(members: T): Known<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Known<T>;
}
type Known<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function nonEmpty<T extends object>(members: T): T | undefined {
  return Object.keys(members).length === 0 ? undefined : members;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

/** `2026-03-01T10:00:00Z`, with a lower-case `z`, with fractions, or with a space and no zone (then UTC). */
export function parseEventTime(value: string | undefined): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?[Zz]?$/.exec(value ?? '');
  if (match === null) return undefined;
  const milliseconds = (match[3] ?? '.0').padEnd(4, '0').slice(0, 4);
  const at = Date.parse(`${match[1]}T${match[2]}${milliseconds}Z`);
  return Number.isNaN(at) ? undefined : at;
}

function digestOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : hash('sha256', text, 'base64url').slice(0, 16);
}

export function formatTime(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z');
}

function categoryOf(operation: string): OperationCategory {
  if (CRYPTOGRAPHIC.has(operation)) return 'cryptographic';
  return GRANT.has(operation) ? 'grant' : 'management';
}

function outcomeOf(errorCode: string | undefined): Outcome {
  if (errorCode === undefined) return 'success';
  if (errorCode === 'DryRunOperationException') return 'probe';
  return errorCode.startsWith('AccessDenied') || errorCode === 'VpceAccessDenied' ? 'denied' : 'failed';
}

/** The kind an ARN of an identity is of, in the words of `userIdentity.type`. */
function typeOfArn(arn: string | undefined): string | undefined {
  if (arn === undefined) return undefined;
  if (/^arn:[^:]+:sts::\d*:assumed-role\//.test(arn)) return 'AssumedRole';
  if (/^arn:[^:]+:iam::\d*:role\//.test(arn)) return 'AssumedRole';
  if (/^arn:[^:]+:iam::\d*:user\//.test(arn)) return 'IAMUser';
  if (/^arn:[^:]+:iam::\d*:root$/.test(arn)) return 'Root';
  if (/^arn:[^:]+:sts::\d*:federated-user\//.test(arn)) return 'FederatedUser';
  return undefined;
}

const TYPES_THAT_HAVE_AN_ARN = new Set(['AssumedRole', 'IAMUser', 'Root', 'FederatedUser']);

/** The contract's table, with an ARN that contradicts the type deciding. */
function principalOf(identity: Json, region: string | undefined): Principal {
  const arn = textIn(identity, 'arn');
  const principalId = textIn(identity, 'principalId');
  const accountId = textIn(identity, 'accountId');
  const invokedBy = textIn(identity, 'invokedBy');
  const session = objectIn(identity, 'sessionContext');
  const sourceIdentity = textIn(session, 'sourceIdentity');

  const named = textIn(identity, 'type') === 'Role' ? 'AssumedRole' : textIn(identity, 'type');
  const type = named !== undefined && TYPES_THAT_HAVE_AN_ARN.has(named) ? (typeOfArn(arn) ?? named) : named;

  const byAws = invokedBy === 'AWS Internal' || (invokedBy?.endsWith('.amazonaws.com') ?? false);
  const service = type === 'AWSService' || (type === undefined && arn === undefined && byAws);
  const via = !service && byAws && invokedBy !== 'AWS Internal' ? invokedBy : undefined;
  const common = { accountId, sourceIdentity, via };

  if (service) {
    const id = invokedBy === 'AWS Internal' ? 'kms.amazonaws.com' : invokedBy;
    return known({ id, type: 'service' as const, ...common });
  }
  const principalSession = principalId?.includes(':')
    ? principalId.slice(principalId.indexOf(':') + 1)
    : undefined;
  switch (type) {
    case 'AssumedRole': {
      const assumed = /^arn:([^:]+):sts::(\d*):assumed-role\/([^/]+)(?:\/(.+))?$/.exec(arn ?? '');
      const made = assumed === null ? arn : `arn:${assumed[1]}:iam::${assumed[2]}:role/${assumed[3]}`;
      const issuer = textIn(objectIn(session, 'sessionIssuer'), 'arn');
      return known({
        id: issuer ?? made,
        type: 'role' as const,
        session: assumed?.[4] ?? principalSession,
        ...common,
      });
    }
    case 'IAMUser':
      return known({ id: arn, type: 'user' as const, ...common });
    case 'Root': {
      const partition = arn?.split(':')[1] ?? partitionOf(region ?? '');
      const account = accountId ?? arn?.split(':')[4];
      const id = account === undefined ? undefined : `arn:${partition}:iam::${account}:root`;
      return known({ id, type: 'root' as const, ...common });
    }
    case 'AWSAccount': {
      const unique = principalId?.split(':')[0];
      const id = unique === undefined || accountId === undefined ? accountId : `${accountId}/${unique}`;
      return known({ id, type: 'account' as const, session: principalSession, ...common });
    }
    case 'FederatedUser':
      return known({ id: arn, type: 'federated' as const, ...common });
    case 'WebIdentityUser':
    case 'SAMLUser':
      return known({ id: principalId, type: 'federated' as const, ...common });
    case 'IdentityCenterUser': {
      const id = textIn(objectIn(identity, 'onBehalfOf'), 'userId');
      return known({ id, type: 'identity-center' as const, ...common });
    }
    default:
      return known({ id: arn ?? principalId, type: 'unknown' as const, ...common });
  }
}

function contextOf(value: Json): Readonly<Record<string, string>> | undefined {
  const strings = Object.entries(value).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return nonEmpty(Object.fromEntries(strings));
}

function grantOf(request: Json, response: Json, additional: Json): GrantDetail | undefined {
  const constraints = objectIn(request, 'constraints');
  const operations = textsIn(request, 'operations');
  return nonEmpty(
    known({
      id: textIn(response, 'grantId') ?? textIn(additional, 'grantId') ?? textIn(request, 'grantId'),
      grantee: textIn(request, 'granteePrincipal'),
      retiringPrincipal: textIn(request, 'retiringPrincipal'),
      operations: operations.length === 0 ? undefined : operations,
      constraints: nonEmpty(
        known({
          encryptionContextSubset: contextOf(objectIn(constraints, 'encryptionContextSubset')),
          encryptionContextEquals: contextOf(objectIn(constraints, 'encryptionContextEquals')),
        }),
      ),
    }),
  );
}

type NamedKey = Pick<OracleRow, 'keyArn' | 'keyRef' | 'keyFrom'>;

interface KeyClues {
  /** Key ARNs that the record holds, best first. */
  readonly recorded: readonly (string | undefined)[];
  readonly said: string | undefined;
  readonly inMessage: string | undefined;
  readonly accountId: string | undefined;
  readonly region: string | undefined;
}

function nameKey(clues: KeyClues): NamedKey {
  const { said, accountId, region } = clues;
  const candidates = [...clues.recorded, said].filter((arn) => arn !== undefined && KEY_ARN.test(arn));
  const keyFound = (keyArn: string, keyFrom: 'record' | 'id' | 'message'): NamedKey =>
    known({ keyArn, keyFrom, keyRef: said === keyArn ? undefined : said });

  if (candidates[0] !== undefined) return keyFound(candidates[0], 'record');
  if (clues.inMessage !== undefined) return keyFound(clues.inMessage, 'message');
  if (said !== undefined && BARE_KEY_ID.test(said) && accountId !== undefined && region !== undefined) {
    return keyFound(`arn:${partitionOf(region)}:kms:${region}:${accountId}:key/${said}`, 'id');
  }
  return known({ keyRef: said });
}

/** `account|Region|alias/name` of an alias as an event named it: an alias ARN says its own place. */
export function placeOfAlias(
  reference: string | undefined,
  accountId: string | undefined,
  region: string | undefined,
): string | undefined {
  const arn = ALIAS_ARN.exec(reference ?? '');
  if (arn !== null) return `${arn[2]}|${arn[1]}|${arn[3]}`;
  if (!reference?.startsWith('alias/') || accountId === undefined || region === undefined) return undefined;
  return `${accountId}|${region}|${reference}`;
}

const ALIAS_OPERATIONS = new Set(['CreateAlias', 'UpdateAlias', 'DeleteAlias']);
const LONGEST_STRING_BYTES = 4096;

/** Cuts strings over 4 KB, the encryption context and the event id aside, and says which. */
function bounded(row: OracleRow): OracleRow {
  const cut: string[] = [];
  const bound = (value: unknown, path: string): unknown => {
    if (typeof value === 'string' && Buffer.byteLength(value) > LONGEST_STRING_BYTES && path !== 'eventId') {
      cut.push(path);
      return Buffer.from(value).subarray(0, LONGEST_STRING_BYTES).toString().replace(/�+$/, '');
    }
    if (Array.isArray(value)) return value.map((element) => bound(element, path));
    if (typeof value !== 'object' || value === null || path === 'encryptionContext') return value;
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([name, member]) => [name, bound(member, path === '' ? name : `${path}.${name}`)]),
    );
  };
  const kept = bound(row, '') as OracleRow;
  return cut.length === 0 ? kept : { ...kept, truncated: [...new Set(cut)] };
}

/** A KMS record's facts, or the reason why it has none. */
export function readRecord(
  record: Json,
): { facts: RecordFacts; aliases: AliasKnowledge[] } | { reason: string } {
  const eventId = textIn(record, 'eventID');
  const eventTimeMs = parseEventTime(textIn(record, 'eventTime'));
  const operation = textIn(record, 'eventName');
  if (eventId === undefined) return { reason: 'no eventID' };
  if (eventTimeMs === undefined) return { reason: 'no valid eventTime' };
  if (operation === undefined) return { reason: 'no eventName' };

  const identity = objectIn(record, 'userIdentity');
  const request = objectIn(record, 'requestParameters');
  const response = objectIn(record, 'responseElements');
  const additional = objectIn(record, 'additionalEventData');
  const addendum = objectIn(record, 'addendum');
  const callerAccountId = textIn(identity, 'accountId');
  const recipientAccountId = textIn(record, 'recipientAccountId');
  const accountId = recipientAccountId ?? callerAccountId;
  const region = textIn(record, 'awsRegion');
  const errorCode = textIn(record, 'errorCode');
  const outcome = outcomeOf(errorCode);
  const resources = listIn(record, 'resources').map((entry) => textIn(entry, 'ARN') ?? textIn(entry, 'arn'));
  const keysInResources = resources.filter((arn) => arn !== undefined && KEY_ARN.test(arn));
  const aliasesInResources = resources.filter((arn) => arn !== undefined && ALIAS_ARN.test(arn));
  const message = textIn(record, 'errorMessage') ?? '';
  const inMessage = KEY_ARN_IN_TEXT.exec(message)?.[0];
  const place = { accountId, region };

  const common = known({
    eventId,
    eventTime: formatTime(eventTimeMs),
    accountId,
    region,
    operation,
    category: categoryOf(operation),
    outcome,
    errorCode,
    principal: principalOf(identity, region),
    grant: grantOf(request, response, additional),
    customKeyStoreId:
      textIn(additional, 'customKeyStoreId') ??
      textIn(request, 'customKeyStoreId') ??
      textIn(response, 'customKeyStoreId'),
    xksKeyId: textIn(additional, 'xksKeyId') ?? textIn(request, 'xksKeyId'),
    keyMaterialId: textIn(additional, 'keyMaterialId'),
    sourceIp: textIn(record, 'sourceIPAddress'),
    userAgent: textIn(record, 'userAgent'),
    vpcEndpointId: textIn(record, 'vpcEndpointId'),
    sharedEventId: textIn(record, 'sharedEventID'),
    callId: textIn(record, 'vpcEndpointId') === undefined ? undefined : digestOf(textIn(record, 'requestID')),
    supersedes:
      textIn(addendum, 'reason') === 'UPDATED_DATA' ? textIn(addendum, 'originalEventID') : undefined,
  });

  const rows: OracleRow[] = [];
  if (operation === 'ReEncrypt') {
    for (const [index, keyRole] of (['source', 'destination'] as const).entries()) {
      const action = keyRole === 'source' ? 'kms:ReEncryptFrom' : 'kms:ReEncryptTo';
      const named = nameKey({
        recorded: [keysInResources[index]],
        said: textIn(request, `${keyRole}KeyId`),
        inMessage: message.includes(action) ? inMessage : undefined,
        ...place,
      });
      const associated = textIn(request, `${keyRole}AAD`);
      const encryptionContext =
        contextOf(objectIn(request, `${keyRole}EncryptionContext`)) ??
        (associated === undefined ? undefined : { [`${keyRole}AAD`]: associated });
      rows.push(known({ ...common, ...named, keyRole, encryptionContext }));
    }
  } else {
    const said =
      textIn(request, 'keyId') ??
      (ALIAS_OPERATIONS.has(operation)
        ? (textIn(request, 'targetKeyId') ?? textIn(request, 'aliasName'))
        : undefined) ??
      textIn(objectIn(record, 'serviceEventDetails'), 'keyId') ??
      (keysInResources.length === 0 ? aliasesInResources[0] : undefined);
    const named = nameKey({
      recorded: [
        keysInResources[0],
        textIn(response, 'keyId'),
        textIn(objectIn(response, 'keyMetadata'), 'arn'),
      ],
      said,
      inMessage,
      ...place,
    });
    // What is done to an alias names the key by it.
    const alias = ALIAS_OPERATIONS.has(operation)
      ? (textIn(request, 'aliasName') ?? aliasesInResources[0])
      : undefined;
    const called = alias === undefined ? named : { ...named, keyRef: alias };
    rows.push(
      known({ ...common, ...called, encryptionContext: contextOf(objectIn(request, 'encryptionContext')) }),
    );
  }

  const aliases: AliasKnowledge[] = [];
  const learn = (reference: string | undefined, fact: AliasFact): void => {
    const where = placeOfAlias(reference, accountId, region);
    if (where !== undefined) aliases.push({ place: where, atMs: eventTimeMs, fact });
  };
  if (ALIAS_OPERATIONS.has(operation)) {
    const reference = aliasesInResources[0] ?? textIn(request, 'aliasName');
    const { keyArn } = rows[0] ?? {};
    if (operation === 'DeleteAlias' && outcome === 'success') {
      learn(reference, known({ kind: 'deleted' as const, keyBefore: keyArn }));
    } else if (operation === 'DeleteAlias' && keyArn !== undefined) {
      learn(reference, { kind: 'seen', key: keyArn });
    } else if (operation !== 'DeleteAlias' && outcome === 'success' && keyArn !== undefined) {
      learn(reference, { kind: 'set', key: keyArn });
    }
  } else {
    for (const row of rows) {
      const reference = row.keyRef ?? (operation === 'ReEncrypt' ? undefined : aliasesInResources[0]);
      if (row.keyArn !== undefined && row.keyFrom === 'record') {
        learn(reference, { kind: 'seen', key: row.keyArn });
      }
    }
  }

  const callersCopy = callerAccountId !== undefined && callerAccountId === recipientAccountId;
  return {
    facts: known({ eventId, eventTimeMs, recipientAccountId, callersCopy, rows: rows.map(bounded) }),
    aliases,
  };
}

/** A row of the contract without the judgement about jobs. */
export type OracleRow = Omit<UsageRow, 'attribution'>;
