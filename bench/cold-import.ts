// Run by hand: node bench/cold-import.ts [--rounds 15]
// How large each function's bundle is, and how long a process takes to load it, beside a bare handler with the same
// clients of AWS, bundled in the same way. Both start Node itself, whose time is taken off.
import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { bundling } from '../deploy/bundle-handlers.ts';
import { printResult, printTable } from './print.ts';
import { percentile, rounded } from './statistics.ts';
import { inWorkFolder } from './work-folder.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const project = join(import.meta.dirname, '..');

const clients = {
  dynamodb: ['@aws-sdk/client-dynamodb', 'DynamoDBClient', 'GetItemCommand'],
  sns: ['@aws-sdk/client-sns', 'SNSClient', 'PublishCommand'],
  s3: ['@aws-sdk/client-s3', 'S3Client', 'PutObjectCommand'],
  cloudtrail: ['@aws-sdk/client-cloudtrail', 'CloudTrailClient', 'LookupEventsCommand'],
} as const;

const functions: Readonly<Record<string, readonly (keyof typeof clients)[]>> = {
  ingest: ['dynamodb', 's3'],
  'ingest-log-files': ['dynamodb', 's3'],
  seal: ['dynamodb'],
  backfill: ['dynamodb', 's3', 'cloudtrail'],
  api: ['dynamodb'],
  deliver: ['dynamodb', 'sns'],
};

/** A handler that does nothing but have its clients. */
function bareSource(names: readonly (keyof typeof clients)[]): string {
  const lines = names.map((name) => {
    const [from, client, command] = clients[name];
    return `import { ${client}, ${command} } from '${from}';\nexport const ${name} = [new ${client}({}), ${command}];`;
  });
  return `${lines.join('\n')}\nexport const handler = async () => {};\n`;
}

function loadMs(script: string): number {
  const begin = performance.now();
  execFileSync(process.execPath, ['-e', script], {
    env: {
      PATH: process.env['PATH'],
      AWS_REGION: 'us-east-1',
      KEYTRAIL_TABLE: 'keytrail',
      KEYTRAIL_QUARANTINE_BUCKET: 'keytrail',
      KEYTRAIL_DELIVER_QUEUE: 'http://127.0.0.1:1/0/deliver',
    },
  });
  return performance.now() - begin;
}

await inWorkFolder('cold-import', { keep: false }, async (folder) => {
  const bare = Object.entries(functions).map(([name, names]) => ({ name, contents: bareSource(names) }));
  for (const { name, contents } of bare) {
    await build({
      ...bundling,
      stdin: { contents, resolveDir: project },
      outfile: join(folder, `bare-${name}.cjs`),
    });
    await build({
      ...bundling,
      absWorkingDir: project,
      entryPoints: [`handlers/${name}.ts`],
      outfile: join(folder, `${name}.cjs`),
    });
  }
  writeFileSync(join(folder, 'nothing.cjs'), '');
  const rounds = Number(values.rounds);
  const files = ['nothing', ...bare.flatMap(({ name }) => [name, `bare-${name}`])];
  const times = new Map<string, number[]>(files.map((file) => [file, []]));
  // In turns, so that what else the machine does falls on all of them.
  for (let round = 0; round < rounds; round++) {
    for (const [file, taken] of times)
      taken.push(loadMs(`require(${JSON.stringify(join(folder, `${file}.cjs`))})`));
  }
  const median = (file: string) =>
    percentile(times.get(file) ?? [], 0.5) - percentile(times.get('nothing') ?? [], 0.5);
  const results = bare.map(({ name }) => ({
    name,
    kilobytes: rounded(statSync(join(folder, `${name}.cjs`)).size / 1000, 0),
    ms: rounded(median(name), 1),
    bareMs: rounded(median(`bare-${name}`), 1),
    times: rounded(median(name) / median(`bare-${name}`), 2),
  }));
  printTable(
    ['function', 'KB', 'ms to load', 'bare, ms', 'times'],
    results.map(({ name, kilobytes, ms, bareMs, times: ratio }) => [name, kilobytes, ms, bareMs, ratio]),
  );
  printResult('cold-import', { rounds, results });
});
