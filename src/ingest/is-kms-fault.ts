import { serviceOfSource } from '../cloudtrail/event-source.ts';
import { isWhitespace } from '../text/json-whitespace.ts';

const COLON = 0x3a;
const SOURCE = Buffer.from('"kms.amazonaws.com"');
/** `EventSource`: of LookupEvents, which has the record in a string. */
const SOURCE_NAMES = [Buffer.from('"eventSource"'), Buffer.from('"EventSource"')];
/** Every record has some of these, and each of them once. */
const NAMES_OF_ONE_RECORD = ['"userIdentity"', '"eventID"', '"requestParameters"', '"hyperParameters"'].map(
  (name) => Buffer.from(name),
);

/**
 * Whether bytes that are no sound JSON are, as far as they go, of one record of KMS and of no other: its bytes
 * are kept then. Where a broken record may have taken another service's with it, they are not.
 */
export function isKmsFault(bytes: Buffer): boolean {
  let sources = 0;
  for (const name of SOURCE_NAMES) {
    for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) {
      sources += 1;
      if (sources > 1 || !isFollowedBySource(bytes, at + name.length)) return false;
    }
  }
  return sources === 1 && NAMES_OF_ONE_RECORD.every((name) => occursOnceAtMost(bytes, name));
}

/** An event source, by any tool's name for it, and how deep in texts soever. */
const ANY_SOURCE =
  /(?:event[_.]?source|event[_.]?provider|"provider)[\\"'\s:={]+(?:S[\\"'\s:]+)?([\w.:-]+)/gi;

/**
 * Whether bytes speak of records of KMS and of no other service's: something that KMS's records were made into, of which
 * nothing is lost if its bytes are kept.
 */
export function isOfKmsAlone(bytes: Buffer): boolean {
  let isOfKms = false;
  const text = bytes.toString('latin1');
  for (const [, source = ''] of text.matchAll(ANY_SOURCE)) {
    if (source.startsWith('aws:')) continue;
    if (serviceOfSource(source.toLowerCase()) !== 'kms.amazonaws.com') return false;
    isOfKms = true;
  }
  return isOfKms && !/hyper_?parameters/i.test(text);
}

function isFollowedBySource(bytes: Buffer, from: number): boolean {
  const colon = pastWhitespace(bytes, from);
  if (bytes[colon] !== COLON) return false;
  const value = pastWhitespace(bytes, colon + 1);
  return bytes.subarray(value, value + SOURCE.length).equals(SOURCE);
}

function occursOnceAtMost(bytes: Buffer, name: Buffer): boolean {
  const first = bytes.indexOf(name);
  return first === -1 || bytes.indexOf(name, first + 1) === -1;
}

function pastWhitespace(bytes: Buffer, from: number): number {
  let at = from;
  while (isWhitespace(bytes[at])) at += 1;
  return at;
}
