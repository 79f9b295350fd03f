import { Worker } from 'node:worker_threads';
import type { CheckedSlots, SlotRange } from '../proof/verify-history.ts';

/** As of the threads of an import: what is made is thrown away at once. */
const YOUNG_GENERATION_MB = 12;

/** Threads that check rows of an embedded store, one range of slots at a time each. */
export class VerifyThreads {
  readonly #all: Worker[];
  readonly #idle: Worker[];

  constructor(dataFolder: string, threads: number) {
    // Beside this file as it is run: in the sources, or in the built package.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const file = new URL(`./verify-worker.${extension}`, import.meta.url);
    this.#all = Array.from(
      { length: threads },
      () =>
        new Worker(file, {
          workerData: dataFolder,
          resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
        }),
    );
    this.#idle = [...this.#all];
  }

  /** Checks a range; at most as many at once as there are threads. */
  async check(range: SlotRange): Promise<CheckedSlots> {
    const worker = this.#idle.pop();
    if (worker === undefined) throw new Error('more ranges are checked at once than there are threads');
    try {
      return await new Promise<CheckedSlots>((resolve, reject) => {
        const onEnd = () => reject(new Error('a verifying thread ended before its work was done'));
        const settle = (finish: () => void) => {
          worker.off('message', onMessage).off('error', onError).off('exit', onEnd);
          finish();
        };
        const onMessage = (checked: CheckedSlots) => settle(() => resolve(checked));
        const onError = (error: Error) => settle(() => reject(error));
        worker.on('message', onMessage).on('error', onError).on('exit', onEnd);
        worker.postMessage(range);
      });
    } finally {
      this.#idle.push(worker);
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }
}
