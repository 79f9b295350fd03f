import cliProgress from 'cli-progress';
import { steadyNow } from '../clock.ts';
import type { Output } from './command-context.ts';

const BAR_COLUMNS = 10;
/** Sooner, a remaining time would be a guess. */
const SETTLED_MS = 3_000;

/** Some of a known number of equal parts of one phase of the work. */
export interface Progress {
  /** What is done, in a few words: `reading files`. A new phase measures its time anew. */
  readonly phase: string;
  readonly done: number;
  readonly of: number;
  /** What else there is to say: `45,021 records`. */
  readonly remark?: string;
}

/** A bar on a terminal; nothing is drawn where there is none. */
export class ProgressBar {
  readonly #bar: cliProgress.SingleBar | undefined;
  #phase: { readonly name: string; readonly sinceMs: number } | undefined;

  constructor(stderr: Output) {
    if (stderr.isTTY !== true) return;
    this.#bar = new cliProgress.SingleBar(
      { format: '{bar} {words}', barsize: BAR_COLUMNS, hideCursor: true, stream: stderr },
      cliProgress.Presets.shades_classic,
    );
  }

  update(progress: Progress): void {
    const bar = this.#bar;
    if (bar === undefined) return;
    const { phase, done, of } = progress;
    if (this.#phase === undefined) bar.start(of, 0, { words: '' });
    if (this.#phase?.name !== phase) this.#phase = { name: phase, sinceMs: steadyNow() };
    bar.setTotal(of);
    bar.update(done, { words: progressWords(progress, steadyNow() - this.#phase.sinceMs) });
  }

  stop(): void {
    if (this.#phase !== undefined) this.#bar?.stop();
    this.#phase = undefined;
  }
}

/** @param elapsedMs since the phase began */
export function progressWords({ phase, done, of, remark }: Progress, elapsedMs: number): string {
  const parts = [`${phase} ${counted(done)} of ${counted(of)}`];
  if (remark !== undefined) parts.push(remark);
  if (elapsedMs >= SETTLED_MS && done > 0 && done < of) {
    parts.push(`about ${timeWords((elapsedMs / done) * (of - done))} left`);
  }
  return parts.join(', ');
}

export function counted(number: number): string {
  return number.toLocaleString('en-US');
}

function timeWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1_000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
