import type { Context, SQSEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it, vi } from 'vitest';

const aFailure = vi.hoisted(
  () =>
    function failsOnce(module: Record<string, unknown>, name: string) {
      const real = module[name];
      if (typeof real !== 'function') throw new Error(`there is no ${name}`);
      let calls = 0;
      const build = async (...given: unknown[]) => {
        calls++;
        if (calls === 1) throw new Error('refused');
        return real(...given);
      };
      return { ...module, [name]: build };
    },
);

vi.mock('../../src/s3/object-store.ts', async (original) => aFailure(await original(), 'openObjectStore'));
vi.mock('../../src/alerts/delivery/open-channels.ts', async (original) =>
  aFailure(await original(), 'openChannels'),
);
vi.mock('../../src/ingest/access-key-hash-key.ts', () => {
  return { accessKeyHashKey: async () => Buffer.from('secret') };
});

const noMessages: SQSEvent = { Records: [] };
const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

describe('a function whose service could not be built', () => {
  beforeAll(() => {
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      KEYTRAIL_TABLE: 'keytrail',
      KEYTRAIL_QUARANTINE_BUCKET: 'quarantine',
    });
  });

  it('builds it again at the next invocation: ingest-log-files', async () => {
    const { handler } = await import('../../handlers/ingest-log-files.ts');
    const invoke = async () => handler(noMessages, context, () => {});
    await expect(invoke()).rejects.toThrow('refused');
    expect(await invoke()).toEqual({ batchItemFailures: [] });
  });

  it('builds it again at the next invocation: deliver', async () => {
    const { handler } = await import('../../handlers/deliver.ts');
    await expect(handler(noMessages, context)).rejects.toThrow('refused');
    expect(await handler(noMessages, context)).toEqual({ batchItemFailures: [] });
  });
});
