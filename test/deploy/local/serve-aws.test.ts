import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { serveAws } from '../../../deploy/local/serve-aws.ts';

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal);
if (outside === undefined) console.warn('That only loopback is served is not tried: no other address here.');

test.skipIf(outside === undefined)('queues and buckets are reached from this machine alone', async () => {
  const aws = await serveAws();
  try {
    const near = connect(aws.port, '127.0.0.1');
    await once(near, 'connect');
    near.destroy();
    const far = connect(aws.port, outside?.address ?? '');
    await expect(once(far, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    far.destroy();
  } finally {
    await aws.stop();
  }
});
