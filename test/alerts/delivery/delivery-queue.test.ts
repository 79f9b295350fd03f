import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertIdsOf, deliveryMessage } from '../../../src/alerts/delivery/delivery-message.ts';
import { requestDelivery } from '../../../src/alerts/delivery/delivery-queue.ts';
import { deliverOnEvent } from '../../../src/alerts/delivery/on-event.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { alertsOfKeys, NOON_MS, putAlerts } from './an-alert.ts';
import { Recorder, recordsChannel } from './recording-channel.ts';

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
}

describe('the queue of alerts to deliver', () => {
  /** SQS's SendMessageBatch (JSON 1.0), which may not take some of a batch. */
  let server: Server;
  let batches: (readonly Entry[])[];
  let refuses: (entry: Entry) => boolean;
  let waits: number[];
  beforeEach(async () => {
    batches = [];
    waits = [];
    refuses = () => false;
    server = createServer(async (request, response) => {
      const entries: readonly Entry[] = JSON.parse(await text(request)).Entries;
      batches.push(entries);
      const Failed = entries
        .filter(refuses)
        .map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
      const Successful = entries
        .filter((entry) => !refuses(entry))
        .map(({ Id }) => ({ Id, MessageId: Id, MD5OfMessageBody: '' }));
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify({ Successful, Failed }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  const request = (ids: readonly string[]) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new SQSClient({
      region: 'us-east-1',
      endpoint: url,
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      md5: false,
      maxAttempts: 1,
    });
    const sleep = async (milliseconds: number) => {
      waits.push(milliseconds);
    };
    return requestDelivery(ids, { client, queueUrl: `${url}/1/deliver`, sleep });
  };
  const idsIn = (entries: readonly Entry[]) =>
    entries.flatMap(({ MessageBody }) => alertIdsOf(MessageBody) ?? []);

  it('gets each alert once, many in a message and ten messages at a time', async () => {
    const ids = Array.from({ length: 6_000 }, (_, index) => `alert-${index}`);
    await request([...ids, ...ids.slice(0, 10)]);
    expect(batches.map(({ length }) => length)).toEqual([10, 2]);
    expect(batches.flatMap(idsIn)).toEqual(ids);
    await request([]);
    expect(batches).toHaveLength(2);
  });

  it('gets again only the messages that it refused', async () => {
    const ids = Array.from({ length: 1_200 }, (_, index) => `alert-${index}`);
    refuses = ({ MessageBody }) => MessageBody.includes('"alert-600"') && batches.length === 1;
    await request(ids);
    expect(batches.map(({ length }) => length)).toEqual([3, 1]);
    expect(new Set(batches.flatMap(idsIn))).toEqual(new Set(ids));
    expect(waits).toEqual([100]);
  });

  it('is given up where it goes on taking nothing', async () => {
    refuses = () => true;
    await expect(request(['alert'])).rejects.toMatchObject({ code: 'delivery-failed' });
    expect(batches).toHaveLength(5);
  });
});

describe('a run of the function that delivers', () => {
  let table: MemoryTable;
  let file: Recorder;
  beforeEach(() => {
    table = new MemoryTable();
    file = new Recorder();
  });

  const run = (event: object) =>
    deliverOnEvent(event, {
      table,
      channels: [recordsChannel(file)],
      now: () => NOON_MS,
      newId: () => 'run',
      isTimeLeft: () => true,
    });
  const aMessage = (messageId: string, body: string) => ({ messageId, body });

  it('delivers the alerts that its messages name, and fails what is no message of ours', async () => {
    const [first = '', second = '', third = ''] = await putAlerts(table, alertsOfKeys(3));
    const { answer, isOutbox } = await run({
      Records: [
        aMessage('1', deliveryMessage([first, 'nobody'])),
        aMessage('2', '{"alertIds":"x"}'),
        aMessage('3', 'hello'),
        aMessage('4', deliveryMessage([second])),
      ],
    });
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: '2' }, { itemIdentifier: '3' }]);
    expect(isOutbox).toBe(false);
    expect(file.taken.sort()).toEqual([`${first}.1`, `${second}.1`].sort());
    expect((await run({ source: 'aws.events' })).isOutbox).toBe(true);
    expect(file.taken).toContain(`${third}.1`);
  });

  it('is done with a message also where a channel failed: the outbox has it', async () => {
    const [id = ''] = await putAlerts(table, alertsOfKeys(1));
    file.refuses = () => true;
    const { answer, failed } = await run({ Records: [aMessage('1', deliveryMessage([id]))] });
    expect(answer.batchItemFailures).toEqual([]);
    expect(failed).toHaveLength(1);
    expect(table.items.get('alert-outbox')?.size).toBe(1);
  });

  it('fails as a whole where the table does', async () => {
    const [id = ''] = await putAlerts(table, alertsOfKeys(1));
    table.onWrite = () => ({ isApplied: false, isReported: true });
    await expect(run({ Records: [aMessage('1', deliveryMessage([id]))] })).rejects.toMatchObject({
      code: 'store-unavailable',
    });
  });
});
