import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

const old = aDecrypt({ eventTime: '2020-03-01T10:00:00Z' });
const recent = aDecrypt({
  eventTime: new Date(Date.now() - 86_400_000).toISOString().replace(/\.\d+/, ''),
  eventID: 'b',
});

test('old rows expire by a run, not while they are held, and all of it is told', async () => {
  const folder = aFolder();
  const run = (...parameters: string[]) =>
    keytrail(parameters, { env: { KEYTRAIL_DATA: join(folder, 'data') } });
  const rows = async () =>
    (await run('usage', '--from', '2019-01-01', '--format', 'ndjson')).stdout.trim().split('\n').length;
  writeFileSync(join(folder, 'log.json'), JSON.stringify({ Records: [old, recent] }));
  await run('import', join(folder, 'log.json'));
  expect((await run('retention', 'hold', 'case-1', '--reason', 'a case', '--to', '2020-12-31')).code).toBe(0);
  expect((await run('retention', 'hold', 'case-2', '--reason', ' ')).code).toBe(2);
  expect((await run('retention', 'hold', 'case-2', '--reason', 'x', '--from', 'soon')).code).toBe(2);
  expect((await run('retention', 'run')).stdout).toContain('0 rows of 0 days');
  expect(await rows()).toBe(2);
  expect((await run('retention', 'release', 'case-1', '--reason', 'it is over')).code).toBe(0);
  expect((await run('retention', 'release', 'case-9', '--reason', 'x')).code).toBe(1);
  expect(JSON.parse((await run('retention', 'run', '--yes', '--json')).stdout)).toMatchObject({
    months: 13,
    days: [{ day: '2020-03-01', rows: 1 }],
  });
  expect(await rows()).toBe(1);
  expect((await run('usage', '--from', '2019-01-01')).stdout).toContain(
    'Rows of days before 2020-03-02 00:00:00 have expired',
  );
  expect((await run('usage', '--from', '2020-03-02')).stderr).toBe('');
  const status = JSON.parse((await run('retention', 'status', '--json')).stdout);
  expect(status).toMatchObject({
    holds: [{ id: 'case-1', placed: { reason: 'a case' }, released: { reason: 'it is over' } }],
    runs: [{ days: [{ rows: 1 }] }, { held: [{ day: '2020-03-01', holds: ['case-1'] }] }],
    expired: [{ day: '2020-03-01', rows: 1 }],
  });
  const again = await run('retention', 'hold', 'case-3', '--reason', 'another');
  expect(again.stdout).toBe(
    'Hold case-3 is in force. 1 of its days had already expired, from 2020-03-01 to 2020-03-01.\n',
  );
  // What came late is no duplicate, is not shown, and is counted when it is taken away.
  writeFileSync(join(folder, 'late.json'), JSON.stringify({ Records: [old, recent] }));
  const late = await run('import', '--json', join(folder, 'late.json'));
  expect(JSON.parse(late.stdout)).toMatchObject({ kmsEvents: 2, usageRows: 0, duplicates: 1, expired: 1 });
  expect(await rows()).toBe(1);
  await run('retention', 'release', 'case-3', '--reason', 'it is over');
  expect(JSON.parse((await run('retention', 'run', '--json')).stdout)).toMatchObject({
    days: [],
    late: [{ day: '2020-03-01', events: 1 }],
  });
  expect((await run('retention', 'status')).stdout).toContain('Hold case-1 on all days to 2020-12-31');
});

test('no less than 13 months are kept', async () => {
  const data = join(aFolder(), 'data');
  const runKeeping = (months: string) =>
    keytrail(['retention', 'run'], { env: { KEYTRAIL_DATA: data, KEYTRAIL_RETENTION_MONTHS: months } });
  const refused = await runKeeping('12');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('from 13, or forever') });
  const forever = await runKeeping('forever');
  expect(forever.stdout).toContain('kept for ever');
});

describe('retention run', () => {
  const withOldRow = async () => {
    const folder = aFolder();
    const env = { KEYTRAIL_DATA: join(folder, 'data') };
    writeFileSync(join(folder, 'log.json'), JSON.stringify({ Records: [old, recent] }));
    await keytrail(['import', join(folder, 'log.json')], { env });
    return {
      run: (parameters: string[], confirm?: (question: string) => Promise<boolean>) =>
        keytrail(['retention', 'run', ...parameters], { env, ...(confirm === undefined ? {} : { confirm }) }),
      rows: async () => {
        const { stdout } = await keytrail(['usage', '--from', '2019-01-01', '--format', 'ndjson'], { env });
        return stdout.trim().split('\n').length;
      },
    };
  };
  const told =
    /1 rows of 1 days before \d{4}-\d\d-\d\d are to be deleted for good, from 2020-03-01 to 2020-03-01\./;

  test('deletes nothing with --dry-run, and says what it would delete', async () => {
    const { run, rows } = await withOldRow();
    expect((await run(['--dry-run'])).stdout).toMatch(told);
    expect(JSON.parse((await run(['--dry-run', '--json'])).stdout)).toMatchObject({
      months: 13,
      days: [{ day: '2020-03-01', rows: 1 }],
      held: [],
    });
    expect(await rows()).toBe(2);
  });

  test('wants --yes where there is nobody to ask', async () => {
    const { run, rows } = await withOldRow();
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(told);
    expect(stderr).toContain('add --yes');
    expect(await rows()).toBe(2);
  });

  test('does what the person at the terminal says', async () => {
    const { run, rows } = await withOldRow();
    expect((await run([], async () => false)).stderr).toContain('Nothing was deleted.');
    expect(await rows()).toBe(2);
    expect((await run([], async () => true)).stdout).toContain('1 rows of 1 days');
    expect(await rows()).toBe(1);
  });
});
