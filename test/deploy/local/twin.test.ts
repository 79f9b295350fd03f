import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gatewayTo } from '../../../deploy/local/gateway.ts';
import { noContext, pollOnce } from '../../../deploy/local/queue-poller.ts';
import { startTwin, type Twin } from '../../../deploy/local/twin.ts';
import { tableOf } from '../../../handlers/table.ts';
import { listAlerts } from '../../../src/alerts/store/alert-store.ts';
import { accessesOf } from '../../../src/api/access-log.ts';
import { History } from '../../../src/history/query/history.ts';
import type { Item } from '../../../src/table/table.ts';
import { aDecrypt } from '../../builders/cloud-trail-record.ts';
import { anEnvelope, aTrainingStateChange } from '../../builders/sagemaker-record.ts';
import { withoutIds } from '../../ingest/without-ids.ts';

let twin: Twin;
beforeAll(async () => {
  twin = await startTwin({ isImpatient: true, isSilent: true });
});
afterAll(() => twin.close());

/** Each test works on a day of its own. */
let day = new Date('2026-01-01T00:00:00Z');
beforeEach(() => {
  day = new Date(day.getTime() + 86_400_000);
});
const at = (seconds: number) => new Date(day.getTime() + 36_000_000 + seconds * 1000).toISOString();

function aUse(seconds: number, overrides: object = {}): object {
  return aDecrypt({ eventID: randomUUID(), eventTime: at(seconds).replace('.000Z', 'Z'), ...overrides });
}

function delivered(record: object): object {
  return anEnvelope('AWS API Call via CloudTrail', record, { source: 'aws.kms' });
}

async function rowsOfDay(): Promise<readonly string[]> {
  const rows: string[] = [];
  const history = new History(tableOf(process.env));
  let cursor: string | undefined;
  do {
    const page = await history.usage(
      { fromMs: day.getTime(), toMs: day.getTime() + 86_400_000 },
      { limit: 1000, order: 'asc', ...(cursor === undefined ? {} : { cursor }) },
    );
    rows.push(...page.items.map(({ eventId }) => eventId));
    cursor = page.next;
  } while (cursor !== undefined);
  return rows.sort();
}

async function quarantine(): Promise<readonly Item[]> {
  return tableOf(process.env).query('Q');
}

async function waiting(queueUrl: string | undefined): Promise<number> {
  const { Attributes } = await twin.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages);
}

const idOf = (record: object) => (record as { eventID: string }).eventID;
const ids = (records: readonly object[]) => records.map(idOf).sort();

describe('events on their queue', () => {
  test('are in answers once they are acknowledged, and after they were sealed, each once', async () => {
    const uses = Array.from({ length: 25 }, (_, index) => aUse(index));
    for (const use of uses) await twin.send(delivered(use));
    // EventBridge may deliver one again, with another id of its own.
    await twin.send({ ...delivered(uses[3] as object), id: randomUUID() });
    await twin.send(aTrainingStateChange());
    await twin.drain();
    expect(await rowsOfDay()).toEqual(ids(uses));
    await twin.seal();
    expect(await rowsOfDay()).toEqual(ids(uses));
    expect(await waiting(twin.ingest.queueUrl)).toBe(0);
  });

  test('that are none, or not understood, are in quarantine, and good ones beside them are recorded', async () => {
    const before = (await quarantine()).length;
    const uses = Array.from({ length: 12 }, (_, index) => aUse(index));
    const broken = JSON.stringify(delivered(aUse(50))).slice(0, -40);
    const refused = delivered(aUse(51, { eventTime: 'never' }));
    for (const event of [broken, ...uses.map(delivered), refused, '[]', 'hello', '']) {
      if (event !== '') await twin.send(event);
    }
    // Another service's, and a test: understood, and nothing to keep.
    await twin.send(anEnvelope('Scheduled Event', {}, { source: 'aws.events' }));
    await twin.drain();
    expect(await rowsOfDay()).toEqual(ids(uses));
    const kept = (await quarantine()).slice(0);
    expect(kept.length - before).toBe(4);
    expect(kept.filter(({ body }) => body !== undefined).length).toBeGreaterThanOrEqual(2);
    expect(await waiting(twin.ingest.queueUrl)).toBe(0);
  });

  test('a record too large for an item is kept in the bucket', async () => {
    const large = delivered(aUse(1, { eventTime: 'never', padding: 'x'.repeat(300_000) }));
    await twin.send(large);
    await twin.drain();
    const item = (await quarantine()).find(({ fields }) => fields?.['kept'] !== undefined);
    const { Body } = await twin.s3.send(
      new GetObjectCommand({ Bucket: twin.quarantineBucket, Key: `quarantine/${item?.fields?.['kept']}` }),
    );
    expect(withoutIds((await Body?.transformToString()) ?? '')).toBe(withoutIds(JSON.stringify(large)));
  });

  test('are delivered again where the table is not there, and are recorded once when it is', async () => {
    const uses = Array.from({ length: 3 }, (_, index) => aUse(index));
    for (const use of uses) await twin.send(delivered(use));
    const failing = { ...twin.ingest, handler: () => Promise.reject(new Error('the table is missing')) };
    expect(await pollOnce(twin.sqs, failing)).toEqual({ delivered: 3, deleted: 0 });
    expect(await rowsOfDay()).toEqual([]);
    await twin.drain();
    expect(await rowsOfDay()).toEqual(ids(uses));
  });

  test('what fails each time is in the dead-letter queue after five deliveries', async () => {
    const before = await waiting(twin.deadLetterUrls[0]);
    await twin.send(delivered(aUse(1)));
    const failing = { ...twin.ingest, handler: () => Promise.reject(new Error('always')) };
    let deliveries = 0;
    while ((await pollOnce(twin.sqs, failing)).delivered > 0) deliveries++;
    expect(deliveries).toBe(5);
    expect((await waiting(twin.deadLetterUrls[0])) - before).toBe(1);
  });

  test('two deliveries of one message at once are one row', async () => {
    const use = aUse(1);
    const record = { messageId: 'm', body: JSON.stringify(delivered(use)) };
    const invoke = () =>
      twin.ingest.handler({ Records: [record] } as unknown as SQSEvent, noContext, () => {});
    await Promise.all([invoke(), invoke()]);
    expect(await rowsOfDay()).toEqual([idOf(use)]);
    await twin.seal();
    expect(await rowsOfDay()).toEqual([idOf(use)]);
  });
});

describe('log files of which S3 tells', () => {
  const bucket = 'trail';
  beforeAll(() => twin.s3.send(new CreateBucketCommand({ Bucket: bucket })));
  const put = (key: string, records: readonly object[]) =>
    twin.s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: gzipSync(JSON.stringify({ Records: records })),
      }),
    );
  const tell = (body: object) =>
    twin.sqs.send(
      new SendMessageCommand({
        QueueUrl: twin.ingestLogFiles.queueUrl,
        MessageBody: JSON.stringify(body),
      }),
    );
  const byS3 = (...keys: string[]) => ({
    Records: keys.map((key) => ({
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: bucket }, object: { key: encodeURIComponent(key).replaceAll('%20', '+') } },
    })),
  });
  const folder = 'a b/AWSLogs/o-exampleorgid/111122223333/CloudTrail/us-west-2/2026/01/02';

  test('are recorded, told by S3, by a topic or by EventBridge, with what came by events once', async () => {
    const uses = Array.from({ length: 9 }, (_, index) => aUse(index));
    await put(`${folder}/one.json.gz`, uses.slice(0, 3));
    await put(`${folder}/two.json.gz`, uses.slice(3, 6));
    await put(`${folder}/three.json.gz`, uses.slice(6));
    await put(`${folder.replace('CloudTrail', 'CloudTrail-Digest')}/digest.json.gz`, [aUse(99)]);
    await tell(
      byS3(`${folder}/one.json.gz`, `${folder.replace('CloudTrail', 'CloudTrail-Digest')}/digest.json.gz`),
    );
    await tell({ Type: 'Notification', Message: JSON.stringify(byS3(`${folder}/two.json.gz`)) });
    await tell({
      'detail-type': 'Object Created',
      source: 'aws.s3',
      detail: { bucket: { name: bucket }, object: { key: `${folder}/three.json.gz` } },
    });
    await tell({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: bucket });
    await twin.send(delivered(uses[4] as object));
    await twin.drain();
    expect(await rowsOfDay()).toEqual(ids(uses));
    await twin.seal();
    expect(await rowsOfDay()).toEqual(ids(uses));
  });

  test('one that is gone, and what is no notification, go to quarantine', async () => {
    const before = (await quarantine()).length;
    await tell(byS3(`${folder}/gone.json.gz`));
    await tell({ hello: 'there' });
    await twin.drain();
    const reasons = (await quarantine()).map(({ fields }) => String(fields?.['code']));
    expect(reasons.length - before).toBe(2);
    expect(reasons).toContain('gone');
  });

  test('one in a bucket that does not exist comes again, and the others are recorded', async () => {
    const use = aUse(1);
    await put(`${folder}/four.json.gz`, [use]);
    await tell(byS3(`${folder}/four.json.gz`));
    const { Records } = byS3('x.json.gz');
    await tell({
      Records: Records.map((record) => ({ ...record, s3: { ...record.s3, bucket: { name: 'nowhere' } } })),
    });
    expect(await pollOnce(twin.sqs, twin.ingestLogFiles)).toEqual({ delivered: 2, deleted: 1 });
    expect(await rowsOfDay()).toEqual([idOf(use)]);
  });
});

describe('alerts', () => {
  const byRoot = (eventTime: string) => {
    const eventID = randomUUID();
    return aDecrypt({
      eventID,
      eventTime,
      // Of a key of its own: an alert is about a key.
      resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: keyOf(eventID) }],
      userIdentity: {
        type: 'Root',
        principalId: '111122223333',
        arn: 'arn:aws:iam::111122223333:root',
        accountId: '111122223333',
      },
    });
  };
  const keyOf = (eventId: string) => `arn:aws:kms:us-east-1:111122223333:key/${eventId}`;
  const justNow = () => `${new Date().toISOString().slice(0, 19)}Z`;

  async function heard(): Promise<readonly { readonly Subject: string; readonly Message: string }[]> {
    const command = new ReceiveMessageCommand({ QueueUrl: twin.heardAlertsUrl, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await twin.sqs.send(command);
    return Messages.map(({ Body = '{}' }) => JSON.parse(Body));
  }

  test('of what just happened are heard on their topic once, whoever finds them again', async () => {
    const use = byRoot(justNow());
    await twin.send(delivered(use));
    await twin.drain();
    const [message, ...others] = await heard();
    expect(others).toEqual([]);
    expect(message?.Subject).toMatch(
      /^Keytrail \(critical\) root-use: The root user of account 111122223333/,
    );
    expect(message?.Message).toContain(keyOf(idOf(use)));
    await twin.detect();
    await twin.drain();
    await twin.deliverOutbox();
    const again = (await heard()).filter(({ Subject }) => Subject.includes('root-use'));
    expect(again).toEqual([]);
  });

  test('of a month ago are there, and page nobody', async () => {
    const use = byRoot(at(0).replace('.000Z', 'Z'));
    await twin.send(delivered(use));
    await twin.drain();
    await twin.detect();
    await twin.drain();
    await twin.deliverOutbox();
    const alerts = await listAlerts(tableOf(process.env));
    const mine = alerts.filter(({ subject }) => subject.keyArn === keyOf(idOf(use)));
    expect(mine.map(({ rule }) => rule)).toContain('root-use');
    for (const { changes } of mine) expect(changes).toMatchObject([{ state: 'open', isPast: true }]);
    expect((await heard()).filter(({ Message }) => Message.includes(keyOf(idOf(use))))).toEqual([]);
  });
});

test('whoever the claims name changes what their scopes allow, and is kept as who did', async () => {
  const keyArn = `arn:aws:kms:us-east-1:111122223333:key/${randomUUID()}`;
  const root = 'arn:aws:iam::111122223333:root';
  const use = aUse(1, {
    userIdentity: { type: 'Root', principalId: '111122223333', arn: root, accountId: '111122223333' },
    resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: keyArn }],
  });
  await twin.send(delivered(use));
  await twin.drain();
  await twin.detect();
  const { handler } = await import('../../../handlers/api.ts');
  const change = async (method: string, path: string, scope: string, body: object) => {
    const claims = { iss: 'https://issuer.example', sub: '42', email: 'ana@example.com', scope };
    const answer = await gatewayTo(handler, claims).fetch(
      new Request(`http://twin${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );
    return { status: answer.status, body: await answer.json() };
  };
  const by = 'ana@example.com (https://issuer.example 42)';

  const alert = (await listAlerts(tableOf(process.env))).find(({ subject }) => subject.keyArn === keyArn);
  const path = `/v1/alerts/${alert?.id}/acknowledge`;
  const reason = { reason: 'a drill' };
  expect((await change('POST', path, 'usage:read expectations:write', reason)).status).toBe(403);
  expect(await change('POST', path, 'alerts:write', reason)).toMatchObject({
    status: 200,
    body: { state: 'acknowledged', history: [{}, { by, reason: 'a drill' }] },
  });

  const expectation = { keys: [keyArn], principals: [root], operations: ['cryptographic'], owner: 'risk' };
  const why = { ...expectation, reason: 'break-glass' };
  expect((await change('PUT', '/v1/expectations/glass', 'alerts:write', why)).status).toBe(403);
  expect(await change('PUT', '/v1/expectations/glass', 'expectations:write', expectation)).toMatchObject({
    status: 400,
    body: { parameter: 'reason' },
  });
  expect(await change('PUT', '/v1/expectations/glass', 'expectations:write', why)).toMatchObject({
    status: 200,
    body: { version: 1, changedBy: by },
  });
  expect(await change('DELETE', '/v1/expectations/glass', 'expectations:write', {})).toMatchObject({
    status: 200,
    body: { id: 'glass' },
  });
});

test('the API answers through its gateway, to whom the claims allow it', async () => {
  const use = aUse(1);
  await twin.send(delivered(use));
  await twin.drain();
  const { handler } = await import('../../../handlers/api.ts');
  const ask = (claims: Record<string, string>) =>
    gatewayTo(handler, claims).fetch(
      new Request(`http://twin/v1/usage/${idOf(use)}`, { headers: { accept: 'application/json' } }),
    );
  const answer = await ask({ sub: 'me', scope: 'usage:read' });
  expect(await answer.json()).toMatchObject({ items: [{ eventId: idOf(use) }] });
  expect((await ask({ sub: 'somebody', scope: 'alerts:write' })).status).toBe(403);
  const kept = await accessesOf(tableOf(process.env), new Date().toISOString().slice(0, 10));
  expect(kept.slice(-2).map(({ fields }) => fields)).toMatchObject([
    { principal: 'me', scopes: 'usage:read', path: `/v1/usage/${idOf(use)}`, status: 200, rows: 1 },
    { principal: 'somebody', scopes: 'alerts:write', status: 403, rows: 0 },
  ]);
});
