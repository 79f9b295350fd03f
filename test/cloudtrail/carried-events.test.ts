import { describe, expect, test } from 'vitest';
import { carriedEvents } from '../../src/cloudtrail/carried-events.ts';
import type { BasicSelector, FieldSelector } from '../../src/cloudtrail/trail-selectors.ts';

const ALL = ['kms-read', 'kms-write', 'sagemaker-read', 'sagemaker-write'];
const SAGEMAKER = ['sagemaker-read', 'sagemaker-write'];

function aBasic(selector: Partial<BasicSelector>): BasicSelector {
  return { readWriteType: 'All', includesManagementEvents: true, excludedSources: [], ...selector };
}

function aField(field: string, operators: Partial<Omit<FieldSelector, 'field'>>): FieldSelector {
  const none = {
    equals: [],
    startsWith: [],
    endsWith: [],
    notEquals: [],
    notStartsWith: [],
    notEndsWith: [],
  };
  return { field, ...none, ...operators };
}

const MANAGEMENT = aField('eventCategory', { equals: ['Management'] });

describe('a trail carries', () => {
  test.each<[string, readonly BasicSelector[], readonly string[]]>([
    ['everything by default', [], ALL],
    ['everything', [aBasic({})], ALL],
    ['reads', [aBasic({ readWriteType: 'ReadOnly' })], ['kms-read', 'sagemaker-read']],
    ['writes', [aBasic({ readWriteType: 'WriteOnly' })], ['kms-write', 'sagemaker-write']],
    ['no data events', [aBasic({ includesManagementEvents: false })], []],
    ['all but KMS', [aBasic({ excludedSources: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] })], SAGEMAKER],
    [
      'what is of any selector',
      [aBasic({ readWriteType: 'ReadOnly' }), aBasic({ readWriteType: 'WriteOnly' })],
      ALL,
    ],
  ])('%s, by basic selectors', (_, basic, kinds) => {
    expect([...carriedEvents({ basic, advanced: [] }).kinds]).toEqual(kinds);
  });

  test.each<[string, readonly FieldSelector[], readonly string[]]>([
    ['everything', [MANAGEMENT], ALL],
    ['no data events', [aField('eventCategory', { equals: ['Data'] })], []],
    ['reads', [MANAGEMENT, aField('readOnly', { equals: ['true'] })], ['kms-read', 'sagemaker-read']],
    ['all but KMS', [MANAGEMENT, aField('eventSource', { notEquals: ['kms.amazonaws.com'] })], SAGEMAKER],
    [
      'all but what begins like KMS',
      [MANAGEMENT, aField('eventSource', { notStartsWith: ['kms.'] })],
      SAGEMAKER,
    ],
    ['nothing of AWS', [MANAGEMENT, aField('eventSource', { notEndsWith: ['.amazonaws.com'] })], []],
    [
      'all but another source',
      [MANAGEMENT, aField('eventSource', { notEquals: ['rdsdata.amazonaws.com'] })],
      ALL,
    ],
    [
      'KMS alone',
      [MANAGEMENT, aField('eventSource', { equals: ['kms.amazonaws.com'] })],
      ['kms-read', 'kms-write'],
    ],
    ['what begins so', [MANAGEMENT, aField('eventSource', { startsWith: ['sage'] })], SAGEMAKER],
    ['what ends so', [MANAGEMENT, aField('eventSource', { endsWith: ['.amazonaws.com'] })], ALL],
    [
      'what is selected and not deselected',
      [MANAGEMENT, aField('eventSource', { endsWith: ['.amazonaws.com'], notEquals: ['kms.amazonaws.com'] })],
      SAGEMAKER,
    ],
    [
      'what satisfies every condition on a field',
      [MANAGEMENT, aField('readOnly', { equals: ['true'] }), aField('readOnly', { equals: ['false'] })],
      [],
    ],
  ])('%s, by advanced selectors', (_, selector, kinds) => {
    const carried = carriedEvents({ basic: [], advanced: [selector] });
    expect([[...carried.kinds], carried.filteredBy]).toEqual([kinds, []]);
  });

  test('what is of any advanced selector', () => {
    const advanced = [
      [MANAGEMENT, aField('eventSource', { notEquals: ['kms.amazonaws.com'] })],
      [MANAGEMENT, aField('eventSource', { equals: ['kms.amazonaws.com'] })],
    ];
    expect([...carriedEvents({ basic: [], advanced }).kinds]).toEqual(ALL);
  });

  test('nothing for sure by a field that tells single events apart', () => {
    const filtered = [MANAGEMENT, aField('eventName', { notEquals: ['Decrypt'] })];
    expect(carriedEvents({ basic: [], advanced: [filtered] })).toEqual({
      kinds: new Set(),
      filteredBy: ['eventName'],
    });
    expect([...carriedEvents({ basic: [], advanced: [filtered, [MANAGEMENT]] }).kinds]).toEqual(ALL);
  });
});
