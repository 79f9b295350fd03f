import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { guid } from '../oracle/universe.ts';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

test('verify proves a history, that it extends an earlier one, and names what was removed', async () => {
  const folder = aFolder();
  const data = join(folder, 'data');
  const run = (...parameters: string[]) => keytrail(parameters, { env: { KEYTRAIL_DATA: data } });
  const imported = async (name: string) => {
    const record = aDecrypt({ eventID: guid('verify', name) });
    writeFileSync(join(folder, name), JSON.stringify({ Records: [record] }));
    expect((await run('import', join(folder, name))).code).toBe(0);
  };
  expect(await run('verify')).toMatchObject({ code: 1, stdout: '' });
  await imported('first.json');
  const first = await run('verify');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).not.toContain('FAULT');
  expect(first.stdout).toContain('This does not prove:');
  writeFileSync(
    join(folder, 'note'),
    `${first.stdout.slice(first.stdout.lastIndexOf(':\n\n') + 3).trimEnd()}\n`,
  );

  await imported('second.json');
  const since = await run('verify', '--since', join(folder, 'note'));
  expect(since).toMatchObject({ code: 0 });
  expect(since.stdout).toMatch(/holds .*extends/i);

  const database = new DatabaseSync(join(data, 'history.sqlite'));
  database.exec("DELETE FROM items WHERE pk LIKE 'C#%'");
  database.close();
  const damaged = await run('verify');
  expect(damaged.code).toBe(1);
  expect(damaged.stdout).toContain('FAULT');
  expect((await run('verify', '--since', join(folder, 'nowhere'))).stderr).toContain('cannot be read');
});
