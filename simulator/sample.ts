import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sampleAccount } from './simulation-options.ts';
import { writeSimulation } from './write-simulation.ts';

/**
 * A first try for new users: writes the log files of a small simulated AWS account, imports them and serves the history.
 * Run by `npm run sample`; further arguments go to `keytrail serve`.
 */
const LOGS = 'sample';
const DATA = join('.keytrail', 'sample');

if (!existsSync(LOGS)) {
  const made = writeSimulation(LOGS, sampleAccount, {});
  console.error(
    `Made ${made.files} log files of a simulated account in ${LOGS}/: ${made.records} records, ${made.kmsRecords} of KMS. Nothing in them is real.`,
  );
}
for (const command of [
  ['import', LOGS],
  ['serve', ...process.argv.slice(2)],
]) {
  const words = [join('dist', 'keytrail.js'), ...command, '--data', DATA];
  const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
