import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import { parseJson } from '../../src/text/parse-json.ts';
import {
  aCreateGrant,
  aDecrypt,
  aKmsRecord,
  aReEncrypt,
  aRole,
  aUser,
  keyArn,
  keyId,
} from '../builders/cloud-trail-record.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const options = { hashAccessKey: (accessKeyId: string) => `hash of ${accessKeyId.length} characters` };

const anyJson = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });

/** Text that parts of the parser look for, among any other. */
const likelyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    'null',
    '{',
    '{}',
    '[]',
    '__proto__',
    '\ud800',
    'arn:',
    'arn:::::',
    keyArn,
    keyId,
    'alias/x',
  ),
  fc.constantFrom('kms.amazonaws.com', 'AWS Internal', 'x'.repeat(9000), '키'.repeat(3000), 'mrk-', ':', '/'),
);

const anyMember = fc.oneof(anyJson, likelyText, fc.dictionary(likelyText, fc.oneof(anyJson, likelyText)));

const anyRecord = fc.constantFrom(
  aDecrypt({ by: aRole({ inScopeOf: { sourceArn: 'arn:x' }, onBehalfOf: { userId: 'u' } }) }),
  aReEncrypt({ by: aUser() }),
  aCreateGrant({ additionalEventData: { grantId: 'g', customKeyStoreId: 'c', xksKeyId: 'x' } }),
  aKmsRecord('RotateKey', {
    serviceEventDetails: { keyId },
    addendum: { reason: 'UPDATED_DATA', originalEventID: 'o' },
  }),
  aKmsRecord('CreateAlias', { requestParameters: { aliasName: 'alias/x', targetKeyId: keyId } }),
  aKmsRecord('CreateKey', {
    responseElements: { keyMetadata: { arn: keyArn, xksKeyConfiguration: { id: 'x' } } },
  }),
  aKmsRecord('Encrypt', { errorCode: 'AccessDenied', errorMessage: `not found: ${keyArn}`, resources: null }),
);

/** A copy of `value` in which what stands at one place, chosen by `choices`, is something else. */
function mutated(value: unknown, choices: readonly number[], replacement: unknown): unknown {
  const [choice, ...others] = choices;
  if (choice === undefined || typeof value !== 'object' || value === null) {
    return replacement;
  }
  const entries = Object.entries(value);
  const chosen = choice % Math.max(entries.length, 1);
  const copied = entries.map(([name, member], index) => [
    name,
    index === chosen ? mutated(member, others, replacement) : member,
  ]);
  return Array.isArray(value) ? copied.map(([, member]) => member) : Object.fromEntries(copied);
}

test('any JSON at all is one of the five kinds, and never an exception', () => {
  fc.assert(
    fc.property(fc.oneof(anyJson, anyMember), (value) => {
      expect(['key-use', 'job-event', 'session', 'other', 'quarantine']).toContain(
        parseEvent(value, options).kind,
      );
    }),
    { numRuns: fuzzRuns(700) },
  );
});

test('whatever says it is of KMS is a use or in quarantine as KMS’s', () => {
  fc.assert(
    fc.property(fc.dictionary(likelyText, anyJson), (members) => {
      const event = parseEvent({ ...members, eventSource: 'kms.amazonaws.com' }, options);
      expect(event.kind === 'key-use' || (event.kind === 'quarantine' && event.isKms)).toBe(true);
    }),
    { numRuns: fuzzRuns(700) },
  );
});

describe('a record with anything in the place of one of its parts', () => {
  const places = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 });

  test('is a use or in quarantine, and what is kept of it survives UTF-8 and JSON', () => {
    fc.assert(
      fc.property(anyRecord, places, anyMember, (record, choices, replacement) => {
        const value = mutated(record, choices, replacement);
        const event = parseEvent(value, options);
        if (typeof value !== 'object' || !('eventSource' in Object(value))) {
          expect(event.kind).toBe('quarantine');
          return;
        }
        const json = JSON.stringify(event);
        expect(parseJson(Buffer.from(json, 'utf8').toString('utf8'))).toEqual(parseJson(json));
        expect(json.isWellFormed() && !/\\ud[89a-f]/i.test(withoutEscapedBackslashes(json))).toBe(true);
        expect(hasAbsentMember(event)).toBe(false);
      }),
      { numRuns: fuzzRuns(1_500) },
    );
  });

  test('is the same the second time, and bare, in an envelope or in LookupEvents', () => {
    fc.assert(
      fc.property(anyRecord, places, anyMember, (record, choices, replacement) => {
        const value: unknown = JSON.parse(JSON.stringify(mutated(record, choices, replacement)));
        fc.pre(typeof value === 'object' && Object(value).eventSource === 'kms.amazonaws.com');
        const event = parseEvent(value, options);
        expect(parseEvent(value, options)).toEqual(event);
        expect(parseEvent({ 'detail-type': 'AWS API Call via CloudTrail', detail: value }, options)).toEqual(
          event,
        );
        expect(parseEvent({ CloudTrailEvent: JSON.stringify(value) }, options)).toEqual(event);
      }),
      { numRuns: fuzzRuns(400) },
    );
  });
});

function withoutEscapedBackslashes(json: string): string {
  return json.replaceAll('\\\\', '');
}

/** Whether a member stands there with nothing in it: absent members are missing ones. */
function hasAbsentMember(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return value === undefined || value === null;
  }
  return Object.entries(value).some(
    ([name, member]) => name !== 'encryptionContext' && hasAbsentMember(member),
  );
}
