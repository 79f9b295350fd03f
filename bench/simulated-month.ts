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

export interface MonthOptions {
  readonly uses: number;
  /** 30 unless said. */
  readonly days?: number;
  readonly keys?: number;
  readonly principals?: number;
  readonly skew?: 'zipf' | 'uniform';
  /** Share of the records that are not of KMS. */
  readonly other?: number;
}

const USES_A_JOB = 166;

/** Makes the month below `folder`, or finds it there from an earlier run. */
export async function simulatedMonth(folder: string, options: MonthOptions): Promise<SimulatedMonth> {
  const { uses, days = 30, keys = 200, principals = 500, skew = 'zipf', other = 0.8 } = options;
  const jobs = Math.max(1, Math.round(uses / days / USES_A_JOB));
  const settings = { uses, days, keys, principals, jobs, skew, other };
  const name = join(folder, `logs-${Object.values(settings).join('-')}`);
  const summary = `${name}.json`;
  if (!existsSync(summary)) {
    say(`Simulating ${days} days with ${uses.toLocaleString('en')} key uses…`);
    rmSync(name, { recursive: true, force: true });
    const flags = Object.entries(settings).flatMap(([flag, value]) => [`--${flag}`, `${value}`]);
    const simulator = join(import.meta.dirname, 'simulate.ts');
    const { stdout } = await runNode([simulator, '--out', name, '--threads', '2', ...flags]);
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
