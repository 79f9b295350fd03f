import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEmbeddedStore } from '../../src/embedded/embedded-store.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

const byRoot = aDecrypt({
  userIdentity: {
    type: 'Root',
    principalId: '111122223333',
    arn: 'arn:aws:iam::111122223333:root',
    accountId: '111122223333',
  },
});

/** A data folder in which a process holds the lease of detection. */
async function leasedBy(pid: number) {
  const data = join(aFolder(), 'data');
  const store = await openEmbeddedStore(data, { mode: 'create' });
  const by = `process ${pid} on ${hostname()} (a run)`;
  const fields = { by, until: Date.now() + 3_600_000 };
  await store.table.putIf({ pk: 'M', sk: 'watch', version: 1, fields }, undefined);
  await store.close();
  const log = join(aFolder(), 'log.json');
  writeFileSync(log, JSON.stringify({ Records: [byRoot] }));
  return { data, log };
}

async function rulesIn(data: string): Promise<string[]> {
  const { stdout } = await keytrail(['alerts', '--data', data, '--format', 'json'], { env: {} });
  return (JSON.parse(stdout) as { rule: string }[]).map(({ rule }) => rule);
}

test('an import does not wait for a killed process to finish its detection', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  const { data, log } = await leasedBy(child.pid ?? 0);
  expect(await keytrail(['import', log, '--data', data], { env: {} })).toMatchObject({ code: 0 });
  expect(await rulesIn(data)).toContain('root-use');
});

test('an import waits for a running process to finish its detection, and runs its own', async () => {
  const { data, log } = await leasedBy(process.pid);
  let waits = 0;
  const imported = await keytrail(['import', log, '--data', data], {
    env: {},
    async sleep() {
      waits++;
      const store = await openEmbeddedStore(data, { mode: 'change' });
      const held = await store.table.get({ pk: 'M', sk: 'watch' });
      await store.table.putIf(
        { pk: 'M', sk: 'watch', version: 2, fields: { by: 'gone', until: 0 } },
        held?.version,
      );
      await store.close();
    },
  });
  expect({ ...imported, waits }).toMatchObject({ code: 0, waits: 1 });
  expect(await rulesIn(data)).toContain('root-use');
});
