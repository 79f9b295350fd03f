import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { Random } from '../../simulator/random.ts';
import { sampleAccount } from '../../simulator/simulation-options.ts';
import { writeSimulation } from '../../simulator/write-simulation.ts';
import type { UsageRow } from '../../src/history/query/questions.ts';
import { aFolder, killed, serving, start } from './keytrail-process.ts';
import { storedRows } from './stored-rows.ts';

/** Imports that are killed, each in a folder of its own. `KEYTRAIL_FUZZ_RUNS=80` is the long run. */
const RUNS = Number(process.env['KEYTRAIL_FUZZ_RUNS'] ?? 4);
const SEED =
  process.env['KEYTRAIL_FUZZ_SEED'] === 'random'
    ? Math.floor(Math.random() * 2 ** 32)
    : Number(process.env['KEYTRAIL_FUZZ_SEED'] ?? 1);

/** What is killed beside what; each run takes the next. */
const COMPANIES = ['alone', 'beside serve', 'beside an import', 'beside both'] as const;

let logs: string;
let clean: Outcome;
/** How long an import takes from its start to its end. */
let importMs: number;

interface Outcome {
  readonly rows: readonly UsageRow[];
  readonly alerts: readonly object[];
}

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keytrail-killed-'));
  logs = join(folder, 'logs');
  writeSimulation(logs, { ...sampleAccount, uses: 800, days: 3 }, {});
  const data = join(folder, 'clean');
  const started = performance.now();
  await imported(data);
  importMs = performance.now() - started;
  clean = await outcomeOf(data);
  expect(clean.rows.length).toBeGreaterThan(700);
  expect(clean.alerts.length).toBeGreaterThan(0);
  return () => rmSync(folder, { recursive: true });
});

test(`${RUNS} imports killed at any moment and done again are as one that nothing disturbed (seed ${SEED})`, async () => {
  const random = new Random('killed imports', SEED);
  for (let run = 0; run < RUNS; run++) {
    const company = COMPANIES[run % COMPANIES.length];
    const data = aFolder();
    const server = company?.includes('serve') || company?.includes('both') ? await serving(data) : undefined;
    const other =
      company?.includes('import') || company?.includes('both') ? start(data, ['import', logs]) : undefined;
    const importing = start(data, ['import', logs]);
    await sleep(random.between(0, importMs * (other === undefined ? 1.1 : 1.8)));
    await killed(importing.process);
    await importing.ended;
    if (other !== undefined) expect(await other.ended).toMatchObject({ code: 0, stderr: '' });
    await imported(data);
    if (server !== undefined) {
      server.process.kill('SIGTERM');
      expect(await server.ended).toMatchObject({ code: 0 });
    }
    expect({ run, company, ...(await outcomeOf(data)) }).toEqual({ run, company, ...clean });
  }
}, 1_800_000);

async function imported(data: string): Promise<void> {
  expect(await start(data, ['import', logs]).ended).toMatchObject({ code: 0, stderr: '' });
}

async function outcomeOf(data: string): Promise<Outcome> {
  const { code, stdout } = await start(data, ['alerts', '--format', 'json']).ended;
  expect(code).toBe(0);
  // When it was found, and what was known by then, is not the same.
  const alerts = (JSON.parse(stdout) as object[]).map((alert) => ({ ...alert, history: undefined }));
  return { rows: await storedRows(data), alerts };
}
