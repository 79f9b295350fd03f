import { expect, test } from 'vitest';
import { logObjectsOfMessage } from '../../src/ingest/log-objects-of-message.ts';

const record = (key: string, eventName = 'ObjectCreated:Put') => ({
  eventSource: 'aws:s3',
  eventName,
  s3: { s3SchemaVersion: '1.0', bucket: { name: 'trail' }, object: { key, size: 7 } },
});
const direct = { Records: [record('a+b/%C3%A9.json.gz'), record('c.json.gz')] };
const found = [
  { bucket: 'trail', key: 'a b/é.json.gz' },
  { bucket: 'trail', key: 'c.json.gz' },
];
const topic = (message: unknown) => ({ Type: 'Notification', Message: JSON.stringify(message) });
const created = (detail: unknown) => ({ 'detail-type': 'Object Created', source: 'aws.s3', detail });

test.each<[string, unknown, unknown]>([
  ['as S3 sends it', direct, found],
  ['through a topic', topic(direct), found],
  ['through two topics', topic(topic(direct)), found],
  [
    'as an event of EventBridge, whose key is not escaped',
    created({ bucket: { name: 'trail' }, object: { key: 'a+b.json.gz' } }),
    [{ bucket: 'trail', key: 'a+b.json.gz' }],
  ],
  [
    'as an event through a topic',
    topic(created({ bucket: { name: 'b' }, object: { key: 'k' } })),
    [{ bucket: 'b', key: 'k' }],
  ],
  [
    'of CloudTrail to its own topic',
    topic({ s3Bucket: 'trail', s3ObjectKey: ['a b/é.json.gz', 'c.json.gz'] }),
    found,
  ],
  ['of an object that was removed', { Records: [record('x', 'ObjectRemoved:Delete')] }, []],
  ['of another event of the bucket', { 'detail-type': 'Object Deleted', detail: {} }, []],
  ["S3's test", { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'trail' }, []],
  ["S3's test through a topic", topic({ Event: 's3:TestEvent' }), []],
  [
    'without a bucket',
    { Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key: 'k' } } }] },
    undefined,
  ],
  ['with a key that is escaped wrongly', { Records: [record('%zz')] }, undefined],
  ['of one that is no record', { Records: ['x'] }, undefined],
  ['wrapped too often', topic(topic(topic(direct))), undefined],
  ['that says nothing', {}, undefined],
  ['that is a list', [], undefined],
  ['with a record', { 'detail-type': 'AWS API Call via CloudTrail', detail: {} }, undefined],
])('a message %s', (_, message, objects) => {
  const announced = logObjectsOfMessage(JSON.stringify(message));
  const expected =
    objects === undefined ? { objects: [], isUnderstood: false } : { objects, isUnderstood: true };
  expect(announced).toMatchObject(expected);
  // What is understood and announces no object is counted.
  expect(announced.others).toBe(announced.isUnderstood && announced.objects.length === 0 ? 1 : 0);
});

test('a message that is no JSON', () => {
  expect(logObjectsOfMessage('hello')).toEqual({ objects: [], others: 0, isUnderstood: false });
});

test('objects beside one that is not understood are announced all the same', () => {
  const message = { Records: [record('%zz'), record('c.json.gz')] };
  expect(logObjectsOfMessage(JSON.stringify(message))).toEqual({
    objects: [{ bucket: 'trail', key: 'c.json.gz' }],
    others: 0,
    isUnderstood: false,
  });
});
