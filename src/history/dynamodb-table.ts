import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { KeytrailError } from '../keytrail-error.ts';
import type { Item, ItemKey, QueryRange, Table } from './table.ts';

/** DynamoDB's own bounds of one request: BatchWriteItem 25 items, BatchGetItem 100 (Developer Guide, quotas). */
const BATCH_WRITE_ITEMS = 25;
const BATCH_GET_ITEMS = 100;
/** A batch may hold 16 MB; base64 and an embedded engine's 16 MiB of text make less of it. */
const BATCH_WRITE_BYTES = 4_000_000;
const MAX_ATTEMPTS = 12;

export interface DynamoDbTableOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Waits so many milliseconds; given by the shell, since the core has no clock. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** The store contract over one DynamoDB table, in AWS or behind any endpoint that speaks its API. */
export class DynamoDbTable implements Table {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #sleep: (milliseconds: number) => Promise<void>;

  constructor(options: DynamoDbTableOptions) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#sleep = options.sleep;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    const answer = await this.#send(() =>
      this.#client.send(
        new GetItemCommand({ TableName: this.#tableName, Key: encodeKey(key), ConsistentRead: true }),
      ),
    );
    return answer.Item === undefined ? undefined : decodeItem(answer.Item);
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    const distinct = [...new Map(keys.map((key) => [`${key.pk}\n${key.sk}`, key])).values()];
    const items: Item[] = [];
    for (let start = 0; start < distinct.length; start += BATCH_GET_ITEMS) {
      let wanted = distinct.slice(start, start + BATCH_GET_ITEMS).map(encodeKey);
      for (let attempt = 0; wanted.length > 0; attempt++) {
        const asked = wanted;
        const answer = await this.#send(() =>
          this.#client.send(
            new BatchGetItemCommand({
              RequestItems: { [this.#tableName]: { Keys: asked, ConsistentRead: true } },
            }),
          ),
        );
        for (const item of answer.Responses?.[this.#tableName] ?? []) items.push(decodeItem(item));
        wanted = answer.UnprocessedKeys?.[this.#tableName]?.Keys ?? [];
        if (wanted.length > 0 && wanted.length === asked.length) await this.#backOff(attempt);
      }
    }
    return items;
  }

  async query(pk: string, range: QueryRange = {}): Promise<Item[]> {
    const items: Item[] = [];
    let startKey: Record<string, AttributeValue> | undefined;
    const { condition, values } = keyCondition(pk, range);
    do {
      const answer = await this.#send(() =>
        this.#client.send(
          new QueryCommand({
            TableName: this.#tableName,
            KeyConditionExpression: condition,
            ExpressionAttributeValues: values,
            ConsistentRead: true,
            ScanIndexForward: range.descending !== true,
            ...(range.limit === undefined ? {} : { Limit: range.limit - items.length }),
            ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
          }),
        ),
      );
      for (const item of answer.Items ?? []) items.push(decodeItem(item));
      startKey = answer.LastEvaluatedKey;
    } while (startKey !== undefined && (range.limit === undefined || items.length < range.limit));
    return items;
  }

  async put(item: Item): Promise<void> {
    await this.#send(() =>
      this.#client.send(new PutItemCommand({ TableName: this.#tableName, Item: encodeItem(item) })),
    );
  }

  async putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean> {
    const command = new PutItemCommand({
      TableName: this.#tableName,
      Item: encodeItem(item),
      ...(expected === undefined
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: 'v = :expected',
            ExpressionAttributeValues: { ':expected': { N: String(expected) } },
          }),
    });
    let mayHaveBeenApplied = false;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#client.send(command);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) {
          // A first try whose answer was lost may have put the item itself: then the condition fails on
          // our own write, and what is stored is ours to the byte.
          return mayHaveBeenApplied && sameItem(await this.get(item), item);
        }
        mayHaveBeenApplied = true;
        if (!isTransient(error) || attempt >= MAX_ATTEMPTS) throw unavailable(error);
        await this.#backOff(attempt);
      }
    }
  }

  async write(puts: readonly Item[], deletes: readonly ItemKey[] = []): Promise<void> {
    let batch: WriteRequest[] = [];
    let bytes = 0;
    for (const item of puts) {
      const size = item.body?.length ?? 0;
      if (batch.length === BATCH_WRITE_ITEMS || (batch.length > 0 && bytes + size > BATCH_WRITE_BYTES)) {
        await this.#writeBatch(batch);
        batch = [];
        bytes = 0;
      }
      batch.push({ PutRequest: { Item: encodeItem(item) } });
      bytes += size;
    }
    for (const key of deletes) {
      if (batch.length === BATCH_WRITE_ITEMS) {
        await this.#writeBatch(batch);
        batch = [];
      }
      batch.push({ DeleteRequest: { Key: encodeKey(key) } });
    }
    if (batch.length > 0) await this.#writeBatch(batch);
  }

  async #writeBatch(batch: WriteRequest[]): Promise<void> {
    let requests = batch;
    for (let attempt = 0; requests.length > 0; attempt++) {
      if (attempt > MAX_ATTEMPTS) throw unavailable(undefined);
      const asked = requests;
      const answer = await this.#send(() =>
        this.#client.send(new BatchWriteItemCommand({ RequestItems: { [this.#tableName]: asked } })),
      );
      requests = answer.UnprocessedItems?.[this.#tableName] ?? [];
      if (requests.length > 0) await this.#backOff(attempt);
    }
  }

  async #send<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await request();
      } catch (error) {
        if (!isTransient(error) || attempt >= MAX_ATTEMPTS) throw unavailable(error);
        await this.#backOff(attempt);
      }
    }
  }

  #backOff(attempt: number): Promise<void> {
    return this.#sleep(Math.min(5_000, 25 * 2 ** attempt));
  }
}

function encodeKey(key: ItemKey): Record<string, AttributeValue> {
  return { pk: { S: key.pk }, sk: { S: key.sk } };
}

function encodeItem(item: Item): Record<string, AttributeValue> {
  const attributes = encodeKey(item);
  if (item.version !== undefined) attributes['v'] = { N: String(item.version) };
  if (item.body !== undefined) attributes['b'] = { B: item.body };
  for (const [name, value] of Object.entries(item.fields ?? {})) {
    attributes[name] = typeof value === 'number' ? { N: String(value) } : { S: value };
  }
  return attributes;
}

function decodeItem(attributes: Record<string, AttributeValue>): Item {
  const fields: Record<string, string | number> = {};
  let pk = '';
  let sk = '';
  let version: number | undefined;
  let body: Uint8Array | undefined;
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'pk') pk = value.S ?? '';
    else if (name === 'sk') sk = value.S ?? '';
    else if (name === 'v') version = Number(value.N);
    else if (name === 'b') body = value.B;
    else if (value.S !== undefined) fields[name] = value.S;
    else if (value.N !== undefined) fields[name] = Number(value.N);
  }
  return {
    pk,
    sk,
    fields,
    ...(version === undefined ? {} : { version }),
    ...(body === undefined ? {} : { body }),
  };
}

function keyCondition(pk: string, range: QueryRange) {
  const values: Record<string, AttributeValue> = { ':pk': { S: pk } };
  if (range.from !== undefined) values[':from'] = { S: range.from };
  if (range.to !== undefined) values[':to'] = { S: range.to };
  const sort =
    range.from !== undefined && range.to !== undefined
      ? ' AND sk BETWEEN :from AND :to'
      : range.from !== undefined
        ? ' AND sk >= :from'
        : range.to !== undefined
          ? ' AND sk <= :to'
          : '';
  return { condition: `pk = :pk${sort}`, values };
}

function sameItem(stored: Item | undefined, wanted: Item): boolean {
  if (stored === undefined || stored.version !== wanted.version) return false;
  const sameBody = Buffer.compare(stored.body ?? new Uint8Array(), wanted.body ?? new Uint8Array()) === 0;
  const names = new Set([...Object.keys(stored.fields ?? {}), ...Object.keys(wanted.fields ?? {})]);
  return sameBody && [...names].every((name) => stored.fields?.[name] === wanted.fields?.[name]);
}

const TRANSIENT = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
]);

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return TRANSIENT.has(error.name) || TRANSIENT.has(code);
}

function unavailable(cause: unknown): KeytrailError {
  if (cause instanceof KeytrailError) return cause;
  const why = cause instanceof Error ? ` (${cause.name}: ${cause.message})` : '';
  return new KeytrailError(
    'store-unavailable',
    `The table does not answer as it should${why}; check its name, the endpoint and the permissions, then try again.`,
    { cause },
  );
}
