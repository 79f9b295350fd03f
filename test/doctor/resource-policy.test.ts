import { describe, expect, test } from 'vitest';
import { allows, type PolicyRequest, type PolicyVerdict } from '../../src/doctor/resource-policy.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:111122223333:ingest';
const RULE = 'arn:aws:events:us-east-1:111122223333:rule/kms';
const ALLOWED = {
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: QUEUE,
};

const SEND: PolicyRequest = {
  principal: { kind: 'service', name: 'events.amazonaws.com' },
  action: 'sqs:SendMessage',
  resource: QUEUE,
  conditionKeys: { 'aws:sourcearn': RULE, 'aws:securetransport': 'true' },
};

const verdictOf = (statements: unknown, request = SEND) =>
  allows(JSON.stringify({ Statement: statements }), request);
const withCondition = (Condition: object) => ({ ...ALLOWED, Condition });

describe('a resource policy', () => {
  test.each<[string, unknown, PolicyVerdict]>([
    ['a statement for it', [ALLOWED], 'yes'],
    ['a statement that is no list', ALLOWED, 'yes'],
    ['everybody', { ...ALLOWED, Principal: '*' }, 'yes'],
    ['everybody of AWS', { ...ALLOWED, Principal: { AWS: '*' } }, 'yes'],
    [
      'several services',
      { ...ALLOWED, Principal: { Service: ['sns.amazonaws.com', 'events.amazonaws.com'] } },
      'yes',
    ],
    ['several actions, in any case', { ...ALLOWED, Action: ['sqs:ReceiveMessage', 'SQS:Send*'] }, 'yes'],
    ['every resource', { ...ALLOWED, Resource: '*' }, 'yes'],
    ['none', [], 'no'],
    ['another service', { ...ALLOWED, Principal: { Service: 's3.amazonaws.com' } }, 'no'],
    ['another action', { ...ALLOWED, Action: 'sqs:ReceiveMessage' }, 'no'],
    ['another resource', { ...ALLOWED, Resource: `${QUEUE}-dead` }, 'no'],
    ['the rule', withCondition({ ArnEquals: { 'aws:SourceArn': RULE } }), 'yes'],
    [
      'rules by their names',
      withCondition({ ArnLike: { 'AWS:SourceArn': RULE.replace('kms', '*') } }),
      'yes',
    ],
    ['one of several rules', withCondition({ StringEquals: { 'aws:SourceArn': ['x', RULE] } }), 'yes'],
    ['another rule', withCondition({ ArnEquals: { 'aws:SourceArn': `${RULE}2` } }), 'no'],
    ['anything but the rule', withCondition({ ArnNotLike: { 'aws:SourceArn': RULE } }), 'no'],
    ['what is not known', withCondition({ StringEquals: { 'aws:SourceOrgID': 'o-x' } }), 'unsure'],
    ['an operator of another kind', withCondition({ DateLessThan: { 'aws:SourceArn': '2026' } }), 'unsure'],
    ['actions by exception', { ...ALLOWED, Action: undefined, NotAction: 'sqs:Purge' }, 'unsure'],
    ['it, and a denial of it', [ALLOWED, { ...ALLOWED, Effect: 'Deny' }], 'no'],
    [
      'it, and a denial of what is not encrypted on its way',
      [ALLOWED, { ...ALLOWED, Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': false } } }],
      'yes',
    ],
    [
      'it, and a denial that is not judged',
      [ALLOWED, { ...ALLOWED, Effect: 'Deny', Condition: { StringNotEquals: { 'aws:SourceOrgID': 'o-x' } } }],
      'unsure',
    ],
  ])('that has %s', (_, statements, expected) => {
    expect(verdictOf(statements)).toBe(expected);
  });

  test.each<[string, string | undefined]>([
    ['is missing', undefined],
    ['is no JSON', 'Allow'],
    ['has no statement', '{}'],
  ])('that %s allows nothing', (_, policy) => {
    expect(allows(policy, SEND)).toBe('no');
  });

  test.each<[string, unknown, PolicyVerdict]>([
    ['its id', '444455556666', 'yes'],
    ['its root', 'arn:aws:iam::444455556666:root', 'yes'],
    ['a role of it', 'arn:aws:iam::444455556666:role/spoke', 'unsure'],
    ['another account', ['arn:aws:iam::777788889999:root'], 'no'],
  ])('lets an account in by %s', (_, AWS, expected) => {
    const request: PolicyRequest = { ...SEND, principal: { kind: 'account', id: '444455556666' } };
    expect(verdictOf({ ...ALLOWED, Principal: { AWS } }, request)).toBe(expected);
  });
});
