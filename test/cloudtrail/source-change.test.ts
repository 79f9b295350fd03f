import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stopsWatching } from '../../src/cloudtrail/source-change.ts';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import { account } from '../builders/cloud-trail-record.ts';
import { aRuleCall, aTrailCall } from '../builders/source-change-record.ts';

const options = { hashAccessKey: () => 'hash' };

function changeOf(record: unknown) {
  const event = parseEvent(record, options);
  return event.kind === 'source-change' ? event.change : undefined;
}

function effectOf(record: unknown): string | undefined {
  return changeOf(record)?.effect;
}

const basic = (selector: object) =>
  aTrailCall('PutEventSelectors', {
    trailName: 'main',
    eventSelectors: [
      {
        readWriteType: 'All',
        includeManagementEvents: true,
        dataResources: [],
        excludeManagementEventSources: [],
        ...selector,
      },
    ],
  });

const advanced = (...fields: object[]) =>
  aTrailCall('PutEventSelectors', {
    trailName: 'main',
    advancedEventSelectors: [
      { name: 'ours', fieldSelectors: [{ field: 'eventCategory', equals: ['Management'] }, ...fields] },
    ],
  });

const calls = '{"source":["aws.kms"],"detail-type":["AWS API Call via CloudTrail"]}';
const aRulePut = (more: object) => aRuleCall('PutRule', { name: 'keytrail-prod-kms-use', ...more });

describe('a change to a trail or a rule', () => {
  test('tells what was done to what, by whom, where and when', () => {
    expect(changeOf(aTrailCall('StopLogging'))).toEqual({
      eventId: '6b5ab8a4-1d2f-4cc6-a1d8-8b5cf2c4a0de',
      timeMs: Date.parse('2026-03-01T10:00:00Z'),
      eventName: 'StopLogging',
      source: 'trail',
      name: 'main',
      accountId: account,
      region: 'us-west-2',
      principalId: `arn:aws:iam::${account}:user/Alice`,
      principalType: 'user',
      effect: 'stops',
    });
    expect(
      changeOf(aRuleCall('RemoveTargets', { rule: 'keytrail-prod-kms-use', ids: ['ingest'] })),
    ).toMatchObject({ source: 'rule', name: 'keytrail-prod-kms-use', effect: 'stops' });
  });

  test('is told of by an envelope of EventBridge too', () => {
    const envelope = {
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.cloudtrail',
      detail: aTrailCall('DeleteTrail'),
    };
    expect(changeOf(envelope)).toEqual(changeOf(aTrailCall('DeleteTrail')));
  });

  test.each<[string, object, string]>([
    ['StopLogging', aTrailCall('StopLogging'), 'stops'],
    ['DeleteTrail', aTrailCall('DeleteTrail'), 'stops'],
    ['StartLogging', aTrailCall('StartLogging'), 'starts'],
    ['UpdateTrail', aTrailCall('UpdateTrail'), 'changes'],
    ['CreateTrail', aTrailCall('CreateTrail'), 'changes'],
    ['DisableRule', aRuleCall('DisableRule'), 'stops'],
    ['DeleteRule', aRuleCall('DeleteRule'), 'stops'],
    ['EnableRule', aRuleCall('EnableRule'), 'changes'],
    ['PutTargets', aRuleCall('PutTargets', { rule: 'keytrail-prod-kms-use' }), 'changes'],
    ['selectors of everything', basic({}), 'changes'],
    ['selectors without KMS', basic({ excludeManagementEventSources: ['kms.amazonaws.com'] }), 'stops'],
    [
      'selectors without another source',
      basic({ excludeManagementEventSources: ['rdsdata.amazonaws.com'] }),
      'changes',
    ],
    ['selectors of Write events', basic({ readWriteType: 'WriteOnly' }), 'stops'],
    ['selectors of data events', basic({ includeManagementEvents: false }), 'stops'],
    ['advanced selectors of everything', advanced(), 'changes'],
    [
      'advanced ones without KMS',
      advanced({ field: 'eventSource', notEquals: ['kms.amazonaws.com'] }),
      'stops',
    ],
    ['advanced ones of Write events', advanced({ field: 'readOnly', equals: ['false'] }), 'stops'],
    ['selectors that are not there', aTrailCall('PutEventSelectors', { trailName: 'main' }), 'changes'],
    ['a rule put disabled', aRulePut({ state: 'DISABLED', scheduleExpression: 'rate(1 day)' }), 'stops'],
    ['a rule put without Read events', aRulePut({ state: 'ENABLED', eventPattern: calls }), 'stops'],
    ['a rule put in no state, so without them', aRulePut({ eventPattern: calls }), 'stops'],
    [
      'a rule put with them',
      aRulePut({ state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', eventPattern: calls }),
      'changes',
    ],
    ['a schedule put', aRulePut({ state: 'ENABLED', scheduleExpression: 'rate(1 day)' }), 'changes'],
    [
      'a rule put for objects of S3',
      aRulePut({ state: 'ENABLED', eventPattern: '{"source":["aws.s3"],"detail-type":["Object Created"]}' }),
      'changes',
    ],
  ])('%s', (_what, record, effect) => {
    expect(effectOf(record)).toBe(effect);
  });

  test('that was refused stops nothing, and is told all the same', () => {
    const change = changeOf(aTrailCall('StopLogging', { name: 'main' }, { errorCode: 'AccessDenied' }));
    expect(change).toMatchObject({ effect: 'stops', errorCode: 'AccessDenied' });
    expect(change !== undefined && stopsWatching(change)).toBe(false);
  });

  test.each([
    ['another’s rule', aRuleCall('DisableRule', { name: 'nightly' })],
    ['a rule whose name only holds ours', aRuleCall('DisableRule', { name: 'not-keytrail-prod' })],
    ['no trail', aTrailCall('StopLogging', {})],
    ['a look at a trail', aTrailCall('DescribeTrails')],
    ['insights', aTrailCall('PutInsightSelectors', { trailName: 'main' })],
    [
      'a call of that name to another service',
      { ...aTrailCall('StopLogging'), eventSource: 'ec2.amazonaws.com' },
    ],
    ['a call to the other of the two services', aRuleCall('StopLogging')],
  ])('is not %s', (_what, record) => {
    expect(parseEvent(record, options)).toEqual({ kind: 'other' });
  });

  test('without an id is quarantined, and is not KMS’s', () => {
    expect(parseEvent(aTrailCall('StopLogging', { name: 'main' }, { eventID: '' }), options)).toMatchObject({
      kind: 'quarantine',
      code: 'missing-event-id',
      isKms: false,
    });
  });

  test('says which of its texts were cut', () => {
    const change = changeOf(aTrailCall('StopLogging', { name: 'x'.repeat(5_000) }));
    expect(change?.name).toHaveLength(4_096);
    expect(change?.truncated).toEqual(['name']);
  });

  test('is read out of any request without failing', () => {
    const names = fc.constantFrom('PutEventSelectors', 'PutRule', 'StopLogging');
    fc.assert(
      fc.property(
        names,
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.jsonValue(),
        (eventName, more, any) => {
          const request = {
            name: 'keytrail-x',
            ...more,
            eventSelectors: any,
            advancedEventSelectors: [{ fieldSelectors: any }, any],
            eventPattern: any,
          };
          for (const record of [aTrailCall(eventName, request), aRuleCall(eventName, request)])
            expect(['source-change', 'other']).toContain(parseEvent(record, options).kind);
        },
      ),
    );
  });
});
