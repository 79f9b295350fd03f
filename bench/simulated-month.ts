import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNode } from './child-process.ts';
import { say } from './print.ts';

/** A simulated month of mixed CloudTrail log files, and what is in them. */
export interface SimulatedMonth {
  /** The `AWSLogs` folder: log files only. */
  readonly logs: string;
  readonly files: number;
  readonly records: number;
  readonly kmsRecords: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
}

const JOBS_A_DAY_IN_A_MILLION = 200;

/** Makes the month below `folder`, or finds it there from an earlier run. */
export async function simulatedMonth(folder: string, uses: number, days = 30): Promise<SimulatedMonth> {
  const name = join(folder, `month-${uses}-${days}`);
  const summary = `${name}.json`;
  if (!existsSync(summary)) {
    say(`Simulating ${days} days with ${uses.toLocaleString('en')} key uses…`);
    rmSync(name, { recursive: true, force: true });
    const jobs = Math.max(1, Math.round((JOBS_A_DAY_IN_A_MILLION * uses * 30) / days / 1_000_000));
    const { stdout } = await runNode([
      join(import.meta.dirname, 'simulate.ts'),
      ...['--out', name, '--uses', `${uses}`, '--days', `${days}`],
      ...['--keys', '200', '--principals', '500', '--jobs', `${jobs}`, '--other', '0.8', '--threads', '2'],
    ]);
    // Written last: what was cut off has no summary and is made again.
    writeFileSync(summary, stdout);
  }
  // What `simulate.ts` printed.
  const counts = JSON.parse(readFileSync(summary, 'utf8')) as Omit<SimulatedMonth, 'logs'>;
  return { ...counts, logs: join(name, 'AWSLogs') };
}

/** The folders of the first `part` of the month's days, over all accounts and Regions. */
export function firstDays(month: SimulatedMonth, part: number): string[] {
  const days = readdirSync(month.logs, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\d{4}[\\/]\d{2}[\\/]\d{2}$/.test(path),
  );
  const dates = [...new Set(days.map((path) => path.slice(-10)))].sort();
  const taken = new Set(dates.slice(0, Math.max(1, Math.round(dates.length * part))));
  return days.filter((path) => taken.has(path.slice(-10))).map((path) => join(month.logs, path));
}
