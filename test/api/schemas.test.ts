import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { usagePageSchema, usageRowSchema } from '../../src/api/schemas.ts';
import type { UsageRow } from '../../src/history/query/questions.ts';
import { parseJson } from '../../src/text/parse-json.ts';
import { rowsASecondApart } from './fake-history.ts';

const text = fc.string();
const texts = fc.array(text, { maxLength: 3 });
const instant = fc.constantFrom('2026-03-01T10:00:00Z', '2026-03-01T10:00:00.123Z');

/** Any row: every member that the type has, each there or not. */
const source = fc.record(
  { kind: fc.constantFrom('object', 'event-bus', 'lookup-events', 'local-file'), name: text, sha256: text },
  { requiredKeys: ['kind'] },
);

const usageRow: fc.Arbitrary<UsageRow> = fc.record(
  {
    eventId: text,
    eventTime: instant,
    accountId: text,
    region: text,
    keyArn: text,
    keyRef: text,
    keyFrom: fc.constantFrom('record', 'alias', 'id', 'message'),
    keyRole: fc.constantFrom('source', 'destination'),
    operation: text,
    category: fc.constantFrom('cryptographic', 'grant', 'management'),
    outcome: fc.constantFrom('success', 'denied', 'failed', 'probe'),
    errorCode: text,
    principal: fc.record(
      {
        id: text,
        type: fc.constantFrom(
          'role',
          'user',
          'root',
          'service',
          'account',
          'federated',
          'identity-center',
          'unknown',
        ),
        accountId: text,
        session: text,
        sourceIdentity: text,
        via: text,
      },
      { requiredKeys: ['type'] },
    ),
    encryptionContext: fc.dictionary(text, text),
    grant: fc.record(
      {
        id: text,
        grantee: text,
        retiringPrincipal: text,
        operations: texts,
        constraints: fc.dictionary(text, fc.dictionary(text, text)),
      },
      { requiredKeys: [] },
    ),
    keyMaterialId: text,
    customKeyStoreId: text,
    xksKeyId: text,
    sourceIp: text,
    userAgent: text,
    vpcEndpointId: text,
    sharedEventId: text,
    eventCategory: fc.string(),
    callId: fc.string(),
    copies: texts,
    supersedes: text,
    supersededBy: text,
    truncated: texts,
    masked: texts,
    expected: fc.constantFrom('yes', 'no', 'no-rule'),
    expectation: text,
    attribution: fc.record(
      {
        status: fc.constantFrom('exact', 'strong', 'probable', 'ambiguous', 'none'),
        jobs: fc.array(
          fc.record(
            { arn: text, type: text, createdTime: instant, reasons: texts },
            { requiredKeys: ['arn', 'type'] },
          ),
          { maxLength: 3 },
        ),
        reasons: texts,
        authorJob: fc.record({ arn: text }),
      },
      { requiredKeys: ['status', 'jobs'] },
    ),
    source,
    otherSources: fc.array(source, { maxLength: 3 }),
  } satisfies { [M in keyof UsageRow]-?: fc.Arbitrary<unknown> },
  { requiredKeys: ['eventId', 'eventTime', 'operation', 'category', 'outcome', 'principal', 'attribution'] },
);

describe('a row parsed out', () => {
  test('is the row, whatever it holds', () => {
    fc.assert(
      fc.property(usageRow, (row) => {
        expect(parseJson(JSON.stringify(usageRowSchema.parse(row)))).toEqual(parseJson(JSON.stringify(row)));
      }),
    );
  });

  test('is the row without what is not promised of it', () => {
    const unpromised = { extra: 1, join: { accessKeyHash: 'x' } };
    fc.assert(
      fc.property(usageRow, (row) => {
        const { principal, grant = {}, attribution } = row;
        const leaking = {
          ...row,
          ...unpromised,
          principal: { ...principal, ...unpromised },
          grant: { ...grant, ...unpromised },
          attribution: { ...attribution, ...unpromised },
        };
        expect(usageRowSchema.parse(leaking)).toEqual({ ...row, grant });
      }),
    );
  });

  test('costs little: a page of a thousand takes under 10 ms once warm', () => {
    const window = { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' };
    const coverage = { hours: 24, observed: 24, silent: 0 };
    const page = { items: rowsASecondApart(1000), window, coverage };
    const timesMs = Array.from({ length: 30 }, () => {
      const start = performance.now();
      usagePageSchema.parse(page);
      return performance.now() - start;
    });
    // The best of them: a busy machine slows some, and says nothing of the schema.
    expect(Math.min(...timesMs)).toBeLessThan(10);
  });
});
