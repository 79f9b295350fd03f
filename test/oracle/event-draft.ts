import * as fc from 'fast-check';
import { aChangingAlias, aPlace } from './alias-history.ts';
import {
  CALLER_KINDS,
  CONTEXTS,
  CROSS_ACCOUNT_CALLERS,
  FAILURES,
  MANAGEMENT_WRITES,
  OPERATIONS_ON_A_KEY,
  SERVICE_EVENTS,
} from './universe.ts';

/** Even seconds off the second day's midnight: a day each way, crowded at midnight and at ten o'clock. */
const anEvenSecond = fc.oneof(
  fc.integer({ min: -43_200, max: 43_200 }).map((half) => half * 2),
  fc.integer({ min: -5, max: 5 }).map((half) => half * 2),
  fc.integer({ min: -5, max: 5 }).map((half) => 36_000 + half * 2),
);

export const TIME_FORMS = ['Z', 'Z', 'Z', 'Z', 'z', 'space', 'milliseconds'] as const;
/** Members that later copies of one event may lack. None adds anything to a row by going. */
export const LOSSES = [
  ['resources'],
  ['responseElements'],
  ['additionalEventData'],
  ['requestParameters', 'encryptionContext'],
  ['requestParameters'],
  ['userIdentity', 'sessionContext'],
  ['vpcEndpointId'],
  ['errorMessage'],
] as const satisfies readonly (readonly string[])[];
/** The members that every record has here, one of which each poorer version loses for certain. */
export const CERTAIN_LOSSES = ['userAgent', 'sourceIPAddress'] as const;

const ODDITIES = [
  'lower-case arn',
  'no resource type',
  'request "null"',
  'response ""',
  'additional data as text',
  'resources ""',
  'resources null',
  'identity as text',
  'no recipient',
  'fields from the future',
] as const;
export type Oddity = (typeof ODDITIES)[number];

const aKeyNaming = fc.constantFrom('unnamed', 'arn', 'id', 'alias', 'alias ARN');
export type KeyNaming = 'unnamed' | 'arn' | 'id' | 'alias' | 'alias ARN';

/** What every event has, whatever it is about. */
const aCircumstance = fc.record({
  place: aPlace,
  atSeconds: anEvenSecond,
  timeForm: fc.constantFrom(...TIME_FORMS),
  caller: fc.constantFrom(...CALLER_KINDS),
  keyIndex: fc.nat(2),
  alias: aChangingAlias,
  context: fc.option(fc.constantFrom(...CONTEXTS), { nil: undefined }),
  viaEndpoint: fc.boolean(),
  keyStore: fc.constantFrom(undefined, undefined, {
    customKeyStoreId: 'cks-9876543210fedcba9',
    xksKeyId: 'abc01',
  }),
  oddity: fc.option(fc.constantFrom(...ODDITIES), { nil: undefined, freq: 6 }),
  /** As EventBridge brought it; `both` is a log file's copy and EventBridge's. */
  door: fc.constantFrom('log', 'log', 'log', 'envelope', 'both'),
  repeats: fc.constantFrom(0, 0, 0, 1, 2),
  losses: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.subarray([...LOSSES.keys()], { maxLength: 2 }), {
        minLength: 1,
        maxLength: CERTAIN_LOSSES.length,
      }),
    },
  ),
});
export type Circumstance = typeof aCircumstance extends fc.Arbitrary<infer T> ? T : never;

const aSubject = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('use' as const),
      operation: fc.constantFrom(...OPERATIONS_ON_A_KEY),
      naming: aKeyNaming,
      resources: fc.boolean(),
      errorCode: fc.option(fc.constantFrom(...FAILURES), { nil: undefined, freq: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('denied' as const),
      operation: fc.constantFrom(...OPERATIONS_ON_A_KEY, 'CreateGrant', 'CreateKey'),
      errorCode: fc.constantFrom('AccessDenied', 'AccessDeniedException', 'VpceAccessDenied'),
      told: fc.constantFrom('nothing', 'message', 'request', 'resources'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('keyless' as const),
      operation: fc.constantFrom('GenerateRandom', 'ListKeys', 'ListAliases', 'DescribeCustomKeyStores'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('re-encrypt' as const),
      sourceNaming: aKeyNaming,
      destinationNaming: fc.constantFrom('arn' as const, 'id' as const, 'alias' as const),
      destinationStep: fc.nat(2),
      resources: fc.constantFrom('both', 'both', 'source', 'none'),
      contexts: fc.constantFrom('both', 'source', 'destination', 'none'),
      denied: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('grant' as const),
      operation: fc.constantFrom('CreateGrant', 'RetireGrant', 'RevokeGrant'),
      grant: fc.nat(2),
      constraint: fc.constantFrom('encryptionContextSubset', 'encryptionContextEquals', 'empty', 'none'),
      operations: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('management' as const),
      operation: fc.constantFrom(...MANAGEMENT_WRITES),
      naming: fc.constantFrom('arn' as const, 'id' as const),
      keyIn: fc.constantFrom('resources', 'response', 'request'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('service event' as const),
      operation: fc.constantFrom(...SERVICE_EVENTS),
      resources: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('cross-account' as const),
      operation: fc.constantFrom(
        'Decrypt',
        'Encrypt',
        'GenerateDataKey',
        'CreateGrant',
        'DescribeKey',
        'ReEncrypt',
      ),
      caller: fc.constantFrom(...CROSS_ACCOUNT_CALLERS),
      /** How far round the accounts the owners are; two for a `ReEncrypt` between two others' keys. */
      owners: fc.constantFrom([1], [2], [1, 2]),
      secondsLater: fc.oneof(
        fc.constant(0),
        fc.integer({ min: -15, max: 15 }).map((half) => half * 2),
      ),
      byAlias: fc.boolean(),
      callerLacks: fc.subarray([
        'userAgent',
        'vpcEndpointId',
        'resources',
        'responseElements',
        'additionalEventData',
      ]),
      ownerLacks: fc.subarray(['userAgent', 'sourceIPAddress', 'vpcEndpointId', 'requestParameters']),
      copiesIn: fc.constantFrom('all', 'all', 'all', 'caller', 'owner'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('addendum' as const),
      reason: fc.constantFrom('UPDATED_DATA', 'UPDATED_DATA', 'DELIVERY_DELAY', 'SERVICE_OUTAGE'),
      original: fc.nat(1000),
      operation: fc.constantFrom(...OPERATIONS_ON_A_KEY),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('other' as const),
      what: fc.constantFrom(
        's3',
        'insights',
        'training job',
        'state change',
        'list of jobs',
        'KMS rotation notice',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('broken' as const),
      how: fc.constantFrom(
        'no eventID',
        'empty eventID',
        'numeric eventID',
        'no eventTime',
        'null eventTime',
        'eventTime in words',
        'empty eventTime',
      ),
    }),
  },
);
export type Subject = typeof aSubject extends fc.Arbitrary<infer T> ? T : never;
export type SubjectOf<K extends Subject['kind']> = Extract<Subject, { kind: K }>;

export interface Draft {
  readonly circumstance: Circumstance;
  readonly subject: Subject;
}

export const aDraft: fc.Arbitrary<Draft> = fc.record({ circumstance: aCircumstance, subject: aSubject });
