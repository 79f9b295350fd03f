import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

test('what could not be understood is listed and stays where it still is not', async () => {
  const folder = aFolder();
  const data = join(folder, 'data');
  const log = join(folder, 'log\u001b[31m.ndjson');
  writeFileSync(
    log,
    [aDecrypt({ eventTime: 'never' }), 7, ''].map((line) => JSON.stringify(line)).join('\n'),
  );
  const run = (...parameters: string[]) => keytrail(parameters, { env: { KEYTRAIL_DATA: data } });
  expect(await run('import', log)).toMatchObject({ code: 0 });

  const { stdout: table } = await run('quarantine', 'list');
  expect(table).toMatch(/bad-event-time {2}.*log\\u\{1b\}\[31m\.ndjson#0: /);
  const { stdout: json } = await run('quarantine', 'list', '--json');
  const items = json
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; isKept: boolean });
  expect(items.some(({ isKept }) => isKept)).toBe(true);
  expect(json).not.toContain('\u001b');

  expect(await run('quarantine', 'retry', '--json')).toMatchObject({ code: 0 });
  const { stdout } = await run('quarantine', 'retry', items[0]?.id ?? '');
  expect(stdout).toContain('0 entries are understood now');
  expect((await run('quarantine', 'retry', 'nothing')).stderr).toBe(
    'Some of these ids are not in quarantine; `keytrail quarantine list` prints those that are.\n',
  );
  expect(await run('quarantine')).toMatchObject({ code: 2 });
  expect((await run('quarantine', 'list', '--json')).stdout).toBe(json);
});
