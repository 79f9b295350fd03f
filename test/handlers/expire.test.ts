import type { Context } from 'aws-lambda';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

describe('the function that lets rows expire', () => {
  let invoke: () => Promise<unknown>;

  beforeAll(async () => {
    // Nobody listens there, so any request to the table fails.
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      KEYTRAIL_TABLE: 'keytrail',
    });
    const { handler } = await import('../../handlers/expire.ts');
    const context = { getRemainingTimeInMillis: () => 900_000 } as Context;
    invoke = () => handler({}, context);
  });

  afterEach(() => {
    delete process.env['KEYTRAIL_RETENTION_MONTHS'];
  });

  it('fails when less than 13 months are to be kept, so that its alarm rings', async () => {
    process.env['KEYTRAIL_RETENTION_MONTHS'] = '12';
    await expect(invoke()).rejects.toMatchObject({ code: 'bad-usage' });
  });

  it('makes no request to the table when rows are kept for ever', async () => {
    process.env['KEYTRAIL_RETENTION_MONTHS'] = 'forever';
    expect(await invoke()).toEqual({ isComplete: true });
  });
});
