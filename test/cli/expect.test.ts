import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { account, aDecrypt, keyArn } from '../builders/cloud-trail-record.ts';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

const user = `arn:aws:iam::${account}:user/Alice`;

test('from observed uses to current expectations: suggest, fill in, sync, list', async () => {
  const folder = aFolder();
  const run = (...parameters: string[]) =>
    keytrail(parameters, { env: { KEYTRAIL_DATA: join(folder, 'data') } });
  const log = join(folder, 'log.json');
  writeFileSync(log, JSON.stringify({ Records: [aDecrypt()] }));
  expect(await run('import', log)).toMatchObject({ code: 0 });

  const suggested = await run('expect', 'suggest');
  expect(suggested).toMatchObject({ code: 0, stderr: '' });
  const file = join(folder, 'keytrail.expectations.yml');
  writeFileSync(file, suggested.stdout);
  const refused = await run('expect', 'sync', file);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/keytrail\.expectations\.yml:\d+: .*`owner`: `TODO` is not filled in yet/);
  expect(refused.stderr).toContain('correct these 2 faults');
  expect((await run('expect', 'list', '--json')).stdout).toBe('');

  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('TODO', 'risk'));
  expect(await run('expect', 'sync', file)).toMatchObject({
    code: 0,
    stdout: 'added 1234abcd-use\n0 unchanged.\n',
    stderr: '',
  });
  expect(JSON.parse((await run('expect', 'list', '--json')).stdout)).toMatchObject({
    id: '1234abcd-use',
    keys: [keyArn],
    principals: [expect.stringContaining('user/')],
    status: 'in-force',
    source: 'file',
    version: 1,
    changedBy: userInfo().username,
  });
  expect((await run('expect', 'suggest')).stdout).toContain('expectations: []');
  expect((await run('expect', 'remove', '1234abcd-use')).stderr).toContain('comes from the file');

  writeFileSync(file, 'expectations: []');
  expect((await run('expect', 'sync', file)).stdout).toBe('removed 1234abcd-use\n0 unchanged.\n');
  const versions = (await run('expect', 'history', '1234abcd-use', '--json')).stdout.trim().split('\n');
  expect(versions.map((line) => JSON.parse(line))).toMatchObject([
    { number: 1 },
    { number: 2, isRemoved: true },
  ]);
});

test('an expectation is added by flags and removed', async () => {
  const data = join(aFolder(), 'data');
  const run = (...parameters: string[]) =>
    keytrail(['expect', ...parameters], { env: { KEYTRAIL_DATA: data } });
  const flags = [
    '--id',
    'x',
    '--key',
    keyArn,
    '--principal',
    user,
    '--operation',
    'Decrypt',
    '--owner',
    'risk',
  ];
  expect(await run('add', ...flags)).toMatchObject({
    code: 2,
    stderr: 'The expectation was not added: `reason` is missing.\n',
  });
  expect(await run('add', ...flags, '--reason', 'why', '--network', '10.0.0.0/8')).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect((await run('list')).stdout).toMatch(/^ID +STATUS[^\n]*\nx +in-force +cli +never +- +risk +arn:/);
  expect(await run('add', 'no-such-file.yml')).toMatchObject({ code: 1 });
  expect(await run('add', 'no-such-file.yml', '--id', 'x')).toMatchObject({ code: 2 });
  expect(await run('remove', 'x')).toMatchObject({ code: 0 });
  expect(await run('remove', 'x')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no expectation `x`'),
  });
  expect((await run('history', 'x')).stdout).toMatch(/^1 {2}\S+ {2}\S+ \(cli\) {2}put: .*\n2 .* removed\n$/);
  expect(await run('history', 'y')).toMatchObject({ code: 1 });
});

test('what ends soon, and what names nothing of the history, is warned of', async () => {
  const folder = aFolder();
  const run = (...parameters: string[]) =>
    keytrail(parameters, { env: { KEYTRAIL_DATA: join(folder, 'data') } });
  const log = join(folder, 'log.json');
  writeFileSync(log, JSON.stringify({ Records: [aDecrypt()] }));
  await run('import', log);
  const file = join(folder, 'some.json');
  const expires = new Date(Date.now() + 86_400_000).toISOString();
  const rest = { operations: ['Decrypt'], owner: 'risk', reason: 'why', expires };
  const one = { id: 'x', keys: ['alias/typo'], principals: [user], ...rest };
  writeFileSync(file, JSON.stringify({ expectations: [one] }));
  const { stderr } = await run('expect', 'sync', file);
  expect(stderr).toContain(`Warning: x ends at ${expires}`);
  expect(stderr).toContain('some.json:1: `x`: no use of alias/typo is in the history so far.');
});
