import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { columnLine, columnWidths, inColumns } from '../../src/cli/columns.ts';
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

describe.each([
  ['usage', [], `2 rows ${window}`, 'alias/ml/speech'],
  ['summary', ['--group-by', 'key,principal,operation'], `1 groups ${window}`, 'alias/ml/speech'],
  ['keys', [], `1 keys ${window}`, 'alias/ml/speech'],
  ['principals', [], `1 principals ${window}`, 'Trainer'],
  ['jobs', [], '1 jobs from 2026-03-01 09:00:00 to 2026-03-02 18:00:00 (UTC).', 'churn'],
])('keytrail %s', (command, flags, note, name) => {
  test('prints a table of names that fits 80 columns, and the window it covers', async () => {
    const { code, stdout, stderr } = await run(command, ...flags);
    const lines = stdout.trimEnd().split('\n');
    expect({ code, stderr, note: lines.at(-1) }).toEqual({
      code: 0,
      stderr: '',
      note,
    });
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain(name.slice(0, 4));
    expect(lines.at(-1)).toContain(' from 2026-03-0');
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
    `No rows ${window}\nIt has records of what was asked for, but none that match all of it.\n`,
  );
  expect((await run('usage', '--key', 'ml/spech', '--format', 'ndjson')).stderr).toContain('ml/spech');
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
