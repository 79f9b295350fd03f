import { recentStops } from '../coverage/recent-stops.ts';
import { sourceIdOf } from '../history/facts/source.ts';
import { errorCodeOf } from '../keytrail-error.ts';
import type { KeyUse } from '../kms/key-use.ts';
import { parseJson } from '../text/parse-json.ts';
import { Balancing } from './balance.ts';
import { isKmsFault } from './is-kms-fault.ts';
import { type Keeping, makeDurable } from './make-durable.ts';
import { quarantineEntry } from './quarantine.ts';
import type { Ingested, QueueMessage } from './queue-message.ts';
import type { RecordGatherer } from './record-gatherer.ts';

const EVENT_BUS = sourceIdOf({ kind: 'event-bus' });

/** Called with uses once they are durable. It must not fail. */
export type OnDurable = (uses: readonly KeyUse[]) => Promise<void>;

/**
 * Records a batch of messages, each an EventBridge event. A message that can never be understood goes to quarantine and is
 * acknowledged: receiving it again would not help.
 * @param now epoch milliseconds
 * @throws KeytrailError `store-unavailable`: nothing of the batch may be acknowledged
 */
export async function ingestMessages(
  messages: readonly QueueMessage[],
  gatherer: RecordGatherer,
  keeping: Keeping,
  now: () => number,
  onDurable?: OnDurable,
): Promise<Ingested> {
  const failed: { messageId: string; why: string }[] = [];
  const uses: KeyUse[] = [];
  const balancing = new Balancing();
  gatherer.reset();
  for (const { messageId, body } of messages) {
    try {
      gatherer.counts.records++;
      takeMessage(gatherer, `message:${messageId}`, body, uses);
    } catch (error) {
      // An unexpected error: the message comes again, and after some attempts goes to the dead-letter queue.
      failed.push({ messageId, why: errorCodeOf(error) });
    }
  }
  const gathered = gatherer.finish();
  await makeDurable(gathered, keeping);
  balancing.addQuarantined(gathered.quarantined);
  for (const use of uses) balancing.addUse(use);
  const durableMs = now();
  await onDurable?.(uses);
  return {
    failed,
    balance: balancing.balance(gatherer.counts),
    recorded: uses.length,
    quarantined: gathered.quarantined.length,
    stopped: recentStops(gathered.sourceChanges, durableMs),
    leftOut: [],
    lagsMs: uses.map(({ eventTimeMs }) => durableMs - eventTimeMs),
  };
}

function takeMessage(gatherer: RecordGatherer, source: string, body: string, uses: KeyUse[]): void {
  let value: unknown;
  try {
    value = parseJson(body);
  } catch {
    const bytes = Buffer.from(body);
    const isKms = isKmsFault(bytes);
    if (isKms) gatherer.counts.kmsEvents++;
    gatherer.quarantine(
      quarantineEntry(
        source,
        'not-json',
        'The message is no JSON: see who may send to the queue.',
        bytes,
        0,
        isKms,
      ),
    );
    return;
  }
  const all = Buffer.from(body);
  for (const { code, reason, isKms, bytes = all } of gatherer.take(value, {
    onUse: (use) => uses.push(use),
    source: EVENT_BUS,
  })) {
    gatherer.quarantine(quarantineEntry(source, code, reason, bytes, 0, isKms));
  }
}
