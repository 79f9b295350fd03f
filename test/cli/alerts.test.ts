import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { account, aDecrypt, aRole, aUser, keyArn } from '../builders/cloud-trail-record.ts';
import { keytrail } from './keytrail.ts';
import { aFolder, serving } from './keytrail-process.ts';

const alice = `arn:aws:iam::${account}:user/Alice`;
const root = aUser({ type: 'Root', arn: `arn:aws:iam::${account}:root`, userName: undefined });
const hostile = '=cmd|"/c calc"!A1\u001b]0;x\u0007\u202e<!channel>';

test('an import raises alerts; they are listed, shown, acknowledged and resolved by what is expected', async () => {
  const folder = aFolder();
  const run = (...parameters: string[]) =>
    keytrail(parameters, { env: { KEYTRAIL_DATA: join(folder, 'data') } });
  const log = join(folder, 'log.json');
  writeFileSync(
    log,
    JSON.stringify({ Records: [aDecrypt({ by: root }), aDecrypt({ by: aRole(), eventID: 'b' })] }),
  );
  expect((await run('import', log)).stdout).toContain('1 alerts are new or changed');

  const listed = await run('alerts', '--format', 'ndjson');
  const [alert] = listed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(alert).toMatchObject({ rule: 'root-use', state: 'open', isPast: true, count: 1, keyArn });
  expect((await run('alerts', '--state', 'resolved')).stdout.trim().split('\n')).toHaveLength(1);
  expect((await run('alerts', '--rule', 'nothing')).code).toBe(2);
  expect((await run('alerts', 'show', alert.id)).stdout).toContain('Check next:');
  expect(await run('alerts', 'show', 'nothing')).toMatchObject({ code: 1, stdout: '' });
  expect((await run('alerts', 'acknowledge', alert.id)).code).toBe(2);
  expect((await run('alerts', 'acknowledge', alert.id, '--reason', 'x', '--until', 'soon')).code).toBe(2);
  const acknowledged = await run('alerts', 'acknowledge', alert.id, '--reason', 'a drill', '--json');
  expect(JSON.parse(acknowledged.stdout)).toMatchObject({
    state: 'acknowledged',
    history: [{}, { by: userInfo().username, reason: 'a drill' }],
  });

  const file = join(folder, 'keytrail.expectations.yml');
  const expectations = [
    {
      id: 'alice',
      keys: [keyArn],
      principals: [alice],
      operations: ['cryptographic'],
      owner: 'risk',
      reason: 'hers',
    },
  ];
  writeFileSync(file, JSON.stringify({ expectations }));
  expect((await run('expect', 'try', file)).stdout).toContain('3 alerts would have fired');
  expect((await run('expect', 'sync', file)).code).toBe(0);
  const rules = async (...flags: string[]) =>
    (await run('alerts', '--format', 'ndjson', ...flags)).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).rule);
  expect((await rules('--state', 'open')).sort()).toEqual(['unexpected-principal', 'unexpected-principal']);
  expect(
    (await run('usage', '--expected', 'no', '--format', 'ndjson')).stdout.trim().split('\n'),
  ).toHaveLength(2);
  writeFileSync(file, 'expectations: []');
  await run('expect', 'sync', file);
  expect(await rules('--state', 'resolved')).toEqual(['unexpected-principal', 'unexpected-principal']);
});

test('whoever runs the server is who changes something through it', async () => {
  const folder = aFolder();
  const data = join(folder, 'data');
  const log = join(folder, 'log.json');
  writeFileSync(log, JSON.stringify({ Records: [aDecrypt({ by: root })] }));
  await keytrail(['import', log], { env: { KEYTRAIL_DATA: data } });
  const { url } = await serving(data);
  const change = async (method: string, path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  const { items } = z
    .object({ items: z.array(z.object({ id: z.string() })) })
    .parse(await (await fetch(`${url}/v1/alerts?rule=root-use`)).json());
  const keys = async () => (await fetch(`${url}/v1/keys`)).json();
  expect(await keys()).toMatchObject({ items: [{ arn: keyArn, openAlerts: 1 }] });
  const path = `/v1/alerts/${items[0]?.id}/acknowledge`;
  expect(await change('POST', path, { reason: 'a drill' })).toMatchObject({
    status: 200,
    body: { state: 'acknowledged', history: [{}, { by: userInfo().username, reason: 'a drill' }] },
  });
  expect(await keys()).toMatchObject({ items: [{ arn: keyArn, openAlerts: 0 }] });
  const expectation = {
    ...{ keys: [keyArn], principals: [`arn:aws:iam::${account}:root`], operations: ['cryptographic'] },
    ...{ owner: 'risk', reason: 'break-glass' },
  };
  expect(await change('PUT', '/v1/expectations/break-glass', expectation)).toMatchObject({
    status: 200,
    body: { version: 1, source: 'api', changedBy: userInfo().username },
  });
  expect(await (await fetch(`${url}/v1/usage`)).json()).toMatchObject({
    items: [{ expected: 'yes', expectation: 'break-glass' }],
  });
});

test('texts of records are harmless in every format', async () => {
  const folder = aFolder();
  const run = (...parameters: string[]) =>
    keytrail(parameters, { env: { KEYTRAIL_DATA: join(folder, 'data') } });
  const log = join(folder, 'log.json');
  writeFileSync(
    log,
    JSON.stringify({
      Records: [aDecrypt({ by: root, resources: undefined, requestParameters: { keyId: hostile } })],
    }),
  );
  await run('import', log);
  for (const format of ['table', 'json', 'ndjson', 'csv']) {
    const { stdout } = await run('alerts', '--format', format);
    expect(stdout).toContain('root-use');
    for (const sign of ['\u001b', '\u0007', '\u202e']) expect(stdout).not.toContain(sign);
    if (format === 'csv') expect(stdout).not.toMatch(/(?:^|,)"?=/m);
  }
});
