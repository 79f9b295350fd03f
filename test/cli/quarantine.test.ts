import { readdirSync, writeFileSync } from 'node:fs';
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

test('what is discarded leaves the quarantine, and who discarded it why stays', async () => {
  const folder = aFolder();
  const log = join(folder, 'log.ndjson');
  const large = aDecrypt({ eventTime: 'never', requestParameters: { keyId: 'x'.repeat(300 * 1024) } });
  writeFileSync(
    log,
    [aDecrypt({ eventTime: 'never' }), large].map((line) => JSON.stringify(line)).join('\n'),
  );
  const run = (...parameters: string[]) =>
    keytrail([...parameters, '--data', join(folder, 'data')], { env: {}, userName: () => 'eve\u001b[31m' });
  await run('import', log);
  expect(await run('quarantine', 'list', '--discarded')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'Nothing was discarded.\n',
  });
  const ids = (await run('quarantine', 'list')).stdout
    .trim()
    .split('\n')
    .map((line) => line.slice(0, line.indexOf(' ')));
  expect(ids).toHaveLength(2);
  const kept = readdirSync(join(folder, 'data', 'quarantine'));
  expect(kept).toHaveLength(1);

  expect(await run('quarantine', 'discard', ...ids)).toMatchObject({ code: 2 });
  expect(await run('quarantine', 'discard', ...ids, '--reason', ' ')).toMatchObject({ code: 2 });
  expect(await run('quarantine', 'discard', 'nothing', '--reason', 'a test')).toMatchObject({ code: 1 });
  expect(await run('quarantine', 'discard', ...ids, '--reason', 'a test')).toMatchObject({
    code: 0,
    stdout: '2 entries were discarded.\n',
  });
  expect(await run('quarantine', 'list')).toMatchObject({
    stdout: '',
    stderr: 'Nothing is in quarantine: all that was read was understood.\n',
  });
  expect(readdirSync(join(folder, 'data', 'quarantine'))).toEqual([]);
  const { stdout } = await run('quarantine', 'list', '--discarded');
  expect(stdout).toMatch(/log\.ndjson#0: .* Discarded by eve\\u\{1b\}\[31m at \d{4}-.*Z: a test\n/);
  const json = (await run('quarantine', 'list', '--discarded', '--json')).stdout.trim().split('\n');
  expect(json.map((line) => JSON.parse(line))).toMatchObject(
    [...ids].sort().map((id) => ({ id, code: 'bad-event-time', discarded: { reason: 'a test' } })),
  );
});
