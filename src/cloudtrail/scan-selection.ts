import { isWhitespace } from '../text/json-whitespace.ts';
import { serviceOfSource } from './event-source.ts';

/** What a record is to Keytrail, by its top-level members. */
export type RecordKind = 'selected' | 'envelope' | 'unknown';

/** Selects records with one of some event names whose bytes contain a text. */
interface NamedContaining {
  readonly names: ReadonlySet<string>;
  /** ASCII letters. Records with `\\u` escapes, which may hide the text, are selected without it too. */
  readonly containing: string;
}

/**
 * The selected records by event source: every record, those with one of some event names, or only those of them that
 * contain a text. Sources consist of letters, digits, `.`, `_` and `-`.
 */
export type RecordSelection = ReadonlyMap<string, 'every' | ReadonlySet<string> | NamedContaining>;

const TRAIL_EVENT_NAMES: ReadonlySet<string> = new Set([
  'CreateTrail',
  'UpdateTrail',
  'DeleteTrail',
  'StartLogging',
  'StopLogging',
  'PutEventSelectors',
  'PutInsightSelectors',
  'PutRule',
  'EnableRule',
  'DisableRule',
  'DeleteRule',
  'PutTargets',
  'RemoveTargets',
]);

/**
 * Key uses, job events, records that show the owners of credentials, and changes to trails and rules, which can open a
 * gap in the history. `AssumeRole` is a large part of many logs, but few of them are SageMaker's.
 */
export const DEFAULT_SELECTION: RecordSelection = new Map<
  string,
  'every' | ReadonlySet<string> | NamedContaining
>([
  ['kms.amazonaws.com', 'every'],
  ['sagemaker.amazonaws.com', 'every'],
  ['sts.amazonaws.com', { names: new Set(['AssumeRole']), containing: 'sagemaker' }],
  ['logs.amazonaws.com', { names: new Set(['CreateLogStream']), containing: 'sagemaker' }],
  ['cloudtrail.amazonaws.com', TRAIL_EVENT_NAMES],
  ['events.amazonaws.com', TRAIL_EVENT_NAMES],
]);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Classifies one record by its top-level members, exactly as `parseJson` would return them: names and values are decoded,
 * and the last of several members of one name wins (RFC 8259 §4 leaves that open, ECMA-262 does not). It builds nothing
 * else, and assumes only that strings and brackets are well-formed.
 *
 * @param bytes the record, an object, is in them from `start` up to but not including `end`
 * @returns `undefined` if the record has an event source and is not selected
 */
export function classifyRecord(
  bytes: Buffer,
  start: number,
  end: number,
  selection: RecordSelection,
): RecordKind | undefined {
  let eventSource: string | null | undefined;
  let eventName: string | null | undefined;
  let isEnvelope = false;
  let depth = 0;
  let at = start;
  while (at < end) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const close = stringEnd(bytes, at, end);
      if (depth === 1) {
        const colon = pastWhitespace(bytes, close, end);
        if (colon < end && bytes[colon] === COLON) {
          const value = pastWhitespace(bytes, colon + 1, end);
          switch (mayMatter(bytes[at + 1]) ? decodeName(bytes, at, close) : undefined) {
            case 'eventSource':
              eventSource = decodeString(bytes, value, end);
              break;
            case 'eventName':
              eventName = decodeString(bytes, value, end);
              break;
            case 'detail':
            case 'detail-type':
            case 'CloudTrailEvent':
              isEnvelope = true;
              break;
          }
          at = value;
          continue;
        }
      }
      at = close;
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    at += 1;
  }
  if (eventSource === undefined) return isEnvelope ? 'envelope' : 'unknown';
  const service = eventSource === null ? undefined : serviceOfSource(eventSource);
  // Of no service: a wrapper, perhaps, that has a source of its own.
  if (service === undefined) return 'unknown';
  const selected = selection.get(service);
  if (selected === undefined) return undefined;
  if (selected === 'every') return 'selected';
  const names = 'names' in selected ? selected.names : selected;
  if (typeof eventName !== 'string' || !names.has(eventName)) return undefined;
  return !('names' in selected) || mayContain(bytes.subarray(start, end), selected.containing)
    ? 'selected'
    : undefined;
}

function mayContain(record: Buffer, text: string): boolean {
  return record.includes(text, 0, 'latin1') || hasUnicodeEscape(record);
}

function hasUnicodeEscape(record: Buffer): boolean {
  let at = record.indexOf(BACKSLASH);
  while (at >= 0) {
    if (record[at + 1] === 0x75) return true;
    at = record.indexOf(BACKSLASH, at + 2);
  }
  return false;
}

/** Whether a name with this first byte may matter: `e`, `d`, `C`, or an escape. */
function mayMatter(first: number | undefined): boolean {
  return first === 0x65 || first === 0x64 || first === 0x43 || first === BACKSLASH;
}

/** The longest name that matters has 15 characters, or 90 bytes if all are escapes. */
const LONGEST_NAME_BYTES = 2 + 6 * 15;

/**
 * @param open the opening quote
 * @param close one past the closing quote
 * @returns the decoded name; `undefined` if it is too long to matter, or no JSON
 */
export function decodeName(bytes: Buffer, open: number, close: number): string | undefined {
  if (close - open > LONGEST_NAME_BYTES) return undefined;
  return decodeString(bytes, open, close) ?? undefined;
}

/** The string that starts at `at`; `null` if there is none (another type, or no JSON). */
function decodeString(bytes: Buffer, at: number, end: number): string | null {
  if (at >= end || bytes[at] !== QUOTE) return null;
  const close = stringEnd(bytes, at, end);
  const raw = bytes.toString('utf8', at + 1, close - 1);
  if (!raw.includes('\\')) return raw;
  try {
    const decoded: unknown = JSON.parse(`"${raw}"`);
    return typeof decoded === 'string' ? decoded : null;
  } catch {
    return null;
  }
}

/** One past the closing quote of the string that opens at `open`; `end` if it does not close before that. */
function stringEnd(bytes: Buffer, open: number, end: number): number {
  let at = open + 1;
  while (at < end) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return end;
}

function pastWhitespace(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && isWhitespace(bytes[at])) at += 1;
  return at;
}
