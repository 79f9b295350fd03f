// Run by hand: node bench/alert-lag.ts [--alerts 300]
// How long it takes from a message on the queue of events to its alert at a receiver, in the twin: the queues, the
// table and the functions of the stack in this one process, whose queues are polled as Lambda does. The batching window,
// which the twin does not have, comes on top. One event at a time, as fast as a thousand in a minute, and all at once.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type EventSource, pollOnce } from '../deploy/local/queue-poller.ts';
import { startTwin } from '../deploy/local/twin.ts';
import { printResult, printTable, say } from './print.ts';
import { percentile, rounded } from './statistics.ts';

const ACCOUNT = '111122223333';
const POLL_MS = 5;
const WARM_UP = 20;
/** A thousand in a minute. */
const PACE_MS = 60;

const { values } = parseArgs({ options: { alerts: { type: 'string', default: '300' } } });
const count = Number(values.alerts);

/** When each key's alert reached the bus. */
const arrivedMs = new Map<string, number>();
const bus = createServer(async (request, response) => {
  const { Entries } = JSON.parse(await text(request)) as { Entries: { Detail: string }[] };
  for (const { Detail } of Entries) arrivedMs.set(JSON.parse(Detail).keyArn, performance.now());
  response
    .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    .end(JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: randomUUID() })) }));
});
await new Promise<void>((resolve) => bus.listen(0, '127.0.0.1', resolve));
Object.assign(process.env, {
  AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${(bus.address() as AddressInfo).port}`,
  KEYTRAIL_ALERT_BUS: 'default',
});

const twin = await startTwin({ isSilent: true });
let isOver = false;
const pollers = [twin.ingest, twin.deliver].map(async (source: EventSource) => {
  while (!isOver) {
    if ((await pollOnce(twin.sqs, source)).delivered === 0) await sleep(POLL_MS);
  }
});

/** An account's root user decrypts with a key that nothing has used yet: an alert of its own. */
async function sendUse(): Promise<{ readonly keyArn: string; readonly sentMs: number }> {
  const eventID = randomUUID();
  const keyArn = `arn:aws:kms:us-east-1:${ACCOUNT}:key/${eventID}`;
  const arn = `arn:aws:iam::${ACCOUNT}:root`;
  const detail = {
    eventVersion: '1.11',
    userIdentity: { type: 'Root', principalId: ACCOUNT, arn, accountId: ACCOUNT },
    eventTime: `${new Date().toISOString().slice(0, 19)}Z`,
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
    awsRegion: 'us-east-1',
    sourceIPAddress: '192.0.2.1',
    userAgent: 'bench',
    requestParameters: { encryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
    responseElements: null,
    requestID: randomUUID(),
    eventID,
    readOnly: true,
    resources: [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: keyArn }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    eventCategory: 'Management',
  };
  const time = detail.eventTime;
  const sentMs = performance.now();
  await twin.send({
    ...{ version: '0', id: randomUUID(), 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.kms' },
    ...{ account: ACCOUNT, time, region: 'us-east-1', resources: [], detail },
  });
  return { keyArn, sentMs };
}

async function lagOf({
  keyArn,
  sentMs,
}: {
  readonly keyArn: string;
  readonly sentMs: number;
}): Promise<number> {
  while (!arrivedMs.has(keyArn)) await sleep(1);
  return (arrivedMs.get(keyArn) ?? Number.NaN) - sentMs;
}

const oneByOne: number[] = [];
for (let sent = 0; sent < count + WARM_UP; sent++) {
  const lagMs = await lagOf(await sendUse());
  if (sent >= WARM_UP) oneByOne.push(lagMs);
}
say('One at a time: done.');
const paced: Promise<number>[] = [];
for (let sent = 0; sent < count; sent++) {
  paced.push(sendUse().then(lagOf));
  await sleep(PACE_MS);
}
const thousandInMinute = await Promise.all(paced);
say('A thousand in a minute: done.');
const sent = await Promise.all(Array.from({ length: count }, sendUse));
const atOnce = await Promise.all(sent.map(lagOf));
isOver = true;
await Promise.all(pollers);
await twin.close();
bus.close();

const figures = Object.entries({
  'one at a time': oneByOne,
  'a thousand in a minute': thousandInMinute,
  'all at once': atOnce,
}).map(([name, lagsMs]) => ({
  name,
  alerts: lagsMs.length,
  p50Ms: rounded(percentile(lagsMs, 0.5), 0),
  p99Ms: rounded(percentile(lagsMs, 0.99), 0),
  maxMs: rounded(Math.max(...lagsMs), 0),
}));
printTable(
  ['events', 'alerts', 'p50, ms', 'p99, ms', 'longest, ms'],
  figures.map(({ name, alerts, p50Ms, p99Ms, maxMs }) => [name, alerts, p50Ms, p99Ms, maxMs]),
);
printResult('alert-lag', { figures });
