import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Table } from '../history/table.ts';
import { whyOf } from '../keytrail-error.ts';
import { Watch } from '../watch/watch.ts';
import type { WatchSettings } from '../watch/watch-settings.ts';

/** The clock that alerts go by, epoch milliseconds. */
const now = () => Date.now();

/**
 * Asks the alert rules about what has changed in a store.
 * @returns how many alerts changed; undefined where somebody else is at it
 */
export async function watchStore(
  table: Table,
  settings: WatchSettings,
  {
    watch = new Watch(table),
    onDay,
  }: { readonly watch?: Watch; readonly onDay?: (day: string) => void } = {},
): Promise<number | undefined> {
  const run = { by: randomUUID(), now, settings, ...(onDay === undefined ? {} : { onDay }) };
  return (await watch.pass(run))?.alerts.size;
}

/** As often as a stack watches at the most: what an import brings it watches itself. */
const BETWEEN_PASSES_MS = 5 * 60_000;

/** Watches a store at once and again and again: some alerts come of time alone. */
export function watchOnAndOn(table: Table, settings: WatchSettings): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const watch = new Watch(table);
  const passes = async () => {
    while (!stopping.signal.aborted) {
      try {
        await watchStore(table, settings, { watch });
      } catch (error) {
        process.stderr.write(`Alerts could not be looked for: ${whyOf(error)}; it is tried again.\n`);
      }
      await sleep(BETWEEN_PASSES_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const done = passes();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}
