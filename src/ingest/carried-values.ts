import { gunzipSync } from 'node:zlib';
import { RecordScanner } from '../cloudtrail/record-scanner.ts';
import { parseJson } from '../text/parse-json.ts';

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
  /** Texts that begin as JSON and are none. */
  readonly broken: readonly Buffer[];
}

/** Texts in texts: a record in a log event in a message in a notification in a queue. */
const MOST_LAYERS = 6;
const MOST_DEPTH = 64;
/** Objects and texts that are looked into: a batch of ten thousand messages has some ten of each. */
const MOST_PLACES = 1_000_000;
const MOST_UNZIPPED_BYTES = 64 * 1024 * 1024;

/** Members that hold the record as it was, beside what was made of it. */
const ORIGINALS = ['_raw', 'original'] as const;

/** The records in a value that is none. Changes nothing in it. */
export function carriedValues(value: unknown): Carried {
  const search = new Search();
  search.look(value, 0, 0);
  return search;
}

class Search implements Carried {
  readonly values: unknown[] = [];
  readonly broken: Buffer[] = [];
  skipped = 0;
  #places = 0;

  look(value: unknown, depth: number, layer: number): void {
    if (++this.#places > MOST_PLACES || depth > MOST_DEPTH) return;
    if (typeof value === 'string') this.#lookIntoText(value, layer);
    else if (Array.isArray(value)) for (const item of value) this.look(item, depth + 1, layer);
    else if (typeof value === 'object' && value !== null) this.#lookInto(value, depth, layer);
  }

  #lookInto(value: object, depth: number, layer: number): void {
    for (const name of ORIGINALS) {
      if (!Object.hasOwn(value, name)) continue;
      const before = this.values.length + this.skipped;
      this.look(Reflect.get(value, name), depth + 1, layer);
      if (this.values.length + this.skipped > before) return;
    }
    if (depth + layer > 0 && isEvent(value)) this.values.push(value);
    else for (const member of Object.values(value)) this.look(member, depth + 1, layer);
  }

  #lookIntoText(text: string, layer: number): void {
    if (layer === MOST_LAYERS) return;
    const bytes = jsonIn(text);
    if (bytes === undefined) return;
    const found: unknown[] = [];
    const take = (part: Buffer) => {
      const value = valueIn(part);
      if (value === undefined) this.broken.push(Buffer.from(part));
      else found.push(value);
    };
    const scanner = new RecordScanner({
      onRecord: (_, part) => take(part),
      onFault: ({ bytes: part }) => take(part),
    });
    scanner.push(bytes);
    scanner.end();
    this.skipped += scanner.skipped;
    for (const value of found) {
      if (typeof value === 'object' && value !== null && !Array.isArray(value) && isEvent(value)) {
        this.values.push(value);
      } else this.look(value, 0, layer + 1);
    }
  }
}

/** Whether an object is what `parseEvent` knows. A source such as `aws:sqs` is that of a wrapper. */
function isEvent(value: object): boolean {
  const source = memberOf(value, 'eventSource');
  if (typeof source === 'string' && source !== '') return !isWrapperSource(source);
  if (typeof memberOf(value, 'detail-type') === 'string') return memberOf(value, 'detail') !== undefined;
  return memberOf(value, 'CloudTrailEvent') !== undefined;
}

/**
 * Whether an `eventSource` is that of an event source of Lambda: `aws:sqs`, `aws:kinesis`, `aws:s3`.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export function isWrapperSource(source: string): boolean {
  return source.startsWith('aws:');
}

/** Whether an object has the record as it was beside members that were made of it. */
export function hasOriginal(value: object): boolean {
  return typeof memberOf(value, '_raw') === 'string';
}

function memberOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

/** What surely is no base64 of a record: shorter, or of other characters. */
const BASE64 = /^[A-Za-z0-9+/\s]{40,}={0,2}\s*$/;
/** How far into a line its JSON may begin. */
const LONGEST_HEADING = 1_024;

/** The JSON in a text: as it is, behind a time or another heading, or in base64, perhaps with gzip. */
function jsonIn(text: string): Buffer | undefined {
  const plain = plainJsonIn(text);
  if (plain !== undefined || !BASE64.test(text)) return plain;
  const decoded = Buffer.from(text, 'base64');
  const bytes = decoded[0] === 0x1f && decoded[1] === 0x8b ? unzipped(decoded) : decoded;
  return bytes === undefined ? undefined : plainJsonIn(bytes.toString());
}

function plainJsonIn(text: string): Buffer | undefined {
  const start = text.search(/\S/);
  if (start < 0) return undefined;
  if (text[start] === '{' || text[start] === '[') return Buffer.from(start === 0 ? text : text.slice(start));
  const json = text.slice(0, LONGEST_HEADING).search(/[{[]"/);
  return json < 0 ? undefined : Buffer.from(text.slice(json));
}

function unzipped(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_UNZIPPED_BYTES });
  } catch {
    return undefined;
  }
}

function valueIn(bytes: Buffer): unknown {
  try {
    return parseJson(bytes.toString());
  } catch {
    return undefined;
  }
}
