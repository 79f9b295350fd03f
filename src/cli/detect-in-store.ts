import { deliverLocally } from '../alerts/delivery/deliver-locally.ts';
import { Detector } from '../alerts/detect/detector.ts';
import { errorCodeOf } from '../keytrail-error.ts';
import { newUuid } from '../randomness.ts';
import type { CommandContext } from './command-context.ts';
import type { OpenStore } from './open-store.ts';
import { thisProcess } from './this-process.ts';

interface DetectOptions {
  /** Keeps what it has read from one run to the next. */
  readonly detector?: Detector;
  readonly onDay?: (day: string) => void;
  /** The API's address, which links begin with, where it is served. */
  readonly baseUrl?: string;
  /** Whether to wait until no other process runs one, which may have read the history too early. */
  readonly isWaiting?: boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

const WAITING_PAUSE_MS = 100;

/**
 * Runs the alert rules over what has changed in a store, and delivers the alerts that changed.
 * @returns how many alerts changed; undefined when another process runs a detection
 */
export async function detectInStore(
  { table, dataFolder }: OpenStore,
  context: CommandContext,
  { detector = new Detector(table), onDay, baseUrl, isWaiting = false, signal }: DetectOptions = {},
): Promise<number | undefined> {
  const { name: by, isGone } = thisProcess(newUuid());
  const run = () =>
    detector.run({
      by,
      ...(isGone === undefined ? {} : { isGone }),
      now: context.now,
      settings: context.settings().detection,
      ...(onDay === undefined ? {} : { onDay }),
    });
  let result = await run();
  while (isWaiting && result === undefined) {
    signal?.throwIfAborted();
    await context.sleep(WAITING_PAUSE_MS, signal);
    result = await run();
  }
  await deliverAlerts({ table, dataFolder }, context, baseUrl);
  return result?.alerts.size;
}

/** Delivers what is in the outbox. For a table in AWS the stack does that. */
async function deliverAlerts(
  { table, dataFolder }: Pick<OpenStore, 'table'> & { readonly dataFolder: string | undefined },
  { stderr, now }: CommandContext,
  baseUrl: string | undefined,
): Promise<void> {
  if (dataFolder === undefined) return;
  await deliverLocally(table, {
    folder: dataFolder,
    write: (text) => stderr.write(text),
    now,
    newId: newUuid,
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
}

const DELIVERY_INTERVAL_MS = 60_000;
/** An import runs its own detection. What is left to find here comes with time alone, so it may wait longer. */
const DELIVERIES_PER_DETECTION = 5;

/** Runs detection every five minutes, and delivers every minute what people and other processes changed. */
export function detectPeriodically(
  store: OpenStore,
  context: CommandContext,
  baseUrl: string,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const detector = new Detector(store.table);
  const loop = async () => {
    for (let round = 0; !stopping.signal.aborted; round++) {
      try {
        if (round % DELIVERIES_PER_DETECTION === 0)
          await detectInStore(store, context, { detector, baseUrl });
        else await deliverAlerts({ table: store.table, dataFolder: store.dataFolder }, context, baseUrl);
      } catch (error) {
        context.stderr.write(`Alerts could not be checked: ${errorCodeOf(error)}; Keytrail tries again.\n`);
      }
      await context.sleep(DELIVERY_INTERVAL_MS, stopping.signal).catch(() => undefined);
    }
  };
  const done = loop();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}
