import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HOUR_MS } from '../../src/utc-time.ts';
import { recordsAt } from '../backfill/backfilled.ts';
import { LookupEventsServer } from '../backfill/lookup-events-server.ts';
import { type CommandEnded, keytrail } from './keytrail.ts';
import { aFolder, killed, start } from './keytrail-process.ts';
import { storedRows } from './stored-rows.ts';

let cloudTrail: LookupEventsServer;
beforeAll(async () => {
  cloudTrail = await LookupEventsServer.listening();
});
afterAll(() => cloudTrail.close());

/** Some days ago: the command goes by the clock of the machine. */
const FROM_MS = Math.floor((Date.now() - 72 * HOUR_MS) / HOUR_MS) * HOUR_MS;
const FROM = new Date(FROM_MS).toISOString();
const TO = new Date(FROM_MS + 2 * HOUR_MS).toISOString();
const records = recordsAt([
  { atMs: FROM_MS, count: 70 },
  { atMs: FROM_MS + HOUR_MS, count: 20 },
]);
const COUNTS = { events: 90, kmsEvents: 72, usageRows: 90, duplicates: 0, folded: 0, jobEvents: 18 };

beforeEach(() => cloudTrail.reset(records));

/** The clock of the machine, put forward instead of slept. */
let skippedMs = 0;
const clock = {
  now: () => Date.now() + skippedMs,
  sleep: async (milliseconds: number) => {
    skippedMs += milliseconds;
  },
};

function backfill(
  data: string,
  parameters: readonly string[] = ['--from', FROM, '--to', TO],
  environment: Readonly<Record<string, string>> = {},
) {
  const env = { KEYTRAIL_DATA: data, ...cloudTrail.environment, ...environment };
  cloudTrail.now = clock.now;
  return keytrail(['backfill', ...parameters], { env, ...clock });
}

describe('keytrail backfill', () => {
  test('brings what is missing into the history, once, and says what that was', async () => {
    const data = aFolder();
    const first = await backfill(data, ['--from', FROM, '--to', TO, '--json']);
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(JSON.parse(first.stdout)).toEqual({
      ...COUNTS,
      quarantinedCount: 0,
      requests: cloudTrail.requests.length,
      seconds: expect.any(Number),
      isComplete: true,
    });
    expect(await storedRows(data)).toHaveLength(COUNTS.usageRows);
    const again = await backfill(data, ['--from', FROM, '--to', TO, '--again']);
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(again.stdout).toMatch(
      /^Read 90 events with \d+ requests in [\d.]+ s\.\n72 KMS events: 0 new rows, 72 dup/,
    );
    const done = await backfill(data);
    expect(done.stdout).toMatch(/had been read before/);
  });

  test('goes on after it was killed at any request', async () => {
    const data = aFolder();
    for (const last of [1, 2, 2, 3]) {
      const started = start(data, ['backfill', '--from', FROM, '--to', TO], {
        environment: cloudTrail.environment,
      });
      const before = cloudTrail.requests.length;
      cloudTrail.fault = async ({ number }) => {
        if (number === before + last) await killed(started.process);
        return undefined;
      };
      await started.ended;
    }
    cloudTrail.fault = () => undefined;
    const { code, stdout } = await backfill(data, ['--from', FROM, '--to', TO, '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ isComplete: true })]);
    expect(await storedRows(data)).toHaveLength(COUNTS.usageRows);
  });

  test('does not run beside another one, and says which that is', async () => {
    const data = aFolder();
    let second: CommandEnded | undefined;
    cloudTrail.fault = async ({ token }) => {
      if (token !== undefined) second ??= await backfill(data);
      return undefined;
    };
    expect((await backfill(data)).code).toBe(0);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        new RegExp(`^Another backfill of 111122223333 in us-west-2 runs, by process ${process.pid} on `),
      ),
    });
  });

  test('keeps and seals what had come when it fails', async () => {
    const data = aFolder();
    cloudTrail.fault = ({ token }) =>
      token === undefined ? undefined : { kind: 'refused', code: 'ExpiredTokenException' };
    const { code, stdout, stderr } = await backfill(data, ['--from', FROM, '--to', TO, '--json']);
    expect([code, stderr]).toEqual([
      1,
      'CloudTrail does not take the AWS credentials (ExpiredTokenException); renew them, and the same command goes on from what was kept.\n',
    ]);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ isComplete: false, kmsEvents: 50 });
    expect(await storedRows(data)).toHaveLength(summary.usageRows);
  });

  test('says what is too old, and exits with 1 after the rest is in', async () => {
    const { code, stdout, stderr } = await backfill(aFolder(), [
      '--from',
      '2020-01-01',
      '--to',
      TO,
      '--json',
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^CloudTrail keeps events for 90 days, so those before [^\n]* log files of that time\.\n$/,
    );
    expect(JSON.parse(stdout)).toMatchObject({ ...COUNTS, isComplete: false });
  });
});

describe('what is wrong is one sentence', () => {
  test.each([
    ['bad time', ['--from', 'yesterday', '--to', TO], '--from must be a time'],
    ['no end', ['--from', FROM], "error: required option '--to <time>' not specified"],
    ['backwards', ['--from', TO, '--to', FROM], '--from must be before --to.'],
    ['future', ['--from', '2999-01-01', '--to', '2999-01-02'], 'from must be a time that has passed'],
  ])('in the usage: %s', async (_, parameters, sentence) => {
    const { code, stderr } = await backfill(aFolder(), parameters);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  });

  test.each([
    ['no Region', { AWS_REGION: '' }, /^No AWS Region is set that there could be; set AWS_REGION/],
    [
      'no credentials',
      { AWS_ACCESS_KEY_ID: '', AWS_EC2_METADATA_DISABLED: 'true' },
      /^CloudTrail cannot be asked without AWS credentials \(/,
    ],
    [
      'nobody there',
      { AWS_ENDPOINT_URL_CLOUDTRAIL: 'http://127.0.0.1:1' },
      /^CloudTrail cannot be reached \(ECONNREFUSED\); check/,
    ],
    ['no URL', { AWS_ENDPOINT_URL_CLOUDTRAIL: 'nonsense' }, /AWS_ENDPOINT_URL_CLOUDTRAIL is no URL/],
  ])('in the surroundings: %s', async (_, environment, sentence) => {
    const ended = await backfill(aFolder(), undefined, { HOME: aFolder(), ...environment });
    expect([ended.code, ended.stderr.trim().split('\n')]).toEqual([1, [expect.stringMatching(sentence)]]);
  });

  test.each([
    [
      'AccessDeniedException',
      'CloudTrail may not be asked (AccessDeniedException); have cloudtrail:LookupEvents',
    ],
    ['UnrecognizedClientException', 'CloudTrail does not take the AWS credentials'],
    ['InvalidTimeRangeException', 'CloudTrail does not take the time range'],
    ['OperationNotPermittedException', 'CloudTrail does not let this account look up events here'],
  ])('of CloudTrail: %s', async (code, sentence) => {
    cloudTrail.fault = ({ startMs }) => (startMs === undefined ? undefined : { kind: 'refused', code });
    const ended = await backfill(aFolder());
    expect([ended.code, ended.stderr.trim().split('\n')]).toEqual([1, [expect.stringContaining(sentence)]]);
  });
});
