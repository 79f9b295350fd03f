// Run by hand: node bench/ingest-messages.ts [--uses 100000]
// How many rows a second and core the ingest function takes in: from the text of SQS messages to encoded segments,
// over a table that keeps nothing but what is read again. What the network does comes on top.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { ingestMessages } from '../src/ingest/ingest-messages.ts';
import type { QueueMessage } from '../src/ingest/queue-message.ts';
import { RecordGatherer } from '../src/ingest/record-gatherer.ts';
import type { Item, Table } from '../src/table/table.ts';
import { readAt } from '../test/builders/read-at.ts';
import { printResult, printTable } from './print.ts';
import { simulatedMonth } from './simulated-month.ts';
import { rounded } from './statistics.ts';
import { inWorkFolder } from './work-folder.ts';

const BATCH_MESSAGES = [100, 1_000, 4_000] as const;
const ROUNDS = 5;

const { values } = parseArgs({ options: { uses: { type: 'string', default: '100000' } } });

/** Day items are read again; the rest only costs what making it costs. */
class Sink implements Table {
  readonly #days = new Map<string, Item>();
  bytes = 0;

  async get({ pk, sk }: { readonly pk: string; readonly sk: string }): Promise<Item | undefined> {
    return this.#days.get(`${pk} ${sk}`);
  }
  async getAll(): Promise<Item[]> {
    return [];
  }
  async query(): Promise<Item[]> {
    return [];
  }
  async put(item: Item): Promise<void> {
    this.bytes += item.body?.length ?? 0;
  }
  async putIf(item: Item & { readonly version: number }): Promise<boolean> {
    this.#days.set(`${item.pk} ${item.sk}`, item);
    return true;
  }
  async write(puts: readonly Item[]): Promise<void> {
    for (const item of puts) await this.put(item);
  }
}

/** The records of a folder of log files as EventBridge hands them on, in the order of their events. */
function messagesOf(folder: string): QueueMessage[] {
  const records = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json.gz'))
    .flatMap(
      (path) =>
        (
          JSON.parse(gunzipSync(readFileSync(join(folder, path))).toString()) as {
            Records: { eventTime: string }[];
          }
        ).Records,
    )
    .sort((a, b) => (a.eventTime < b.eventTime ? -1 : 1));
  return records.map((detail, number) => ({
    messageId: String(number),
    body: JSON.stringify({
      version: '0',
      id: `e-${number}`,
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.kms',
      account: '111122223333',
      time: detail.eventTime,
      region: 'us-east-1',
      resources: [],
      detail,
    }),
  }));
}

await inWorkFolder('ingest-messages', { keep: false }, async (folder) => {
  const uses = Number(values.uses);
  const month = await simulatedMonth(folder, {
    uses,
    days: Math.max(1, Math.round((uses * 30) / 1_000_000)),
    other: 0,
  });
  const messages = messagesOf(month.logs);
  const megabytes = messages.reduce((sum, { body }) => sum + body.length, 0) / 1e6;
  const results = [];
  for (const batch of BATCH_MESSAGES) {
    let best = Number.POSITIVE_INFINITY;
    let rows = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const table = new Sink();
      const gatherer = new RecordGatherer(new Uint8Array(32), readAt);
      const { user, system } = process.cpuUsage();
      rows = 0;
      for (let start = 0; start < messages.length; start += batch) {
        const some = messages.slice(start, start + batch);
        rows += (await ingestMessages(some, gatherer, { table, keepLarge: async () => {} }, () => 0))
          .recorded;
      }
      const spent = process.cpuUsage();
      best = Math.min(best, (spent.user + spent.system - user - system) / 1e6);
    }
    results.push({ batch, rows, seconds: rounded(best, 3), rowsASecond: Math.round(rows / best) });
  }
  printTable(
    ['messages a batch', 'rows', 's of a processor', 'rows a second'],
    results.map(({ batch, rows, seconds, rowsASecond }) => [batch, rows, seconds, rowsASecond]),
  );
  printResult('ingest-messages', { messages: messages.length, megabytes: rounded(megabytes, 1), results });
});
