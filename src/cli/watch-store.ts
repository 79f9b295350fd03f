import { randomUUID } from 'node:crypto';
import { deliverLocally } from '../alerts/delivery/deliver-locally.ts';
import { Watch } from '../alerts/detect/watch.ts';
import { errorCodeOf } from '../keytrail-error.ts';
import type { CommandContext } from './command-context.ts';
import type { OpenStore } from './open-store.ts';

interface WatchedHow {
  /** Keeps what it has read from one time to the next. */
  readonly watch?: Watch;
  readonly onDay?: (day: string) => void;
  /** The API's address, which links begin with, where it is served. */
  readonly baseUrl?: string;
}

/**
 * Asks the alert rules about what has changed in a store, and tells of what is new.
 * @returns how many alerts changed; undefined where somebody else is at it
 */
export async function watchStore(
  { table, alertsFolder }: OpenStore,
  context: CommandContext,
  { watch = new Watch(table), onDay, baseUrl }: WatchedHow = {},
): Promise<number | undefined> {
  const run = {
    by: randomUUID(),
    now: context.now,
    settings: context.settings().watch,
    ...(onDay === undefined ? {} : { onDay }),
  };
  const passed = await watch.pass(run);
  await tellOfAlerts({ table, alertsFolder }, context, baseUrl);
  return passed?.alerts.size;
}

/** Tells whatever is to be told of; of a table in AWS the stack does. */
async function tellOfAlerts(
  { table, alertsFolder }: Pick<OpenStore, 'table'> & { readonly alertsFolder: string | undefined },
  { stderr, now }: CommandContext,
  baseUrl: string | undefined,
): Promise<void> {
  if (alertsFolder === undefined) return;
  await deliverLocally(table, {
    folder: alertsFolder,
    write: (text) => stderr.write(text),
    now,
    newId: () => randomUUID(),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
}

const BETWEEN_LOOKS_MS = 60_000;
/** What an import brings it watches itself: what is left comes of time alone. */
const LOOKS_BETWEEN_PASSES = 5;

/** Watches a store at once and again and again, and tells each minute of what people and other processes changed. */
export function watchOnAndOn(
  store: OpenStore,
  context: CommandContext,
  baseUrl: string,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const watch = new Watch(store.table);
  const passes = async () => {
    for (let look = 0; !stopping.signal.aborted; look++) {
      try {
        if (look % LOOKS_BETWEEN_PASSES === 0) await watchStore(store, context, { watch, baseUrl });
        else await tellOfAlerts({ table: store.table, alertsFolder: store.alertsFolder }, context, baseUrl);
      } catch (error) {
        context.stderr.write(`Alerts could not be looked for: ${errorCodeOf(error)}; it is tried again.\n`);
      }
      await context.sleep(BETWEEN_LOOKS_MS, stopping.signal).catch(() => undefined);
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
