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
import { newUuid } from '../randomness.ts';
import { decodeItem, encodeItem, encodeKey } from './item-attributes.ts';
import type { Item, ItemKey, QueryRange, Table } from './table.ts';
import { isEmptyRange } from './table.ts';

/** DynamoDB's own bounds of one request: BatchWriteItem 25 items, BatchGetItem 100 (Developer Guide, quotas). */
const BATCH_WRITE_ITEMS = 25;
const BATCH_GET_ITEMS = 100;
/** A batch may hold 16 MB; base64 and an embedded engine's 16 MiB of text make less of it. */
const BATCH_WRITE_BYTES = 1_000_000;
const MAX_ATTEMPTS = 12;

export interface DynamoDbTableOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Waits for a time. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** A unique id for each conditional put; random UUIDs when absent. */
  readonly newWriteId?: () => string;
}

/** The store contract over one DynamoDB table, in AWS or behind any endpoint that speaks its API. */
export class DynamoDbTable implements Table {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #sleep: (milliseconds: number) => Promise<void>;
  readonly #newWriteId: () => string;

  constructor(options: DynamoDbTableOptions) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#sleep = options.sleep;
    this.#newWriteId = options.newWriteId ?? newUuid;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    // DynamoDB refuses to look for a key that it would not store.
    if (isTooLong(key)) return undefined;
    const attributes = await this.#getAttributes(key);
    return attributes === undefined ? undefined : decodeItem(attributes);
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    const distinct = [...new Map(keys.map((key) => [JSON.stringify([key.pk, key.sk]), key])).values()];
    const items: Item[] = [];
    for (let start = 0; start < distinct.length; start += BATCH_GET_ITEMS) {
      let wanted = distinct.slice(start, start + BATCH_GET_ITEMS).map(encodeKey);
      for (let attempt = 0; wanted.length > 0; ) {
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
        // Some of the keys: the answer was full. All of them: the table is throttled.
        if (wanted.length < asked.length) attempt = 0;
        else if (attempt < MAX_ATTEMPTS) await this.#backOff(attempt++);
        else throw unavailable(new Error('it returned every key unprocessed'));
      }
    }
    return items;
  }

  async query(pk: string, range: QueryRange = {}): Promise<Item[]> {
    const items: Item[] = [];
    if (isEmptyRange(range)) return items;
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
    const writeId = this.#newWriteId();
    const command = new PutItemCommand({
      TableName: this.#tableName,
      Item: { ...encodeItem(item), w: { S: writeId } },
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
        // A client that retries by itself may have lost the answer of an earlier attempt.
        mayHaveBeenApplied ||= attemptsOf(error) > 1;
        if (error instanceof ConditionalCheckFailedException) {
          return mayHaveBeenApplied && (await this.#wasPut(item, writeId, error));
        }
        mayHaveBeenApplied ||= !isRefused(error);
        if (!isTransient(error) || attempt >= MAX_ATTEMPTS) throw unavailable(error);
        await this.#backOff(attempt);
      }
    }
  }

  /**
   * Whether a conditional put whose answer was lost was applied and made its own retry fail. Somebody else may
   * have put an equal item, so the write's id is compared.
   */
  async #wasPut(item: ItemKey & { readonly version: number }, writeId: string, cause: unknown) {
    const stored = await this.#getAttributes(item);
    if (stored?.['w']?.S === writeId) return true;
    // Versions grow: a stored version that is not greater shows that this put was not applied.
    if (stored !== undefined && Number(stored['v']?.N ?? 0) <= item.version) return false;
    // A later version was written over this one, so whether this put was applied is unknown.
    throw unavailable(cause);
  }

  async #getAttributes(key: ItemKey): Promise<Record<string, AttributeValue> | undefined> {
    const command = new GetItemCommand({
      TableName: this.#tableName,
      Key: encodeKey(key),
      ConsistentRead: true,
    });
    return (await this.#send(() => this.#client.send(command))).Item;
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
    for (let attempt = 0; requests.length > 0; ) {
      const asked = requests;
      const answer = await this.#send(() =>
        this.#client.send(new BatchWriteItemCommand({ RequestItems: { [this.#tableName]: asked } })),
      );
      requests = answer.UnprocessedItems?.[this.#tableName] ?? [];
      if (requests.length === 0) return;
      if (requests.length < asked.length) attempt = 0;
      if (attempt >= MAX_ATTEMPTS) throw unavailable(new Error('it returned every write unprocessed'));
      await this.#backOff(attempt++);
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

function keyCondition(pk: string, range: QueryRange) {
  const values: Record<string, AttributeValue> = { ':pk': { S: pk } };
  // No sort key is empty, and DynamoDB takes none as a bound.
  const from = range.from === '' ? undefined : range.from;
  if (from !== undefined) values[':from'] = { S: from };
  if (range.to !== undefined) values[':to'] = { S: range.to };
  const sort =
    from !== undefined && range.to !== undefined
      ? ' AND sk BETWEEN :from AND :to'
      : from !== undefined
        ? ' AND sk >= :from'
        : range.to !== undefined
          ? ' AND sk <= :to'
          : '';
  return { condition: `pk = :pk${sort}`, values };
}

/** Codes of requests that were refused or never arrived, and so had no effect. */
const REFUSED = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'ECONNREFUSED',
  'ENOENT',
]);

/** Codes of requests that may or may not have had an effect. */
const UNCERTAIN = new Set([
  'InternalServerError',
  'ServiceUnavailable',
  'RequestTimeout',
  'RequestTimeoutException',
  'ReplicatedWriteConflictException',
  'TimeoutError',
  'ECONNABORTED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

const FIRST_SERVER_FAULT = 500;

function isRefused(error: unknown): boolean {
  return codesOf(error).some((code) => REFUSED.has(code));
}

function isTransient(error: unknown): boolean {
  return (
    isRefused(error) ||
    codesOf(error).some((code) => UNCERTAIN.has(code)) ||
    Number(metadataOf(error)?.httpStatusCode ?? 0) >= FIRST_SERVER_FAULT
  );
}

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return 'code' in error && typeof error.code === 'string' ? [error.name, error.code] : [error.name];
}

/** How often the client sent the request that ended with an error. */
function attemptsOf(error: unknown): number {
  return Number(metadataOf(error)?.attempts ?? 1);
}

function metadataOf(error: unknown): { attempts?: unknown; httpStatusCode?: unknown } | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  return typeof metadata === 'object' && metadata !== null ? metadata : undefined;
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

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html: the bytes of keys */
const LONGEST_PARTITION_KEY = 2_048;
const LONGEST_SORT_KEY = 1_024;

function isTooLong({ pk, sk }: ItemKey): boolean {
  return Buffer.byteLength(pk) > LONGEST_PARTITION_KEY || Buffer.byteLength(sk) > LONGEST_SORT_KEY;
}
