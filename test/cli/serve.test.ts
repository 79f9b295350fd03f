import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Serves until `ask` has its answer, and says what was printed. */
async function served(
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
  ask: (url: string) => Promise<void>,
) {
  const data = join(aFolder(), 'data');
  const port = await freePort();
  let failure: unknown;
  const ended = await keytrail(['serve', '--port', String(port), '--data', data, ...flags], {
    env,
    untilStopped: () =>
      ask(`http://127.0.0.1:${port}`).catch((error: unknown) => {
        failure = error;
      }),
  });
  if (failure !== undefined) throw failure;
  return ended;
}

async function statuses(url: string, ...tokens: readonly (string | undefined)[]): Promise<number[]> {
  const answers = tokens.map(async (token) => {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    return (await fetch(`${url}/v1/usage`, { headers })).status;
  });
  return Promise.all(answers);
}

test('the last line that serve prints is a command that works', async () => {
  const { code, stderr } = await served([], {}, async (url) => {
    expect(await statuses(url, undefined)).toEqual([200]);
  });
  expect(code).toBe(0);
  const [, url = ''] = /^ {2}curl '(http.*)'$/.exec(stderr.trimEnd().split('\n').at(-1) ?? '') ?? [];
  expect(new URL(url).pathname).toBe('/v1/usage/summary');
});

test('a token comes from a file', async () => {
  const file = join(aFolder(), "a user's token");
  writeFileSync(file, 'secret-1\n');
  const { stderr } = await served(['--token-file', file], { KEYTRAIL_TOKEN: 'other' }, async (url) => {
    expect(await statuses(url, undefined, 'other', 'secret-1')).toEqual([401, 401, 200]);
  });
  expect(stderr).toContain(`Authorization: Bearer $(cat '${file.replace("'", `'\\''`)}')`);
  expect(stderr).not.toContain('secret-1');
});

test('a token comes from a variable', async () => {
  const { stderr } = await served([], { KEYTRAIL_TOKEN: 'secret-2' }, async (url) => {
    expect(await statuses(url, undefined, 'secret-2')).toEqual([401, 200]);
  });
  expect(stderr).toContain('Authorization: Bearer $KEYTRAIL_TOKEN');
  expect(stderr).not.toContain('secret-2');
});

test('a token file that is missing, empty or beside another token is bad usage', async () => {
  const folder = aFolder();
  const empty = join(folder, 'empty');
  writeFileSync(empty, '\n');
  const tried = (...flags: string[]) =>
    keytrail(['serve', '--data', join(folder, 'data'), ...flags], { env: {} });
  expect(await tried('--token-file', join(folder, 'missing'))).toMatchObject({
    code: 2,
    stderr: `--token-file: ${join(folder, 'missing')} does not exist; check the path.\n`,
  });
  expect(await tried('--token-file', empty)).toMatchObject({ code: 2 });
  expect(await tried('--token-file', empty, '--token', 'x')).toMatchObject({ code: 2 });
});

test('another host without a token is refused', async () => {
  const { code, stderr } = await keytrail(['serve', '--host', '0.0.0.0', '--data', join(aFolder(), 'd')], {
    env: { KEYTRAIL_TOKEN: '' },
  });
  expect(code).toBe(2);
  expect(stderr).toContain('--token-file');
});
