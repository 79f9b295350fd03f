import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aRecordSet, aSetAndDeliveries } from './arbitrary-records.ts';
import type { OracleRow } from './facts.ts';
import { isObject, type Json, listIn, objectIn } from './json.ts';
import { comparable, Oracle, sortGroups } from './oracle.ts';

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const OTHER_KEY = 'arn:aws:kms:us-east-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321';
const FOREIGN_KEY = 'arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab';

function aDecrypt(members: Json = {}): Json {
  return {
    eventVersion: '1.11',
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
    eventID: 'event-1',
    eventTime: '2026-03-01T10:00:00Z',
    awsRegion: 'us-east-1',
    recipientAccountId: '111122223333',
    userIdentity: {
      type: 'IAMUser',
      arn: 'arn:aws:iam::111122223333:user/Alice',
      accountId: '111122223333',
    },
    requestParameters: null,
    resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: KEY }],
    ...members,
  };
}

function theOracle(...records: unknown[]): Oracle {
  const oracle = new Oracle();
  for (const record of records) oracle.add(record);
  return oracle;
}

function theRow(...records: unknown[]): OracleRow {
  const [row, ...others] = theOracle(...records).rows();
  if (row === undefined || others.length > 0) throw new Error('expected one row');
  return row;
}

const principalOf = (userIdentity: Json) => theRow(aDecrypt({ userIdentity })).principal;
const saysAlias = (eventID: string, minute: number, resources?: Json[]) =>
  aDecrypt({
    eventID,
    eventTime: `2026-03-01T10:0${minute}:00Z`,
    requestParameters: { keyId: 'alias/x' },
    resources,
  });

describe('a row', () => {
  it('has the members that the record tells and no others', () => {
    expect(theRow(aDecrypt())).toEqual({
      eventId: 'event-1',
      eventTime: '2026-03-01T10:00:00Z',
      accountId: '111122223333',
      region: 'us-east-1',
      keyArn: KEY,
      keyFrom: 'record',
      operation: 'Decrypt',
      category: 'cryptographic',
      outcome: 'success',
      principal: { id: 'arn:aws:iam::111122223333:user/Alice', type: 'user', accountId: '111122223333' },
    });
  });

  it('comes out of an envelope as out of a log file', () => {
    const envelope = { 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.kms', detail: aDecrypt() };
    const oracle = theOracle(envelope, aDecrypt());
    expect(oracle.rows()).toEqual([theRow(aDecrypt())]);
    expect(oracle.importCounts()).toMatchObject({ records: 2, kmsEvents: 2, usageRows: 1, duplicates: 1 });
  });

  it.each([
    [undefined, 'success'],
    ['AccessDenied', 'denied'],
    ['AccessDeniedException', 'denied'],
    ['VpceAccessDenied', 'denied'],
    ['DryRunOperationException', 'probe'],
    ['DisabledException', 'failed'],
  ])('of errorCode %s has the outcome %s', (errorCode, outcome) => {
    expect(theRow(aDecrypt({ errorCode })).outcome).toBe(outcome);
  });

  it('understands the times and types that log shippers write', () => {
    const row = theRow(
      aDecrypt({
        eventTime: '2025-03-05 21:19:44.000000000',
        requestParameters: 'null',
        responseElements: '',
        additionalEventData: '{"customKeyStoreId":"cks-1"}',
        userIdentity: 'Alice',
        resources: [{ arn: KEY }],
      }),
    );
    expect(row).toMatchObject({ eventTime: '2025-03-05T21:19:44Z', keyArn: KEY, customKeyStoreId: 'cks-1' });
    expect(row.principal).toEqual({ type: 'unknown' });
  });

  it('of ReEncrypt is two, each with its own key and context, the source also where it is not named', () => {
    const record = aDecrypt({
      eventName: 'ReEncrypt',
      requestParameters: {
        destinationKeyId: '0987dcba-09fe-87dc-65ba-ab0987654321',
        sourceEncryptionContext: { Project: 'Alpha' },
        destinationEncryptionContext: { Level: '3A' },
      },
      resources: [{ ARN: KEY }, { ARN: OTHER_KEY }],
    });
    const oracle = theOracle(record);
    expect(oracle.rows()).toMatchObject([
      { keyRole: 'destination', keyArn: OTHER_KEY, encryptionContext: { Level: '3A' } },
      { keyRole: 'source', keyArn: KEY, encryptionContext: { Project: 'Alpha' } },
    ]);
    expect(oracle.importCounts()).toMatchObject({ kmsEvents: 1, usageRows: 2, duplicates: 0 });
    const denied = aDecrypt({ eventName: 'ReEncrypt', errorCode: 'AccessDenied', resources: undefined });
    expect(
      theOracle(denied)
        .rows()
        .map(({ keyRole }) => keyRole),
    ).toEqual(['destination', 'source']);
  });
});

describe('the principal', () => {
  const assumed = 'arn:aws:sts::111122223333:assumed-role/Trainer/SageMaker';
  const issuer = { arn: 'arn:aws:iam::111122223333:role/service-role/Trainer' };

  it.each<[Json, Json]>([
    [
      { type: 'AssumedRole', arn: assumed, sessionContext: { sessionIssuer: issuer } },
      { type: 'role', id: issuer.arn, session: 'SageMaker' },
    ],
    [
      { type: 'AssumedRole', arn: assumed, invokedBy: 's3.amazonaws.com' },
      {
        type: 'role',
        id: 'arn:aws:iam::111122223333:role/Trainer',
        session: 'SageMaker',
        via: 's3.amazonaws.com',
      },
    ],
    [
      { type: 'IAMUser', arn: assumed, sessionContext: { sessionIssuer: {} }, invokedBy: 'AWS Internal' },
      { type: 'role', id: 'arn:aws:iam::111122223333:role/Trainer', session: 'SageMaker' },
    ],
    [
      { type: 'Root', arn: 'arn:aws-cn:iam::111122223333:root', accountId: '111122223333' },
      { type: 'root', id: 'arn:aws-cn:iam::111122223333:root', accountId: '111122223333' },
    ],
    [
      { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' },
      { type: 'service', id: 'ec2.amazonaws.com' },
    ],
    [
      { accountId: '111122223333', invokedBy: 'AWS Internal' },
      { type: 'service', id: 'kms.amazonaws.com', accountId: '111122223333' },
    ],
    [
      { type: 'AWSAccount', accountId: '444455556666', principalId: 'AROAX:visit' },
      { type: 'account', id: '444455556666/AROAX', accountId: '444455556666', session: 'visit' },
    ],
    [
      { type: 'AWSAccount', accountId: '444455556666' },
      { type: 'account', id: '444455556666', accountId: '444455556666' },
    ],
    [
      { type: 'SAMLUser', principalId: 'a:b' },
      { type: 'federated', id: 'a:b' },
    ],
    [
      { type: 'IdentityCenterUser', onBehalfOf: { userId: 'u-1' } },
      { type: 'identity-center', id: 'u-1' },
    ],
    [
      { type: 'Directory', principalId: 'd-1' },
      { type: 'unknown', id: 'd-1' },
    ],
    [{}, { type: 'unknown' }],
  ])('of %j is %j', (identity, principal) => {
    expect(principalOf(identity)).toMatchObject(principal);
    expect('via' in principalOf(identity)).toBe('via' in principal);
  });
});

describe('the key', () => {
  it.each<[Json, Json]>([
    [{ requestParameters: { keyId: KEY } }, { keyArn: KEY, keyFrom: 'record' }],
    [{ requestParameters: { keyId: 'alias/x' } }, { keyArn: KEY, keyFrom: 'record', keyRef: 'alias/x' }],
    [
      { resources: undefined, requestParameters: { keyId: KEY.split('/')[1] } },
      { keyArn: KEY, keyFrom: 'id', keyRef: KEY.split('/')[1] },
    ],
    [
      { resources: [], responseElements: { keyId: KEY }, requestParameters: { keyId: KEY.split('/')[1] } },
      { keyArn: KEY, keyFrom: 'record', keyRef: KEY.split('/')[1] },
    ],
    [
      {
        resources: null,
        errorCode: 'AccessDenied',
        errorMessage: `not authorized on resource: ${KEY} because`,
      },
      { keyArn: KEY, keyFrom: 'message' },
    ],
    [
      { resources: undefined, requestParameters: { keyId: 'alias/unheard-of' } },
      { keyRef: 'alias/unheard-of' },
    ],
    [{ resources: [{ ARN: '' }], requestParameters: { keyId: '' } }, {}],
  ])('of %j is %j', (members, named) => {
    const { keyArn, keyFrom, keyRef } = theRow(aDecrypt(members));
    expect(JSON.parse(JSON.stringify({ keyArn, keyFrom, keyRef }))).toEqual(named);
  });

  it('of a refused ReEncrypt is the one that the message speaks of', () => {
    const errorMessage = `User: x is not authorized to perform: kms:ReEncryptTo on resource: ${KEY} because`;
    const record = aDecrypt({
      eventName: 'ReEncrypt',
      errorCode: 'AccessDenied',
      errorMessage,
      resources: null,
    });
    expect(
      theOracle(record)
        .rows()
        .map(({ keyArn }) => keyArn),
    ).toEqual([KEY, undefined]);
  });

  it('of an alias is the one it meant at the time', () => {
    const set = (eventID: string, eventName: string, minute: number, key: string) =>
      aDecrypt({
        eventID,
        eventName,
        eventTime: `2026-03-01T10:0${minute}:00Z`,
        requestParameters: { aliasName: 'alias/x', targetKeyId: key },
        resources: [{ ARN: 'arn:aws:kms:us-east-1:111122223333:alias/x' }, { ARN: key }],
      });
    const records = [
      saysAlias('before', 0),
      set('created', 'CreateAlias', 1, KEY),
      saysAlias('first', 2),
      set('updated', 'UpdateAlias', 3, OTHER_KEY),
      saysAlias('second', 4),
      aDecrypt({
        eventID: 'deleted',
        eventName: 'DeleteAlias',
        eventTime: '2026-03-01T10:05:00Z',
        requestParameters: { aliasName: 'alias/x' },
        resources: [{ ARN: 'arn:aws:kms:us-east-1:111122223333:alias/x' }],
      }),
      saysAlias('after', 6),
    ];
    const expected = [undefined, KEY, KEY, OTHER_KEY, OTHER_KEY, OTHER_KEY, undefined];
    expect(
      theOracle(...records)
        .rows()
        .map(({ keyArn }) => keyArn),
    ).toEqual(expected);
    expect(
      theOracle(...records.toReversed())
        .rows()
        .map(({ keyArn }) => keyArn),
    ).toEqual(expected);
    expect(theOracle(...records).event('deleted')).toMatchObject([{ keyFrom: 'alias', keyRef: 'alias/x' }]);
  });

  it('of an alias is the one of the next sighting where nothing earlier is known', () => {
    const rows = theOracle(saysAlias('use', 0), saysAlias('sighting', 5, [{ ARN: KEY }])).rows();
    expect(rows).toMatchObject([
      { keyArn: KEY, keyFrom: 'alias' },
      { keyArn: KEY, keyFrom: 'record' },
    ]);
  });
});

describe('copies', () => {
  const poor = aDecrypt({ resources: undefined });
  const callers = aDecrypt({
    eventID: 'callers',
    eventTime: '2026-03-01T23:59:50Z',
    sharedEventID: 'shared',
    requestParameters: { keyId: FOREIGN_KEY },
    resources: undefined,
  });
  const owners = aDecrypt({
    eventID: 'a-copy',
    eventTime: '2026-03-02T00:00:10Z',
    sharedEventID: 'shared',
    recipientAccountId: '444455556666',
    userIdentity: { type: 'AWSAccount', principalId: 'AIDAALICE', accountId: '111122223333' },
    vpcEndpointId: 'vpce-1',
    resources: [{ ARN: FOREIGN_KEY }],
  });

  it('of one id are one row, of the copy that says most', () => {
    for (const records of [
      [poor, aDecrypt()],
      [aDecrypt(), poor],
    ]) {
      expect(theRow(...records)).toEqual(theRow(aDecrypt()));
      expect(theOracle(...records).importCounts()).toMatchObject({ usageRows: 1, duplicates: 1 });
      expect(theOracle(...records).alternatives('event-1')).toHaveLength(2);
      expect(theOracle(...records).acceptable('event-1')).toEqual([[theRow(aDecrypt())]]);
    }
  });

  it('of two accounts are one row that either id and every account finds', () => {
    const oracle = theOracle(owners, callers, owners);
    const row = {
      eventId: 'callers',
      eventTime: '2026-03-01T23:59:50Z',
      accountId: '111122223333',
      principal: { id: 'arn:aws:iam::111122223333:user/Alice' },
      keyArn: FOREIGN_KEY,
      vpcEndpointId: 'vpce-1',
      copies: ['a-copy', 'callers'],
    };
    expect(oracle.rows()).toMatchObject([row]);
    expect(oracle.event('a-copy')).toMatchObject([row]);
    expect(oracle.event('callers')).toMatchObject([row]);
    expect(oracle.usage({ account: ['444455556666'] })).toHaveLength(1);
    expect(oracle.usage({ account: ['111122223333'] })).toHaveLength(1);
    expect(oracle.usage({ account: ['777788889999'] })).toHaveLength(0);
    expect(oracle.importCounts()).toEqual({
      records: 3,
      kmsEvents: 3,
      usageRows: 1,
      duplicates: 1,
      folded: 1,
      jobEvents: 0,
      quarantined: 0,
    });
  });

  it('that correct an earlier event stay beside it, linked both ways', () => {
    const addendum = aDecrypt({
      eventID: 'event-2',
      eventTime: '2026-03-01T11:00:00Z',
      addendum: { reason: 'UPDATED_DATA', originalEventID: 'event-1' },
    });
    expect(theOracle(addendum, aDecrypt()).rows()).toMatchObject([
      { eventId: 'event-1', supersededBy: 'event-2' },
      { eventId: 'event-2', supersedes: 'event-1' },
    ]);
  });
});

describe('summaries', () => {
  it('count every row once and name what they group by', () => {
    const oracle = theOracle(
      aDecrypt(),
      aDecrypt({ eventID: 'event-2', eventTime: '2026-03-01T10:30:00Z' }),
      aDecrypt({ eventID: 'event-3', resources: [], requestParameters: { keyId: 'alias/x' } }),
      aDecrypt({ eventID: 'event-4', eventName: 'GenerateRandom', resources: [] }),
    );
    const at = '2026-03-01T10:00:00Z';
    expect(oracle.summary({}, ['key', 'hour'])).toEqual(
      sortGroups([
        { hour: at, count: 1, firstSeen: at, lastSeen: at },
        { hour: at, key: 'alias/x', count: 1, firstSeen: at, lastSeen: at },
        { hour: at, key: KEY, count: 2, firstSeen: at, lastSeen: '2026-03-01T10:30:00Z' },
      ]),
    );
    expect(oracle.keys()).toMatchObject([{ arn: KEY, uses: 2, principals: 1 }]);
    expect(oracle.principals()).toMatchObject([{ type: 'user', uses: 4, keys: 1 }]);
  });
});

const REAL = new URL('../../../shared/data/', import.meta.url);
const haveReal = existsSync(REAL);
if (!haveReal) console.warn(`skipped: real captures are not at ${REAL.pathname}`);

describe.skipIf(!haveReal)('real captures', () => {
  it('of an hour of one account are 2,900 records and 240 KMS events', () => {
    const folder = new URL('log-files/', REAL);
    const records = readdirSync(folder).flatMap((name) => {
      const file: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
      return isObject(file) ? listIn(file, 'Records') : [];
    });
    const oracle = theOracle(...records);
    expect(oracle.importCounts()).toEqual({
      records: 2900,
      kmsEvents: 240,
      usageRows: 240,
      duplicates: 0,
      folded: 0,
      jobEvents: 0,
      quarantined: 0,
    });
    expect(oracle.rows().every(({ keyArn, keyFrom }) => keyArn !== undefined && keyFrom === 'record')).toBe(
      true,
    );
    expect(oracle.summary({}, ['operation']).map(({ operation, count }) => [operation, count])).toEqual([
      ['Decrypt', 178],
      ['Encrypt', 42],
      ['GenerateDataKey', 20],
    ]);
  });

  it('of the documentation are rows, but for the one without an event id', () => {
    const lines = readFileSync(new URL('records/kms.ndjson', REAL), 'utf8').trim().split('\n');
    const oracle = new Oracle();
    for (const line of lines) {
      const sample: unknown = JSON.parse(line);
      oracle.add(isObject(sample) ? objectIn(sample, 'record') : sample);
    }
    const { kmsEvents, duplicates, folded, quarantined } = oracle.importCounts();
    expect([kmsEvents, quarantined, folded]).toEqual([134, 1, 0]);
    expect(kmsEvents - duplicates - quarantined).toBe(
      new Set(oracle.rows().map(({ eventId }) => eventId)).size,
    );
  });
});

describe('generated sets', () => {
  it('give the same answers in any order, repeated and in any batches', () => {
    fc.assert(
      fc.property(aSetAndDeliveries(), ({ records, one, other }) => {
        const [plain, first, second] = [records, one.flat(), other.flat()].map((given) =>
          theOracle(...given),
        );
        expect(first?.rows()).toEqual(plain?.rows());
        expect(second?.rows()).toEqual(plain?.rows());
        expect(second?.keys()).toEqual(plain?.keys());
        const counts = first?.importCounts();
        expect(counts?.kmsEvents).toBe(
          (counts?.duplicates ?? 0) +
            (counts?.folded ?? 0) +
            (counts?.quarantined ?? 0) +
            new Set(first?.rows().map(({ eventId }) => eventId)).size,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('have an acceptable answer for each event: what the oracle itself answers', () => {
    fc.assert(
      fc.property(aRecordSet({ maxEvents: 15, versions: 'free' }), (records) => {
        const oracle = theOracle(...records);
        for (const { eventId } of oracle.rows()) {
          const own = oracle.event(eventId).map(comparable);
          expect(oracle.acceptable(eventId).map((rows) => rows.map(comparable))).toContainEqual(own);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are JSON, and meet everything that the contract tells apart', () => {
    const sets = fc.sample(aRecordSet(), { numRuns: 60, seed: 1 });
    expect(JSON.parse(JSON.stringify(sets))).toEqual(sets);
    const rows = sets.flatMap((records) => theOracle(...records).rows());
    const met = (pick: (row: OracleRow) => string | undefined) => new Set(rows.map(pick));
    expect(met(({ keyFrom }) => keyFrom).size).toBe(5);
    expect(met(({ outcome }) => outcome).size).toBe(4);
    expect(met(({ category }) => category).size).toBe(3);
    expect(met(({ principal }) => principal.type).size).toBe(8);
    expect(rows.some(({ copies }) => copies?.length === 3)).toBe(true);
    expect(rows.some(({ supersededBy }) => supersededBy !== undefined)).toBe(true);
    expect(rows.some(({ keyArn, keyRef }) => keyArn === undefined && keyRef?.includes('alias/'))).toBe(true);
    const counts = sets.map((records) => theOracle(...records).importCounts());
    for (const name of ['duplicates', 'folded', 'jobEvents', 'quarantined'] as const) {
      expect(
        counts.some((count) => count[name] > 0),
        name,
      ).toBe(true);
    }
  });
});
