import type { Context } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { LookupEventsServer } from '../backfill/lookup-events-server.ts';

describe('the backfill function', () => {
  let cloudTrail: LookupEventsServer;
  let invoke: (event: unknown) => Promise<unknown>;
  beforeAll(async () => {
    cloudTrail = await LookupEventsServer.listening();
    Object.assign(process.env, {
      ...cloudTrail.environment,
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
      KEYTRAIL_TABLE: 'keytrail',
      KEYTRAIL_QUARANTINE_BUCKET: 'quarantine',
    });
    const { handler } = await import('../../handlers/backfill.ts');
    const context = { getRemainingTimeInMillis: () => 900_000 } as Context;
    invoke = (event) => handler(event, context);
    return () => cloudTrail.close();
  });

  it('refuses an event that asks for no time', async () => {
    await expect(invoke({ from: 'yesterday', to: '2026-03-01' })).rejects.toMatchObject({
      code: 'bad-usage',
    });
  });
});
