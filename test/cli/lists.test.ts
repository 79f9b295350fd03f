import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { columnLine, columnWidths, inColumns, withinColumns } from '../../src/cli/columns.ts';
import { aDecrypt, aRole } from '../builders/cloud-trail-record.ts';
import { keytrail } from './keytrail.ts';

const account = '111122223333';
const trainer = `arn:aws:iam::${account}:role/service-role/Trainer`;
const keyArn = `arn:aws:kms:us-west-2:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const job = `arn:aws:sagemaker:us-west-2:${account}:training-job/churn`;
const records = [
  aDecrypt({
    by: aRole(),
    eventTime: '2026-03-01T10:00:00Z',
    requestParameters: { keyId: 'alias/ml/speech' },
  }),
  aDecrypt({ by: aRole(), eventID: 'second', eventTime: '2026-03-02T18:00:00Z' }),
  {
    ...aDecrypt({ eventID: 'job', eventTime: '2026-03-01T09:00:00Z', by: aRole() }),
    eventSource: 'sagemaker.amazonaws.com',
    eventName: 'CreateTrainingJob',
    resources: undefined,
    requestParameters: { trainingJobName: 'churn', roleArn: trainer },
    responseElements: { trainingJobArn: job },
  },
];

let data: string;
const run = (...parameters: string[]) => keytrail([...parameters, '--data', data], { env: {}, columns: 80 });

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keytrail-lists-'));
  data = join(folder, 'data');
  const log = join(folder, 'log.json');
  writeFileSync(log, JSON.stringify({ Records: records }));
  await run('import', log);
  return () => rmSync(folder, { recursive: true });
});

const window = 'from 2026-03-01 10:00:00 to 2026-03-02 18:00:00 (UTC).';
const coverage = 'KMS records came in 2 of the 33 hours of its accounts and Regions.';

describe.each([
  ['usage', [], `2 rows ${window}`, 'alias/ml/speech'],
  ['summary', ['--group-by', 'key,principal,operation'], `1 group ${window}`, 'alias/ml/speech'],
  ['keys', [], `1 key ${window}`, 'alias/ml/speech'],
  ['principals', [], `1 principal ${window}`, 'Trainer'],
  ['jobs', [], '1 job from 2026-03-01 09:00:00 to 2026-03-02 18:00:00 (UTC).', 'churn'],
])('keytrail %s', (command, flags, note, name) => {
  test('prints a table of names that fits 80 columns, and the window it covers', async () => {
    const { code, stdout, stderr } = await run(command, ...flags);
    const lines = stdout.trimEnd().split('\n');
    const notes = lines.filter((line) => !line.startsWith('No room for ')).slice(-2);
    expect({ code, stderr, notes }).toEqual({
      code: 0,
      stderr: '',
      notes: [note, coverage],
    });
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain(name.slice(0, 4));
  });

  test('writes times in the zone that is asked for', async () => {
    expect((await run(command, ...flags, '--tz', 'Asia/Seoul')).stdout).toContain('03:00:00 (Asia/Seoul)');
    expect(await run(command, ...flags, '--tz', 'Mars')).toMatchObject({ code: 2 });
  });
});

test('what matches nothing is no bare table: the value is named with the nearest', async () => {
  for (const command of [['usage'], ['summary', '--group-by', 'day']]) {
    const { code, stdout } = await run(...command, '--key', 'ml/spech');
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing in the history has the key ml/spech; the nearest is alias/ml/speech.');
    expect(stdout).not.toContain('TIME');
  }
  expect((await run('usage', '--outcome', 'denied')).stdout).toBe(
    `No rows ${window}\n${coverage}\nIt has records of what was asked for, but none that match all of it.\n`,
  );
  expect((await run('usage', '--key', 'ml/spech', '--format', 'ndjson')).stderr).toContain('ml/spech');
});

test('a window beyond the newest row is not said to be an empty history', async () => {
  expect((await run('usage', '--from', '2030-01-01T09:00+09:00')).stdout).toBe(
    'No rows: the history has nothing from 2030-01-01 00:00:00 (UTC) on.\n',
  );
});

test('--limit prints the first, and says that there are others', async () => {
  expect((await run('usage', '--limit', '1')).stdout).toContain('\n1 row from 2026-03-01 10:00:00');
  expect((await run('usage', '--limit', '1')).stdout).toContain('(UTC); --limit left out others.\n');
  expect((await run('usage', '--limit', '2')).stdout).not.toContain('--limit');
  const days = await run('summary', '--group-by', 'day', '--limit', '1');
  expect(days.stdout).toContain('2026-03-01');
  expect(days.stdout).toContain('\n1 group from');
  expect(days.stdout).toContain('; --limit left out others.\n');
  expect((await run('keys', '--limit', '1')).stdout).not.toContain('--limit');
  expect(await run('jobs', '--limit', '0')).toMatchObject({ code: 2 });
});

test('what bounds without a zone were taken for is said beside rows for a program', async () => {
  const { stdout, stderr } = await run('usage', '--from', '2026-03-01T10:00', '--format', 'ndjson');
  expect(stdout.trim().split('\n')).toHaveLength(2);
  expect(stderr).toBe(`2 rows ${window}\n${coverage}\n`);
  expect((await run('usage', '--format', 'ndjson')).stderr).toBe('');
});

test('a list of no alerts names what matches nothing in the history', async () => {
  const { code, stdout } = await run('alerts', '--key', 'ml/spech', '--principal', 'trainer');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout:
      'No alerts match.\nNothing in the history has the key ml/spech; the nearest is alias/ml/speech.\n',
  });
  expect((await run('alerts', '--key', 'ml/spech', '--format', 'json')).stderr).toContain('ml/spech');
});

test('one key, principal or job is found by the names that people have', async () => {
  expect((await run('keys', 'ml/speech')).stdout).toContain(`alias/ml/speech  ${keyArn}`);
  expect((await run('principals', 'trainer')).stdout).toContain(trainer);
  expect((await run('jobs', 'churn')).stdout).toContain(job);
  expect(await run('keys', 'ml/spech')).toMatchObject({
    code: 1,
    stderr: 'ml/spech is not among the keys of this history; the nearest is alias/ml/speech.\n',
  });
  expect(await run('jobs', 'zzzzzzzzzz')).toMatchObject({ code: 1 });
});

test('--json prints the whole answer of the API', async () => {
  const json = async (...words: string[]) => JSON.parse((await run(...words, '--json')).stdout);
  const covered = { from: '2026-03-01T10:00:00Z', to: '2026-03-02T18:00:00.001Z' };
  expect(await json('keys')).toMatchObject({ items: [{ arn: keyArn }], window: covered });
  expect(await json('keys', 'ml/speech')).toMatchObject({ arn: keyArn, timeline: [] });
  expect(await json('principals', 'Trainer')).toMatchObject({ id: trainer });
  expect(await json('jobs', 'churn')).toMatchObject({ items: [{ arn: job }] });
  expect(await json('summary', '--group-by', 'operation')).toMatchObject({
    groups: [{ operation: 'Decrypt', count: 2 }],
    window: covered,
  });
});

describe('columns', () => {
  const long = `arn:${'x'.repeat(4_000)}:end`;

  test('of a terminal are fitted by what can be cut: numbers and times stay whole', () => {
    const lines = [
      ['TIME', 'NAME', 'COUNT'],
      ['2026-03-01 10:00:00', long, '1234567'],
    ];
    const [, row = ''] = inColumns(lines, 60).split('\n');
    expect(row).toHaveLength(60);
    expect(row).toMatch(/^2026-03-01 10:00:00 {2}arn:x+…x+:end {2}1234567$/);
  });

  test('that a terminal has no room for are left out, the least needed first, and named', () => {
    const lines = [
      ['NAME', 'STATE', 'FIRST', 'LAST'],
      ['a'.repeat(30), 'b'.repeat(30), '2026-03-01 10:00:00', '2026-03-01 10:00:00'],
    ];
    const fitted = (columns: number | undefined) => withinColumns(lines, columns, ['STATE', 'FIRST']);
    expect(fitted(undefined)).toEqual({ lines, leftOut: [] });
    expect(fitted(64).leftOut).toEqual([]);
    expect(fitted(63)).toEqual({
      lines: lines.map(([name, , first, last]) => [name, first, last]),
      leftOut: ['STATE'],
    });
    expect(fitted(20).leftOut).toEqual(['STATE', 'FIRST']);
    expect(inColumns(fitted(52).lines, 52).split('\n')[1]).toHaveLength(52);
  });

  test('of no terminal are not as wide as one cell of 4 KB', () => {
    const lines = [
      ['NAME', 'NEXT'],
      [long, 'a'],
      ['short', 'b'],
    ];
    expect(columnWidths(lines)).toEqual([120, 4]);
    expect(columnLine(['short', 'b'], columnWidths(lines))).toHaveLength(124);
  });
});
