import type { SealedDay } from '../history/seal/sealed-day.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { corruptItem, type StoredBody } from '../table/corrupt-item.ts';

/** A leaf of the log of sealed days: what one version of a day was sealed as. */
export interface DaySeal extends SealedDay {
  /** The index of the leaf of the version before that is in the log. */
  readonly previous?: number;
}

const FORMAT = 1;

/** The members of a leaf in the order in which they stand: canonical JSON (RFC 8785) sorts them. */
const MEMBERS = [
  'day',
  'facts',
  'factsRoot',
  'firstMs',
  'follows',
  'format',
  'judgementsRoot',
  'lastMs',
  'previous',
  'root',
  'rootHash',
  'rows',
  'version',
] as const;

/** The bytes of a leaf: canonical JSON by RFC 8785, of texts and whole numbers. */
export function encodeDaySeal(seal: DaySeal): Buffer {
  const all: Partial<Record<string, unknown>> = { ...seal, format: FORMAT };
  // What is absent is left out by `JSON.stringify`.
  return Buffer.from(JSON.stringify(Object.fromEntries(MEMBERS.map((name) => [name, all[name]]))));
}

/**
 * Reads a leaf, which may have members that this version does not know.
 * @throws KeytrailError `unsupported-format`, `corrupt-item`
 */
export function decodeDaySeal(item: StoredBody): DaySeal {
  let leaf: Readonly<Record<string, unknown>>;
  try {
    leaf = asObject(JSON.parse(Buffer.from(item.body ?? new Uint8Array()).toString()));
  } catch (cause) {
    throw corruptItem('A seal in the log', item, cause);
  }
  if (typeof leaf['format'] === 'number' && leaf['format'] > FORMAT) {
    throw new KeytrailError(
      'unsupported-format',
      `A seal in the log was written by a newer Keytrail (format ${leaf['format']}); use that version.`,
    );
  }
  try {
    return {
      day: text(leaf, 'day'),
      version: count(leaf, 'version'),
      root: text(leaf, 'root'),
      rootHash: text(leaf, 'rootHash'),
      rows: count(leaf, 'rows'),
      facts: count(leaf, 'facts'),
      factsRoot: text(leaf, 'factsRoot'),
      judgementsRoot: text(leaf, 'judgementsRoot'),
      ...(leaf['follows'] === undefined ? {} : { follows: text(leaf, 'follows') }),
      ...(leaf['firstMs'] === undefined ? {} : { firstMs: count(leaf, 'firstMs') }),
      ...(leaf['lastMs'] === undefined ? {} : { lastMs: count(leaf, 'lastMs') }),
      ...(leaf['previous'] === undefined ? {} : { previous: count(leaf, 'previous') }),
    };
  } catch (cause) {
    throw corruptItem('A seal in the log', item, cause);
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no object');
  return Object.fromEntries(Object.entries(value));
}

function text(leaf: Readonly<Record<string, unknown>>, name: string): string {
  const value = leaf[name];
  if (typeof value !== 'string') throw new Error(`${name} is no text`);
  return value;
}

function count(leaf: Readonly<Record<string, unknown>>, name: string): number {
  const value = leaf[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new Error(`${name} is no whole number`);
  return value;
}
