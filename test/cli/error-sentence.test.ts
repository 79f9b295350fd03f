import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorSentence } from '../../src/cli/error-sentence.ts';
import { KeytrailError } from '../../src/keytrail-error.ts';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

const GOES_ON = 'and run the command again: it goes on from what was kept.';

function systemError(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: as the system says it`), { code, ...(path ? { path } : {}) });
}

test.each([
  [systemError('ENOSPC', '/h/a'), `/h/a is on a disk that is full; free some space ${GOES_ON}`],
  [systemError('EACCES', '/h/a'), '/h/a may not be used by this user; ask for permission, or name another.'],
  [systemError('EROFS', '/h/a'), '/h/a is on a disk that cannot be written; name another.'],
  [
    systemError('EMFILE', '/h/a'),
    `/h/a is one file too many for this process; raise the limit (ulimit -n) ${GOES_ON}`,
  ],
  // A thread's error arrives without its code.
  [
    new Error('Worker initialization failure: EMFILE'),
    `What was needed (Worker initialization failure: EMFILE) is one file too many for this process; raise the limit (ulimit -n) ${GOES_ON}`,
  ],
  [
    new Error('a write failed', { cause: new Error('ENOSPC: no space left on device, write') }),
    `What was needed (a write failed) is on a disk that is full; free some space ${GOES_ON}`,
  ],
  [
    new KeytrailError('not-found', 'There is no such alert.', { cause: systemError('EIO') }),
    'There is no such alert.',
  ],
  // What a record says is no error of the system.
  [
    new Error('a record says ENOSPC, disk full'),
    'Keytrail failed unexpectedly (a record says ENOSPC, disk full); run the command again, and report it if it stays.',
  ],
])('%s', (error, sentence) => {
  expect(errorSentence(error)).toBe(sentence);
});

test('an error that is its own cause has a sentence too', () => {
  const error = new Error('round');
  error.cause = error;
  expect(errorSentence(error)).toContain('round');
});

test('a real error names its path', () => {
  const missing = join(aFolder(), 'missing');
  const opened = () => openSync(missing, 'r');
  let error: unknown;
  try {
    opened();
  } catch (caught) {
    error = caught;
  }
  expect(errorSentence(error)).toBe(`${missing} does not exist; check the path.`);
});

test('a data folder that is a file is named as such', async () => {
  const file = join(aFolder(), 'file');
  writeFileSync(file, 'x');
  const { code, stderr } = await keytrail(['import', file, '--data', join(file, 'in it')], { env: {} });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `The data folder ${join(file, 'in it')} leads through a file as if it were a folder; check the path (--data).\n`,
  });
});
