import { gunzipSync } from 'node:zlib';
import { serviceOfSource } from '../cloudtrail/event-source.ts';
import { type Quarantined, quarantined } from '../cloudtrail/quarantined.ts';
import { RecordScanner } from '../cloudtrail/record-scanner.ts';
import { jsonOf } from '../text/json-of.ts';
import { isKmsFault } from './is-kms-fault.ts';
import { base64In, hasMemberOfRecord, innerText, startOfJson, valueIn } from './json-in-text.ts';

/** A part of a wrapper that is not understood. */
interface RefusedPart extends Quarantined {
  readonly bytes: Buffer;
}

/**
 * CloudTrail's records reach people in what other tools wrap around them: subscriptions and exports of CloudWatch Logs
 * (`logEvents[].message`, base64 and gzip), SQS (`body`), SNS (`Message`), Firehose and Kinesis (`data` in base64),
 * Elasticsearch (`_source`, `event.original`), Splunk (`result._raw`), `lookup-events --query` (texts in a list). So
 * records are looked for in the members and texts of whatever is no record itself; no form is known by its name.
 */
export interface Carried {
  /** What may be records, envelopes or events of LookupEvents, in their order. */
  readonly values: readonly unknown[];
  /** Records of services that Keytrail does not need, which were not built. */
  readonly skipped: number;
  /** Parts beside them that ought to hold records and do not. */
  readonly refused: readonly RefusedPart[];
  /** How much was looked into: bytes of a thousand may hold a million. */
  readonly bytes: number;
}

const OPEN_BRACE = 0x7b;

/** Texts in texts, base64 counted: a record in a log event in a message in a notification in a queue. */
const MOST_LAYERS = 16;
const MOST_DEPTH = 64;
/** Objects and texts that are looked into: a batch of ten thousand messages has some ten of each. */
const MOST_PLACES = 150_000;
/** Of all gzip in one value together. */
const MOST_UNZIPPED_BYTES = 32 * 1024 * 1024;

const MOST_REFUSED = 10_000;

/** Members that hold the record as it was, beside what was made of it. */
const ORIGINALS = ['_raw', '@message', 'original'] as const;

/** Members that list what holds a record each. */
const LISTS: ReadonlySet<string> = new Set([
  'Events',
  'Messages',
  'Records',
  'events',
  'hits',
  'logEvents',
  'records',
  'results',
]);

/** The records in a value that is none. Changes nothing in it. */
export function carriedValues(value: unknown): Carried {
  const search = new Search();
  try {
    search.look(value, 0, 0);
  } catch (error) {
    if (error !== TOO_MUCH) throw error;
    search.refuseRest('');
  }
  return search;
}

/** Ends a search: what it found is taken. */
const TOO_MUCH = new Error('more places than are looked into');

class Search implements Carried {
  readonly values: unknown[] = [];
  readonly refused: RefusedPart[] = [];
  skipped = 0;
  bytes = 0;
  #places = 0;
  #unzippedBytes = 0;

  look(value: unknown, depth: number, layer: number): void {
    if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) return;
    this.#count();
    if (depth > MOST_DEPTH) this.refuseRest(value);
    else if (typeof value === 'string') this.#lookIntoText(value, layer);
    else if (Array.isArray(value)) for (const item of value) this.look(item, depth + 1, layer);
    else this.#lookInto(value, depth, layer);
  }

  #count(): void {
    this.#places += 1;
    if (this.#places > MOST_PLACES) throw TOO_MUCH;
  }

  get #found(): number {
    return this.values.length + this.skipped + this.refused.length;
  }

  #lookInto(value: object, depth: number, layer: number): void {
    for (const name of ORIGINALS) {
      if (!Object.hasOwn(value, name)) continue;
      const before = this.#found;
      this.look(Reflect.get(value, name), depth + 1, layer);
      if (this.#found > before) return;
    }
    if (depth + layer > 0 && isEvent(value)) {
      const before = this.#found;
      if (isForwarded(value)) this.look(memberOf(value, 'detail'), depth + 1, layer);
      if (this.#found === before) this.values.push(value);
    } else {
      for (const [name, member] of Object.entries(value)) {
        if (LISTS.has(name) && Array.isArray(member)) this.#lookIntoList(member, depth + 1, layer);
        else this.look(member, depth + 1, layer);
      }
    }
  }

  /** Where an element of a list holds a record, the others ought to. */
  #lookIntoList(list: readonly unknown[], depth: number, layer: number): void {
    const without: unknown[] = [];
    const before = this.#found;
    for (const item of list) {
      const beforeItem = this.#found;
      this.look(item, depth + 1, layer);
      if (this.#found === beforeItem) without.push(item);
    }
    if (this.#found === before) return;
    for (const item of without) {
      this.#refuse(
        'not-a-record',
        'It stands beside records in a list and holds none: see where it came from, and import the log files of that time.',
        Buffer.from(jsonOf(item) ?? ''),
      );
    }
  }

  #lookIntoText(text: string, layer: number): void {
    this.bytes += text.length;
    const start = startOfJson(text);
    const isLost = hasMemberOfRecord(start === -1 ? text : text.slice(0, start));
    const inner = innerText(text) ?? (start === -1 && !isLost ? this.#decoded(text) : undefined);
    if (inner === undefined && isLost) this.#refuseLost(text);
    else if (inner === undefined && start === -1) return;
    else if (layer === MOST_LAYERS) this.refuseRest(text);
    else if (inner !== undefined) this.#lookIntoText(inner, layer + 1);
    else this.#lookIntoJson(text.slice(start), start > 0, layer);
  }

  /** @param isInColumns whether something stands before it on its line, and may stand behind it */
  #lookIntoJson(json: string, isInColumns: boolean, layer: number): void {
    const found: unknown[] = [];
    const take = (part: Buffer) => {
      this.#count();
      const value = valueIn(part);
      if (value !== undefined) found.push(value);
      // A line of its own with something before its JSON.
      else if (part[0] !== OPEN_BRACE && part.includes('{')) found.push(part.toString());
      else if (!isInColumns || found.length === 0) this.#refuseBroken(part);
    };
    const scanner = new RecordScanner({
      onRecord: (_, part) => take(part),
      onFault: ({ bytes: part }) => take(part),
    });
    scanner.push(Buffer.from(json));
    scanner.end();
    this.skipped += scanner.skipped;
    for (const value of found) this.look(value, 0, layer + 1);
  }

  #refuseBroken(part: Buffer): void {
    this.#refuse(
      'not-json',
      'A text in it begins as JSON and is none: import the log file that it was in.',
      part,
    );
  }

  #refuse(code: Quarantined['code'], reason: string, bytes: Buffer): void {
    if (this.refused.length === MOST_REFUSED) throw TOO_MUCH;
    this.refused.push({ ...quarantined(code, reason, isKmsFault(bytes)), bytes: Buffer.from(bytes) });
  }

  /** What is too much, or too deep, is looked into no further. */
  refuseRest(value: unknown): void {
    const last = this.refused.at(-1);
    if (last?.code === 'too-large') return;
    this.#refuse(
      'too-large',
      'Not all of it was looked into, for it wraps too much, or too often: unwrap it, and import the result.',
      Buffer.from(typeof value === 'string' ? value : ''),
    );
  }

  /** A record that lost its beginning. */
  #refuseLost(text: string): void {
    this.#refuse(
      'not-json',
      'A text in it is part of a record: import the log file that it was in.',
      Buffer.from(text),
    );
  }

  /** The text in base64, perhaps with gzip. */
  #decoded(text: string): string | undefined {
    const bytes = base64In(text);
    return (bytes?.[0] === 0x1f && bytes[1] === 0x8b ? this.#unzipped(bytes) : bytes)?.toString();
  }

  #unzipped(bytes: Buffer): Buffer | undefined {
    try {
      const unzipped = gunzipSync(bytes, { maxOutputLength: MOST_UNZIPPED_BYTES - this.#unzippedBytes });
      this.#unzippedBytes += unzipped.length;
      return unzipped;
    } catch {
      this.#refuse(
        'not-json',
        'A text in it is gzip that is damaged or too large: unpack it, and import the result.',
        bytes,
      );
      return undefined;
    }
  }
}

/** Some of the members that every record has: with three of them an object is meant to be one. */
const MEMBERS = ['awsRegion', 'eventID', 'eventName', 'eventTime', 'eventVersion', 'userIdentity'] as const;

/** Whether an object is what `parseEvent` knows, or means to be. A source such as `aws:sqs` is that of a wrapper. */
function isEvent(value: object): boolean {
  if (isWrapper(value)) return false;
  const source = memberOf(value, 'eventSource');
  if (typeof source === 'string' && source !== '') return true;
  if (typeof memberOf(value, 'detail-type') === 'string') return memberOf(value, 'detail') !== undefined;
  return (
    memberOf(value, 'CloudTrailEvent') !== undefined ||
    MEMBERS.filter((name) => Object.hasOwn(value, name)).length >= 3
  );
}

/**
 * Whether an object is a wrapper, though it has an `eventSource`: that of an event source of Lambda (`aws:sqs`,
 * `aws:kinesis`, `aws:s3`), or of a tool. CloudTrail's own records have an `eventVersion` and an `eventID`, whoever their
 * source is: nothing in one of these is looked into.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export function isWrapper(value: object): boolean {
  if (typeof memberOf(value, '_raw') === 'string' || typeof memberOf(value, '@message') === 'string')
    return true;
  const source = memberOf(value, 'eventSource');
  if (typeof source !== 'string' || source === '' || serviceOfSource(source) !== undefined) return false;
  return (
    source.startsWith('aws:') || !(Object.hasOwn(value, 'eventVersion') && Object.hasOwn(value, 'eventID'))
  );
}

function memberOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

/** Whether an object is an envelope of somebody's own, in which records may have been sent on. */
export function isForwarded(value: object): boolean {
  const type = memberOf(value, 'detail-type');
  return typeof type === 'string' && !type.startsWith('SageMaker ') && !type.endsWith(' via CloudTrail');
}
