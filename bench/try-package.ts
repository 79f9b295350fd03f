// Run by hand: node bench/try-package.ts [--node 22.16.0]
// Whether the package works where it is installed: packs it, installs it in an empty folder beside the oldest version
// of Node that `engines` admits (or that of --node, by the npm package of that name), and runs its commands there.
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { sampleAccount } from '../simulator/simulation-options.ts';
import { writeSimulation } from '../simulator/write-simulation.ts';
import { runProgram } from './child-process.ts';
import { printResult, say } from './print.ts';
import { startServe } from './served-process.ts';
import { inWorkFolder } from './work-folder.ts';

const ROOT = join(import.meta.dirname, '..');

const { values } = parseArgs({ options: { node: { type: 'string' } } });

/** The lowest version that `engines` admits. */
function oldestNode(): string {
  const { engines } = z
    .object({ engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  const [, major, minor = '0', patch = '0'] = /^>=(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(engines.node) ?? [];
  if (major === undefined) throw new Error(`engines.node is ${engines.node}; name a version with --node.`);
  return `${major}.${minor}.${patch}`;
}

function check(isTrue: boolean, sentence: string): void {
  if (!isTrue) throw new Error(`${sentence}: it is not so.`);
  say(`ok: ${sentence}`);
}

/** How many rows the API answers, page by page. */
async function servedRows(origin: string): Promise<number> {
  const pageSchema = z.object({ items: z.array(z.unknown()), next: z.string().optional() });
  let rows = 0;
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await fetch(`${origin}/v1/usage?limit=1000${after}`);
    const page = pageSchema.parse(await response.json());
    rows += page.items.length;
    cursor = page.next;
  }
  return rows;
}

await inWorkFolder('package', { keep: false }, async (folder) => {
  const node = values.node ?? oldestNode();
  const packed = await runProgram(['npm', 'pack', ROOT, '--pack-destination', folder, '--silent']);
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '');
  writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
  const install = ['npm', 'install', '--prefix', folder, '--no-audit', '--no-fund', '--silent'];
  await runProgram([...install, `node@${node}`, tarball]);

  const bin = join(folder, 'node_modules', '.bin');
  const program = join(bin, 'keytrail');
  const store = join(folder, 'data');
  const environment = { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, KEYTRAIL_DATA: store };
  const keytrail = async (...args: string[]) => (await runProgram([program, ...args], environment)).stdout;
  const runs = (await runProgram(['node', '--version'], environment)).stdout.trim();
  check(runs === `v${node}`, `Node ${node} runs it`);
  const version = await keytrail('--version');
  check(/^\d+\.\d+\.\d+ /.test(version), `--version prints ${version.trim()}`);
  const logs = join(folder, 'logs');
  writeSimulation(logs, sampleAccount, {});
  const { usageRows } = z
    .object({ usageRows: z.number() })
    .parse(JSON.parse(await keytrail('import', '--json', logs)));
  check(usageRows > 0, `import makes ${usageRows} rows`);
  const lines = (await keytrail('usage', '--format', 'ndjson')).trim().split('\n');
  check(lines.length === usageRows, 'usage prints every row');
  const serve = await startServe(program, store, environment);
  try {
    check((await servedRows(serve.url)) === usageRows, 'serve answers every row');
  } finally {
    await serve.end();
  }
  printResult('try-package', { under: node, version: version.trim(), usageRows });
});
