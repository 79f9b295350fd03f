import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Context, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';

const noMessages: SQSEvent = { Records: [] };
const context = { getRemainingTimeInMillis: () => 60_000 } as Context;
const HASH_KEY = { pk: { S: 'M' }, sk: { S: 'access-key-hash' }, b: { B: 'c2VjcmV0' } };

/** DynamoDB that refuses one request and then has one item. */
let dynamoDb: Server;
let requests = 0;

beforeAll(async () => {
  dynamoDb = createServer((request, response) => {
    request.resume();
    requests++;
    const isRefused = requests === 1;
    response.writeHead(isRefused ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(
      JSON.stringify(
        isRefused ? { __type: 'AccessDeniedException', message: 'refused' } : { Item: HASH_KEY },
      ),
    );
  }).listen(0, '127.0.0.1');
  await once(dynamoDb, 'listening');
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(dynamoDb.address() as AddressInfo).port}`,
    KEYTRAIL_TABLE: 'keytrail',
    KEYTRAIL_QUARANTINE_BUCKET: 'quarantine',
  });
});
afterAll(() => {
  dynamoDb.closeAllConnections();
  dynamoDb.close();
});

test('a function whose service could not be built builds it again at the next invocation', async () => {
  const { handler } = await import('../../handlers/ingest-log-files.ts');
  const invoke = async () => handler(noMessages, context, () => {});
  await expect(invoke()).rejects.toThrow();
  expect(await invoke()).toEqual({ batchItemFailures: [] });
});

test('whatever a function opens once for all invocations, it builds so', () => {
  const folder = join(import.meta.dirname, '..', '..', 'handlers');
  const opening = readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => /^const .*\bopen[A-Z]\w*\(/.test(line));
  expect(opening.length).toBeGreaterThan(0);
  expect(opening.filter((line) => !line.includes('lazily('))).toEqual([]);
});
