import fc from 'fast-check';
import { aDecrypt, aKmsRecord, aResource, keyArn, otherKeyArn } from '../builders/cloud-trail-record.ts';
import { isObject, type Json } from '../oracle/json.ts';
import { guid } from '../oracle/universe.ts';

/**
 * Records of three days that say little but aliases: what they were pointed at, that they were deleted, uses
 * that name both alias and key, and uses that name the alias alone. Each is at a time of its own.
 */
export const anAliasStory: fc.Arbitrary<Json[]> = fc
  .uniqueArray(
    fc.record({
      minute: fc.nat(3 * 24 * 60 - 1),
      kind: fc.constantFrom('use', 'use', 'use', 'set', 'set', 'deleted', 'seen'),
      alias: fc.constantFrom('alias/one', 'alias/two'),
      arn: fc.constantFrom(keyArn, otherKeyArn),
    }),
    { minLength: 2, maxLength: 8, selector: ({ minute }) => minute },
  )
  .map((events) =>
    events
      .map(({ minute, kind, alias, arn }) => {
        const when = {
          eventTime: new Date(Date.parse('2026-03-01T00:00:00Z') + minute * 60_000)
            .toISOString()
            .replace('.000Z', 'Z'),
          eventID: guid('alias story', minute),
        };
        switch (kind) {
          case 'use':
            return aKmsRecord('DescribeKey', { ...when, ...naming(alias), resources: undefined });
          case 'seen':
            return aDecrypt({ ...when, ...naming(alias), resources: [aResource(arn)] });
          case 'set':
            return aKmsRecord('UpdateAlias', {
              ...when,
              requestParameters: { aliasName: alias, targetKeyId: arn },
              resources: [aResource(arn)],
            });
          case 'deleted':
            return aKmsRecord('DeleteAlias', {
              ...when,
              requestParameters: { aliasName: alias },
              resources: undefined,
            });
          default:
            return kind satisfies never;
        }
      })
      .filter(isObject),
  );

function naming(alias: string) {
  return { requestParameters: { keyId: alias } };
}
