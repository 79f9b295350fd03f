import { recentStops } from '../coverage/recent-stops.ts';
import { sourceIdOf } from '../history/facts/source.ts';
import { errorCodeOf, KeytrailError } from '../keytrail-error.ts';
import type { KeyUse } from '../kms/key-use.ts';
import { isObjectGone } from '../s3/object-sentence.ts';
import { type ObjectAddress, objectUrl } from '../s3/object-url.ts';
import type { OpenObjects } from '../s3/open-objects.ts';
import { type Balance, Balancing } from './balance.ts';
import { readingOf } from './log-file-name.ts';
import { LogFileReader } from './log-file-reader.ts';
import { logObjectsOfMessage } from './log-objects-of-message.ts';
import { refusalOfText } from './looks-like-cloudtrail.ts';
import { type Keeping, makeDurable } from './make-durable.ts';
import { quarantineEntry } from './quarantine.ts';
import type { Ingested, QueueMessage } from './queue-message.ts';
import { readLogObject } from './read-log-object.ts';
import type { RecordGatherer } from './record-gatherer.ts';

/** Records that somebody sent to the queue themselves. */
const EVENT_BUS = sourceIdOf({ kind: 'event-bus' });

/** Uses and quarantined records that are held before they are made durable: 15 MB or so. */
const HELD_ROWS = 16_384;
const HELD_REFUSED = 200;
const ANNOUNCES_NO_OBJECT = 'The message announces no new object: a test, or one that was deleted.';

/**
 * Records the CloudTrail log files that a batch of messages announces. Files that no longer exist, and messages that are
 * not notifications of S3, go to quarantine; a file that cannot be read now is tried again.
 * @throws KeytrailError `store-unavailable`: nothing of the batch may be acknowledged
 */
export async function ingestLogObjects(
  messages: readonly QueueMessage[],
  gatherer: RecordGatherer,
  objects: OpenObjects,
  keeping: Keeping,
  now: () => number,
): Promise<Ingested> {
  const batch = new Batch(gatherer, objects, keeping, now);
  const failed: { messageId: string; why: string }[] = [];
  for (const { messageId, body } of messages) {
    const why = await batch.take(messageId, body);
    if (why !== undefined) failed.push({ messageId, why });
  }
  await batch.keep();
  const { balance, quarantined, stopped, lagsMs, leftOut } = batch;
  return { failed, balance, recorded: lagsMs.length, quarantined, stopped, lagsMs, leftOut };
}

/** The records of a batch of messages, made durable part by part. */
class Batch {
  readonly #gatherer: RecordGatherer;
  readonly #reader: LogFileReader;
  readonly #objects: OpenObjects;
  readonly #keeping: Keeping;
  readonly #now: () => number;
  readonly #balancing = new Balancing();
  #timesMs: number[] = [];
  quarantined = 0;
  stopped = 0;
  readonly lagsMs: number[] = [];
  /** Why objects were left out, one for each. */
  readonly leftOut: string[] = [];

  constructor(gatherer: RecordGatherer, objects: OpenObjects, keeping: Keeping, now: () => number) {
    this.#gatherer = gatherer;
    gatherer.reset();
    this.#reader = new LogFileReader(gatherer, { onUse: (use) => this.#onUse(use) });
    this.#objects = objects;
    this.#keeping = keeping;
    this.#now = now;
  }

  get balance(): Balance {
    return this.#balancing.balance(this.#gatherer.counts);
  }

  #onUse(use: KeyUse): void {
    this.#timesMs.push(use.eventTimeMs);
    this.#balancing.addUse(use);
  }

  /** @returns why the message is to come again; undefined where it is done with, once what is held is durable */
  async take(messageId: string, body: string): Promise<string | undefined> {
    const { objects, others, isUnderstood } = logObjectsOfMessage(body);
    for (let other = 0; other < others; other++) this.leftOut.push(ANNOUNCES_NO_OBJECT);
    if (!isUnderstood) this.#takeOtherMessage(messageId, body, objects.length > 0);
    let why: string | undefined;
    for (const address of objects) {
      const reading = readingOf(address.key);
      if (reading.kind === 'left-out') {
        this.leftOut.push(reading.why);
        continue;
      }
      const problem = await this.#read(address, reading.kind === 'if-it-looks-right');
      why ??= problem;
      if (this.#isFull()) await this.keep();
    }
    return why;
  }

  /** A message that is no notification, or not all of it: whoever sent it here may have sent records. */
  #takeOtherMessage(messageId: string, body: string, isPartly: boolean): void {
    const gatherer = this.#gatherer;
    const source = `message:${messageId}`;
    const bytes = Buffer.from(body);
    const onUse = (use: KeyUse) => this.#onUse(use);
    const refused = isPartly ? undefined : gatherer.takeText(body, { onUse, source: EVENT_BUS });
    gatherer.counts.records++;
    for (const { code, reason, isKms, bytes: own = bytes } of refused ?? []) {
      gatherer.quarantine(quarantineEntry(source, code, reason, own, 0, isKms));
    }
    if (refused !== undefined) return;
    const reason =
      'Not all of the message is a notification of S3 or CloudTrail, sent on or not: see who may send to the queue.';
    // Its bytes are kept: they name objects, and hold no record.
    gatherer.quarantine({ ...quarantineEntry(source, 'not-a-notification', reason, bytes, 0, false), bytes });
  }

  async #read(address: ObjectAddress, isDoubtful: boolean): Promise<string | undefined> {
    const url = objectUrl(address);
    const ready = () => (this.#isFull() ? this.keep() : undefined);
    try {
      const leftOut = await this.#reader.read(url, (path, sink) => readLogObject(this.#objects, path, sink), {
        ready,
        source: { kind: 'object' },
        ...(isDoubtful ? { refuses: refusalOfText } : {}),
      });
      if (leftOut !== undefined) this.leftOut.push(leftOut);
      return undefined;
    } catch (error) {
      // If the store fails, nothing may be acknowledged; after any other error only this message comes again.
      if (error instanceof KeytrailError && error.code === 'store-unavailable') throw error;
      const isGone =
        error instanceof KeytrailError && error.code === 'path-unreadable' && isObjectGone(error.cause);
      if (!isGone) return errorCodeOf(error);
      this.#gatherer.quarantine({ source: url, code: 'gone', reason: error.message });
      this.#gatherer.counts.records++;
      return undefined;
    }
  }

  #isFull(): boolean {
    const { rows, refused } = this.#gatherer;
    return rows >= HELD_ROWS || refused >= HELD_REFUSED;
  }

  /** Makes durable what is held. */
  async keep(): Promise<void> {
    const gathered = this.#gatherer.finish();
    const timesMs = this.#timesMs;
    this.#timesMs = [];
    await makeDurable(gathered, this.#keeping);
    this.#balancing.addQuarantined(gathered.quarantined);
    const durableMs = this.#now();
    for (const timeMs of timesMs) this.lagsMs.push(durableMs - timeMs);
    this.quarantined += gathered.quarantined.length;
    this.stopped += recentStops(gathered.sourceChanges, durableMs);
  }
}
