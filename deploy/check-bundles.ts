// Bundles every handler as a deployment does and holds each one's size against bundle-budget.json.
// `npm run bundles -- --write` puts today's sizes there, for a change that makes bundles smaller, or larger on purpose.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import * as yaml from 'yaml';
import * as z from 'zod';
import { AIM_KILOBYTES, type BundleSizes, budgetFaults } from './bundle-budget.ts';
import { bundling, sourceOf } from './bundle-handlers.ts';

const ROOT = join(import.meta.dirname, '..');
const BUDGET = join(import.meta.dirname, 'bundle-budget.json');

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

function handlerSources(): string[] {
  const text = readFileSync(join(ROOT, 'serverless.yml'), 'utf8');
  // Without a warning for each of CloudFormation's tags.
  const { functions } = z
    .object({ functions: z.record(z.string(), z.object({ handler: z.string() })) })
    .parse(yaml.parse(text, { logLevel: 'error', merge: true }));
  return Object.values(functions).map(({ handler }) => sourceOf(handler));
}

async function bundleSizes(): Promise<BundleSizes> {
  const { outputFiles = [] } = await build({
    ...bundling,
    absWorkingDir: ROOT,
    entryPoints: handlerSources(),
    outdir: '.build/handlers',
    write: false,
  });
  const sizes = outputFiles.map(({ path, contents }): [string, number] => [
    parse(path).name,
    Math.ceil(contents.length / 1_000),
  ]);
  return Object.fromEntries(sizes.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const sizes = await bundleSizes();
if (values.write) writeFileSync(BUDGET, `${JSON.stringify(sizes, undefined, 2)}\n`);
const budget = z.record(z.string(), z.number()).parse(JSON.parse(readFileSync(BUDGET, 'utf8')));
const faults = budgetFaults(sizes, budget);
for (const fault of faults) console.error(`${fault}.`);
if (faults.length > 0) {
  console.error('If the change is meant, run `npm run bundles -- --write` and say why in the commit.');
  process.exitCode = 1;
}
const above = Object.entries(sizes).filter(([, size]) => size > AIM_KILOBYTES);
const words = above.map(([name, size]) => `${name} ${size}`).join(', ');
console.log(
  above.length === 0
    ? `Every bundle has at most ${AIM_KILOBYTES} KB.`
    : `Above the aim of ${AIM_KILOBYTES} KB: ${words}.`,
);
