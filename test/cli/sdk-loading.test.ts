import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HOUR_MS } from '../../src/utc-time.ts';
import { recordsAt } from '../backfill/backfilled.ts';
import { LookupEventsServer } from '../backfill/lookup-events-server.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { ObservedS3 } from '../s3/observed-s3.ts';
import { aFolder, start } from './keytrail-process.ts';

/** A process that writes a line to stderr for each load of a client of the AWS SDK whose name contains a text. */
function startObserved(client: string, parameters: readonly string[], environment: Record<string, string>) {
  const said = 'process.stderr.write("loads " + specifier + "\\n")';
  const hooks = `import { registerHooks } from 'node:module'; registerHooks({ resolve(specifier, context, next) { if (specifier.includes('${client}')) ${said}; return next(specifier, context); } });`;
  const command = [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(hooks)}`];
  return start(aFolder(), parameters, { command, environment }).ended;
}

test('the client of S3 is loaded by an import from S3 alone, once and in no worker', async () => {
  const s3 = await ObservedS3.listening();
  try {
    const folder = aFolder();
    const log = JSON.stringify({ Records: [aDecrypt()] });
    writeFileSync(join(folder, 'a.json'), log);
    await s3.put('logs', { 'a.json': log });
    const local = await startObserved('client-s3', ['import', folder], s3.environment);
    expect(local).toMatchObject({ code: 0, stderr: '' });
    const remote = await startObserved('client-s3', ['import', 's3://logs'], s3.environment);
    expect(remote).toMatchObject({ code: 0, stderr: 'loads @aws-sdk/client-s3\n' });
  } finally {
    await s3.close();
  }
});

test('the client of CloudTrail is loaded by a backfill, and not to print the history', async () => {
  const cloudTrail = await LookupEventsServer.listening();
  try {
    const fromMs = Math.floor((Date.now() - 72 * HOUR_MS) / HOUR_MS) * HOUR_MS;
    cloudTrail.reset(recordsAt([{ atMs: fromMs, count: 1 }]));
    const window = ['--from', new Date(fromMs).toISOString(), '--to', new Date(fromMs + 1).toISOString()];
    const environment = { ...cloudTrail.environment, KEYTRAIL_DATA: aFolder() };
    const reading = await startObserved('client-cloudtrail', ['backfill', ...window], environment);
    expect(reading).toMatchObject({ code: 0, stderr: 'loads @aws-sdk/client-cloudtrail\n' });
    const printing = await startObserved('client-cloudtrail', ['usage'], environment);
    expect(printing).toMatchObject({ code: 0, stderr: '' });
  } finally {
    await cloudTrail.close();
  }
});
