// Run by `npm run local:aws -- [--port 8080]`: the stack on this machine, until Ctrl-C. What it holds is gone then.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SCOPES } from '../../src/api/route.ts';
import { serveLocally } from '../../src/api/serve/http-server.ts';
import { KeytrailError } from '../../src/keytrail-error.ts';
import { gatewayTo } from './gateway.ts';
import { pollOnce } from './queue-poller.ts';
import { startTwin } from './twin.ts';

const POLL_MS = 250;
const SEAL_MS = 60_000;
/** The least that an event of KMS has. */
const EXAMPLE = {
  source: 'aws.kms',
  'detail-type': 'AWS API Call via CloudTrail',
  account: '111122223333',
  region: 'us-east-1',
  detail: {
    eventVersion: '1.11',
    eventID: '5f3b7c1e-0000-4000-8000-000000000001',
    eventTime: '2026-03-01T10:00:00Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
    awsRegion: 'us-east-1',
    recipientAccountId: '111122223333',
    userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/Ana', accountId: '111122223333' },
    resources: [{ ARN: 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-4333-8444-555555555555' }],
  },
};
/** Whoever asks on loopback may do everything. */
const CLAIMS = { sub: 'local', scope: SCOPES.join(' ') };

const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } });
const port = Number(values.port);
if (!/^\d+$/.test(values.port) || port > 65_535) fail('--port must be a number from 0 to 65535.');

const twin = await startTwin();
const { handler } = await import('../../handlers/api.ts');
const server = await serveLocally({
  app: gatewayTo(handler, CLAIMS),
  host: '127.0.0.1',
  port,
  reportFailure: (error) => process.stderr.write(`${error instanceof Error ? error.name : 'unknown'}\n`),
}).catch((error: unknown) => fail(error instanceof KeytrailError ? error.message : String(error)));
let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isStopped = true;
  });
}

const settings = Object.entries(twin.environment).map(([name, value]) => `export ${name}=${value}`);
process.stderr.write(
  [
    ...settings,
    '# An event, as EventBridge sends them:',
    `aws sqs send-message --endpoint-url ${new URL(twin.ingest.queueUrl).origin} --queue-url ${twin.ingest.queueUrl} --message-body '${JSON.stringify(EXAMPLE)}'`,
    `# Log files, announced by S3: ${twin.ingestLogFiles.queueUrl}`,
    `# Alerts, as a subscriber of their topic hears them: ${twin.heardAlertsUrl}`,
    `# The row that it makes: curl ${server.url}/v1/usage`,
    '# End it with Ctrl-C.',
    '',
  ].join('\n'),
);

let sealedAt = performance.now();
while (!isStopped) {
  const deliveries = [
    await pollOnce(twin.sqs, twin.ingest),
    await pollOnce(twin.sqs, twin.ingestLogFiles),
    await pollOnce(twin.sqs, twin.deliver),
  ];
  if (performance.now() - sealedAt > SEAL_MS) {
    await twin.seal();
    await twin.detect();
    await twin.deliverOutbox();
    sealedAt = performance.now();
  }
  if (deliveries.every(({ delivered }) => delivered === 0)) await sleep(POLL_MS);
}
await server.close();
await twin.close();

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
