import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { progressWords } from '../../src/cli/progress-bar.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

test('an import that is interrupted says how to complete it, and the same command does', async () => {
  const folder = aFolder();
  const data = join(folder, 'data');
  const log = join(folder, 'log.json');
  writeFileSync(log, JSON.stringify({ Records: [aDecrypt()] }));
  const interrupted = await keytrail(['import', log, '--data', data], {
    env: {},
    untilStopped: () => Promise.resolve(),
  });
  expect(interrupted).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Interrupted; run the same command again to complete it: what was read is kept.\n',
  });
  const completed = await keytrail(['import', log, '--data', data, '--json'], { env: {} });
  const { usageRows, duplicates } = JSON.parse(completed.stdout);
  expect(usageRows + duplicates).toBe(1);
});

describe('what a bar says', () => {
  test.each([
    [
      { phase: 'reading file', done: 1_234, of: 36_451, remark: '9,999 records' },
      2_000,
      'reading file 1,234 of 36,451, 9,999 records',
    ],
    [{ phase: 'reading file', done: 25, of: 100 }, 10_000, 'reading file 25 of 100, about 30 s left'],
    [{ phase: 'sealing day', done: 1, of: 31 }, 60_000, 'sealing day 1 of 31, about 30 min left'],
    [{ phase: 'sealing day', done: 31, of: 31 }, 60_000, 'sealing day 31 of 31'],
    [{ phase: 'reading file', done: 0, of: 9 }, 60_000, 'reading file 0 of 9'],
  ])('%o after %i ms: %s', (progress, elapsedMs, words) => {
    expect(progressWords(progress, elapsedMs)).toBe(words);
  });
});
