import { describe, expect, test } from 'vitest';
import { mayMatch } from '../../src/doctor/event-pattern.ts';

const EVENT = {
  source: 'aws.kms',
  'detail-type': 'AWS API Call via CloudTrail',
  detail: { eventName: 'Decrypt' },
};

describe('a pattern', () => {
  test.each<[string, object]>([
    ['of nothing', {}],
    ['of the values', { source: ['aws.s3', 'aws.kms'], detail: { eventName: ['Decrypt'] } }],
    ['of fields that are not known', { account: ['111122223333'], detail: { readOnly: [true] } }],
    ['of a prefix', { source: [{ prefix: 'aws.' }] }],
    ['of a suffix', { 'detail-type': [{ suffix: 'via CloudTrail' }] }],
    ['of a wildcard', { 'detail-type': [{ wildcard: 'AWS * via *' }] }],
    ['of other case', { source: [{ 'equals-ignore-case': 'AWS.KMS' }] }],
    ['of anything but others', { detail: { eventName: [{ 'anything-but': ['DescribeKey', 'ListKeys'] }] } }],
    ['of anything but a prefix', { detail: { eventName: [{ 'anything-but': { prefix: 'Describe' } }] } }],
    [
      'of anything but some prefixes',
      { detail: { eventName: [{ 'anything-but': { prefix: ['Describe', 'List'] } }] } },
    ],
    ['of presence', { detail: { eventName: [{ exists: true }] } }],
    ['of one of two', { $or: [{ source: ['aws.s3'] }, { source: ['aws.kms'] }] }],
    ['of a filter that is not known', { source: [{ soon: 'there' }] }],
  ])('%s may match', (_, pattern) => {
    expect(mayMatch(JSON.stringify(pattern), EVENT)).toBe(true);
  });

  test.each<[string, object]>([
    ['of other values', { source: ['aws.s3'] }],
    ['of no values', { source: [] }],
    [
      'of one that matches and one that does not',
      { source: ['aws.kms'], detail: { eventName: ['Encrypt'] } },
    ],
    ['of another prefix', { source: [{ prefix: 'aws.s' }] }],
    ['of another suffix', { 'detail-type': [{ suffix: 'State Change' }] }],
    ['of another wildcard', { 'detail-type': [{ wildcard: 'SageMaker *' }] }],
    ['of another text', { source: [{ 'equals-ignore-case': 'AWS.S3' }] }],
    ['of anything but it', { detail: { eventName: [{ 'anything-but': 'Decrypt' }] } }],
    ['of anything but its prefix', { detail: { eventName: [{ 'anything-but': { prefix: 'De' } }] } }],
    [
      'of anything but prefixes, its own among them',
      { detail: { eventName: [{ 'anything-but': { prefix: ['List', 'De'] } }] } },
    ],
    ['of absence', { detail: { eventName: [{ exists: false }] } }],
    ['of neither of two', { $or: [{ source: ['aws.s3'] }, { detail: { eventName: ['Sign'] } }] }],
  ])('%s does not', (_, pattern) => {
    expect(mayMatch(JSON.stringify(pattern), EVENT)).toBe(false);
  });

  test('that is no JSON does not', () => {
    expect(mayMatch('source: aws.kms', EVENT)).toBe(false);
  });
});
