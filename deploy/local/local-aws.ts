// Run by `npm run local:aws`: the stack on this machine, until Ctrl-C. What it holds is gone then.
import { setTimeout as sleep } from 'node:timers/promises';
import { SCOPES } from '../../src/api/route.ts';
import { serveLocally } from '../../src/api/serve/http-server.ts';
import { gatewayTo } from './gateway.ts';
import { pollOnce } from './queue-poller.ts';
import { startTwin } from './twin.ts';

const POLL_MS = 250;
const SEAL_MS = 60_000;
/** Whoever asks on loopback may do everything. */
const CLAIMS = { sub: 'local', scope: SCOPES.join(' ') };

const twin = await startTwin();
const { handler } = await import('../../handlers/api.ts');
const server = await serveLocally({
  app: gatewayTo(handler, CLAIMS),
  host: '127.0.0.1',
  port: Number(process.env['PORT'] ?? 8080),
  reportFailure: (error) => process.stderr.write(`${error instanceof Error ? error.name : 'unknown'}\n`),
});
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
    `# Events, as EventBridge has them: aws sqs send-message --queue-url ${twin.ingest.queueUrl} --message-body …`,
    `# Log files, announced by S3: ${twin.ingestLogFiles.queueUrl}`,
    `# Alerts, as a subscriber of their topic hears them: ${twin.heardAlertsUrl}`,
    `# The API: ${server.url}/v1/usage. End it with Ctrl-C.`,
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
