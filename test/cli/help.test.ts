import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

interface CommandHelp {
  readonly words: readonly string[];
  readonly text: string;
}

/** The help of a command and of all commands below it. */
async function helpBelow(words: readonly string[]): Promise<CommandHelp[]> {
  const { code, stdout, stderr } = await keytrail([...words, '--help'], { env: {} });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [, listed = ''] = stdout.split('\nCommands:\n');
  const names = [...listed.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = '']) => name);
  const below = await Promise.all(
    names.filter((name) => name !== 'keytrail').map((name) => helpBelow([...words, name])),
  );
  return [{ words, text: stdout }, ...below.flat()];
}

const all = await helpBelow([]);

/** What works without a history. */
const WITHOUT_HISTORY = new Set(['', 'doctor']);

test('there are commands in commands', () => {
  const names = all.map(({ words }) => words.join(' '));
  expect(names).toEqual(expect.arrayContaining(['import', 'serve', 'alerts acknowledge', 'expect add']));
});

test.each(all)('the help of `keytrail $words` fits 80 columns and has an example', ({ words, text }) => {
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(text).toMatch(new RegExp(`\nExamples?:\n(?:  .*\n)*  .*keytrail ${words.join(' ')}`));
  expect(text.includes('--data <folder>')).toBe(!WITHOUT_HISTORY.has(words.join(' ')));
});

test.each([
  [['usage']],
  [['alerts']],
  [['alerts', 'show', 'x']],
  [['alerts', 'acknowledge', 'x', '--reason', 'y']],
  [['expect', 'list']],
  [['expect', 'history', 'x']],
  [['expect', 'suggest']],
  [['quarantine', 'list']],
  [['quarantine', 'retry']],
  [['retention', 'status']],
  [['retention', 'release', 'x', '--reason', 'y']],
])('%s looks into the folder of --data, and creates nothing', async (words) => {
  const data = join(aFolder(), 'nothing here');
  const env = { KEYTRAIL_DATA: join(aFolder(), 'other'), KEYTRAIL_TABLE: 'not-asked' };
  const { code, stdout, stderr } = await keytrail([...words, '--data', data], { env });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(data);
  expect(existsSync(data)).toBe(false);
});

test('an empty --data is bad usage', async () => {
  expect(await keytrail(['usage', '--data', ''], { env: {} })).toMatchObject({ code: 2 });
});

test('--data may stand before the name of a subcommand', async () => {
  const data = join(aFolder(), 'nothing here');
  const { stderr } = await keytrail(['alerts', '--data', data, 'show', 'x'], { env: {} });
  expect(stderr).toContain(data);
});
