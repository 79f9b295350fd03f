import { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { KeytrailError } from '../../src/keytrail-error.ts';
import { DynamoDbTable } from '../../src/table/dynamodb-table.ts';
import { isObject, type Json, objectIn, textIn } from '../oracle/json.ts';

/** What comes of one request: an answer, an error the engine reports, or a connection that breaks. */
type Answer =
  | { readonly body: Json }
  | { readonly error: string; readonly status?: number }
  | { readonly brokenBy: string };

const OK: Answer = { body: {} };
const THROTTLED: Answer = { error: 'ProvisionedThroughputExceededException' };
const CONDITION_FAILED: Answer = { error: 'ConditionalCheckFailedException' };
const LOST: Answer = { brokenBy: 'ECONNRESET' };

/** An engine that answers as a test says, under the SDK's real client. */
class FakeEngine {
  readonly requests: { readonly operation: string; readonly input: Json }[] = [];
  readonly waits: number[] = [];
  readonly table: DynamoDbTable;
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #answer: (operation: string, input: Json, count: number) => Answer;

  constructor(answer: (operation: string, input: Json, count: number) => Answer, maxAttempts = 1) {
    this.#answer = answer;
    this.table = new DynamoDbTable({
      client: new DynamoDBClient({
        region: 'us-east-1',
        endpoint: 'http://127.0.0.1:1',
        credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
        maxAttempts,
        requestHandler: this,
      }),
      tableName: 'T',
      sleep: async (milliseconds) => {
        this.waits.push(milliseconds);
      },
    });
  }

  async handle({ headers, body }: { headers: Record<string, string>; body?: unknown }) {
    const operation = headers['x-amz-target']?.split('.')[1] ?? '';
    const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
    const input: unknown = JSON.parse(text);
    if (!isObject(input)) throw new Error('a request without a body');
    this.requests.push({ operation, input });
    const answer = this.#answer(operation, input, this.requests.length);
    if ('brokenBy' in answer) {
      throw Object.assign(new Error('the connection broke'), { code: answer.brokenBy });
    }
    const content =
      'error' in answer
        ? { __type: `com.amazonaws.dynamodb.v20120810#${answer.error}`, message: 'as the test wants it' }
        : answer.body;
    return {
      response: {
        statusCode: 'error' in answer ? (answer.status ?? 400) : 200,
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: Readable.from([Buffer.from(JSON.stringify(content))]),
      },
    };
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  get operations(): string[] {
    return this.requests.map(({ operation }) => operation);
  }
}

/** Answers in turn, the last one ever after. */
function inTurn(...answers: readonly Answer[]) {
  return (_operation: string, _input: Json, count: number): Answer =>
    answers[Math.min(count, answers.length) - 1] ?? OK;
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error instanceof KeytrailError ? error.code : String(error);
  }
}

const KEY = { pk: 'p', sk: 's' };
const ITEM = { ...KEY, version: 2, fields: { n: 1 } };
const WIRE_KEY = { pk: { S: 'p' }, sk: { S: 's' } };

function writesOf(input: Json): unknown[] {
  const writes = objectIn(input, 'RequestItems')['T'];
  return Array.isArray(writes) ? writes : [];
}

function keysOf(input: Json): unknown[] {
  const keys = objectIn(objectIn(input, 'RequestItems'), 'T')['Keys'];
  return Array.isArray(keys) ? keys : [];
}

describe('what a table does when it is throttled', () => {
  it.each(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'])(
    'tries again after %s, longer each time',
    async (error) => {
      const engine = new FakeEngine(inTurn({ error }, { error }, { error }, OK));
      await engine.table.put(ITEM);
      expect(engine.operations).toEqual(['PutItem', 'PutItem', 'PutItem', 'PutItem']);
      expect(engine.waits).toHaveLength(3);
      expect(engine.waits.toSorted((a, b) => a - b)).toEqual(engine.waits);
      expect(new Set(engine.waits).size).toBe(3);
    },
  );

  it.each([
    ['an internal error', { error: 'InternalServerError', status: 500 }],
    ['an unknown fault of the server', { error: 'Unheard', status: 503 }],
    ['a reset connection', { brokenBy: 'ECONNRESET' }],
    ['a refused connection', { brokenBy: 'ECONNREFUSED' }],
    ['a connection that timed out', { brokenBy: 'ETIMEDOUT' }],
    ['a name that does not resolve for now', { brokenBy: 'EAI_AGAIN' }],
  ] satisfies [string, Answer][])('tries again after %s', async (_, answer) => {
    const engine = new FakeEngine(inTurn(answer, OK));
    await engine.table.get(KEY);
    expect(engine.operations).toEqual(['GetItem', 'GetItem']);
    expect(engine.waits).toHaveLength(1);
  });

  it.each([
    ['get', (table: DynamoDbTable) => table.get(KEY)],
    ['getAll', (table: DynamoDbTable) => table.getAll([KEY])],
    ['query', (table: DynamoDbTable) => table.query('p')],
    ['put', (table: DynamoDbTable) => table.put(ITEM)],
    ['putIf', (table: DynamoDbTable) => table.putIf(ITEM, 1)],
    ['write', (table: DynamoDbTable) => table.write([ITEM])],
  ])('gives up %s as store-unavailable in the end', async (_, ask) => {
    const engine = new FakeEngine(() => THROTTLED);
    expect(await codeOf(ask(engine.table))).toBe('store-unavailable');
    expect(engine.waits.length).toBeGreaterThan(5);
    expect(engine.waits.length).toBeLessThan(30);
  });

  it.each([
    ['get', (table: DynamoDbTable) => table.get(KEY)],
    ['getAll', (table: DynamoDbTable) => table.getAll([KEY])],
    ['query', (table: DynamoDbTable) => table.query('p')],
    ['put', (table: DynamoDbTable) => table.put(ITEM)],
    ['putIf', (table: DynamoDbTable) => table.putIf(ITEM, 1)],
    ['write', (table: DynamoDbTable) => table.write([ITEM])],
  ])('does not repeat a %s that will never do', async (_, ask) => {
    for (const error of ['ResourceNotFoundException', 'ValidationException', 'AccessDeniedException']) {
      const engine = new FakeEngine(() => ({ error }));
      expect(await codeOf(ask(engine.table))).toBe('store-unavailable');
      expect(engine.requests).toHaveLength(1);
    }
  });
});

describe('what a batch leaves unprocessed', () => {
  const items = Array.from({ length: 30 }, (_, number) => ({ pk: 'p', sk: `s${number}` }));

  it('is written by the next request, and nothing else again', async () => {
    const written: string[] = [];
    const engine = new FakeEngine((_operation, input, count) => {
      const writes = writesOf(input);
      const taken = count % 2 === 1 ? writes.slice(0, Math.ceil(writes.length / 2)) : writes;
      written.push(...taken.map((write) => JSON.stringify(write)));
      return {
        body: { UnprocessedItems: taken.length < writes.length ? { T: writes.slice(taken.length) } : {} },
      };
    });
    await engine.table.write(items);
    expect(written).toHaveLength(30);
    expect(new Set(written).size).toBe(30);
    expect(engine.waits).toHaveLength(2);
  });

  it('is read by the next request', async () => {
    const engine = new FakeEngine((_operation, input) => {
      const keys = keysOf(input);
      const rest = keys.slice(7);
      return {
        body: {
          Responses: { T: keys.slice(0, 7) },
          UnprocessedKeys: rest.length === 0 ? {} : { T: { Keys: rest, ConsistentRead: true } },
        },
      };
    });
    const read = await engine.table.getAll(items);
    expect(read.map((item) => item.sk)).toEqual(items.map((item) => item.sk));
    // A full answer is no throttling.
    expect(engine.waits).toEqual([]);
  });

  it('takes as long as it takes while there is progress', async () => {
    const one = (list: unknown[]) => list.slice(1);
    const engine = new FakeEngine((operation, input) =>
      operation === 'BatchWriteItem'
        ? { body: { UnprocessedItems: writesOf(input).length > 1 ? { T: one(writesOf(input)) } : {} } }
        : {
            body: {
              Responses: { T: keysOf(input).slice(0, 1) },
              UnprocessedKeys: keysOf(input).length > 1 ? { T: { Keys: one(keysOf(input)) } } : {},
            },
          },
    );
    await engine.table.write(items);
    expect(await engine.table.getAll(items)).toHaveLength(30);
  });

  it.each([
    ['a write', (table: DynamoDbTable) => table.write(items)],
    ['a read', (table: DynamoDbTable) => table.getAll(items)],
  ])('ends %s as store-unavailable where nothing is ever processed', async (_, ask) => {
    const engine = new FakeEngine((operation, input) => ({
      body:
        operation === 'BatchWriteItem'
          ? { UnprocessedItems: { T: writesOf(input) } }
          : { UnprocessedKeys: { T: { Keys: keysOf(input) } } },
    }));
    expect(await codeOf(ask(engine.table))).toBe('store-unavailable');
    expect(engine.waits.length).toBeGreaterThan(5);
    expect(engine.waits.length).toBeLessThan(30);
  });
});

describe('a conditional put whose answer was lost', () => {
  /** One item behind the wire, put by whatever condition holds; `lose` loses answers of puts by number. */
  function engineWithItem(stored: Json | undefined, lose: (put: number) => 'before' | 'after' | undefined) {
    let item = stored;
    let puts = 0;
    const state = {
      get item() {
        return item;
      },
      overwrite(next: Json) {
        item = next;
      },
      between: () => {},
    };
    const engine = (maxAttempts?: number) =>
      new FakeEngine((operation, input) => {
        if (operation === 'GetItem') return { body: item === undefined ? {} : { Item: item } };
        const lost = lose(++puts);
        if (lost === 'before') return LOST;
        const expected = objectIn(objectIn(input, 'ExpressionAttributeValues'), ':expected')['N'];
        const holds =
          expected === undefined ? item === undefined : textIn(objectIn(item ?? {}, 'v'), 'N') === expected;
        if (holds) item = objectIn(input, 'Item');
        if (lost === 'after') {
          state.between();
          return LOST;
        }
        return holds ? OK : CONDITION_FAILED;
      }, maxAttempts);
    return { state, engine };
  }

  const firstAnswer = (put: number) => (put === 1 ? ('after' as const) : undefined);

  it.each([
    ['a first version', undefined, undefined],
    ['a next version', { ...WIRE_KEY, v: { N: '1' } }, 1],
  ])('was put: %s is read back', async (_, stored, expected) => {
    const { state, engine } = engineWithItem(stored, firstAnswer);
    const { table, operations } = engine();
    expect(await table.putIf(ITEM, expected)).toBe(true);
    expect(state.item).toMatchObject({ v: { N: '2' }, n: { N: '1' } });
    expect(operations).not.toContain('Query');
    expect(await table.get(KEY)).toEqual(ITEM);
  });

  it('was not put where the request never came', async () => {
    const { engine } = engineWithItem({ ...WIRE_KEY, v: { N: '1' } }, (put) =>
      put === 1 ? 'before' : undefined,
    );
    expect(await engine().table.putIf(ITEM, 1)).toBe(true);
  });

  it('was not put where somebody else put that version', async () => {
    const { state, engine } = engineWithItem({ ...WIRE_KEY, v: { N: '1' } }, (put) =>
      put === 1 ? 'before' : undefined,
    );
    const { table } = engine();
    state.overwrite({ ...WIRE_KEY, v: { N: '2' }, n: { N: '5' } });
    expect(await table.putIf(ITEM, 1)).toBe(false);
  });

  it('was not put where somebody else put the very same', async () => {
    let puts = 0;
    const first: { item?: Json } = {};
    const engine = new FakeEngine((operation, input) => {
      if (operation === 'GetItem') return { body: { Item: first.item ?? {} } };
      puts++;
      if (puts === 1) {
        // Ours never comes; another process puts what differs in nothing but whose it is.
        first.item = { ...objectIn(input, 'Item'), w: { S: 'of somebody else' } };
        return LOST;
      }
      return CONDITION_FAILED;
    });
    expect(await engine.table.putIf(ITEM, 1)).toBe(false);
  });

  it('rejects where what had the version was written over: nobody knows whose it was', async () => {
    const { state, engine } = engineWithItem({ ...WIRE_KEY, v: { N: '1' } }, firstAnswer);
    state.between = () => state.overwrite({ ...WIRE_KEY, v: { N: '3' } });
    expect(await codeOf(engine().table.putIf(ITEM, 1))).toBe('store-unavailable');
  });

  it('was put also where the SDK lost the answer and repeated the request by itself', async () => {
    const { engine } = engineWithItem({ ...WIRE_KEY, v: { N: '1' } }, firstAnswer);
    const fake = engine(3);
    expect(await fake.table.putIf(ITEM, 1)).toBe(true);
    expect(fake.operations).toEqual(['PutItem', 'PutItem', 'GetItem']);
  });

  it('is not doubted where it was only throttled: no reading back', async () => {
    const engine = new FakeEngine(inTurn(THROTTLED, CONDITION_FAILED));
    expect(await engine.table.putIf(ITEM, 1)).toBe(false);
    expect(engine.operations).toEqual(['PutItem', 'PutItem']);
  });

  it('is not doubted where none was lost', async () => {
    const engine = new FakeEngine(inTurn(CONDITION_FAILED));
    expect(await engine.table.putIf(ITEM, 1)).toBe(false);
    expect(engine.operations).toEqual(['PutItem']);
  });

  it('rejects when the answers go on being lost', async () => {
    const engine = new FakeEngine(() => LOST);
    expect(await codeOf(engine.table.putIf(ITEM, 1))).toBe('store-unavailable');
  });
});

describe('what a table asks of DynamoDB', () => {
  it('reads consistently', async () => {
    const engine = new FakeEngine(() => OK);
    await engine.table.get(KEY);
    await engine.table.getAll([KEY]);
    await engine.table.query('p');
    const [get, all, query] = engine.requests.map(({ input }) => input);
    expect(get?.['ConsistentRead']).toBe(true);
    expect(objectIn(objectIn(all ?? {}, 'RequestItems'), 'T')['ConsistentRead']).toBe(true);
    expect(query?.['ConsistentRead']).toBe(true);
  });

  it('keeps within the bounds of one request', async () => {
    const engine = new FakeEngine(() => OK);
    await engine.table.write(
      Array.from({ length: 60 }, (_, number) => ({
        pk: 'p',
        sk: `${number}`,
        body: new Uint8Array(340_000),
      })),
      Array.from({ length: 60 }, (_, number) => ({ pk: 'p', sk: `gone ${number}` })),
    );
    await engine.table.getAll(Array.from({ length: 250 }, (_, number) => ({ pk: 'p', sk: `${number}` })));
    const writes = engine.requests.filter(({ operation }) => operation === 'BatchWriteItem');
    expect(writes.flatMap(({ input }) => writesOf(input))).toHaveLength(120);
    for (const { input } of writes) {
      expect(writesOf(input).length).toBeLessThanOrEqual(25);
      expect(JSON.stringify(input).length).toBeLessThan(16_000_000);
    }
    const reads = engine.requests.filter(({ operation }) => operation === 'BatchGetItem');
    expect(reads.map(({ input }) => keysOf(input).length)).toEqual([100, 100, 50]);
  });

  it('asks on from where the last answer ended, for no more than is wanted', async () => {
    const engine = new FakeEngine((_operation, input) => {
      const start = Number(textIn(objectIn(objectIn(input, 'ExclusiveStartKey'), 'sk'), 'S') ?? '0');
      const Items = [1, 2, 3].map((step) => ({ pk: { S: 'p' }, sk: { S: `${start + step}` } }));
      return { body: { Items, LastEvaluatedKey: Items.at(-1) } };
    });
    await engine.table.query('p', { limit: 9 });
    expect(engine.requests.map(({ input }) => input['Limit'])).toEqual([9, 6, 3]);
  });

  it('asks nothing where nothing can be', async () => {
    const engine = new FakeEngine(() => OK);
    await engine.table.query('p', { from: 'b', to: 'a' });
    await engine.table.query('p', { limit: 0 });
    await engine.table.getAll([]);
    await engine.table.write([]);
    expect(engine.requests).toEqual([]);
  });
});
