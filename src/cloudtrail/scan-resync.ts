import { isWhitespace } from '../text/json-whitespace.ts';
import { Outline } from './scan-outline.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const OPEN = 0x7b;

/** CloudTrail writes `eventVersion` first in a record, whatever the version. */
const USUAL_FIRST_NAME = Buffer.from('"eventVersion"');
const LONGEST_FIRST_NAME_BYTES = 64;
const MOST_WHITESPACE_BYTES = 256;
const TOO_FAR = -1;

/**
 * Finds where the next record may start after broken JSON, by the first of two signs:
 * - the brackets of the broken record close, and what follows may follow a record;
 * - a record starts: a `{` with `eventVersion`; between top-level values also any `{` right after a line feed; in an
 *   array also a `{` with the first member name of the broken record.
 * The second sign helps if a quote or a bracket is missing. It would be too weak in legal JSON.
 */
export class Resync {
  /** Where the search is, or what it found. */
  at = 0;
  readonly #outline = new Outline();
  #isArray = false;
  #names: readonly Uint8Array[] = [];
  #legalBytes = 0;

  /**
   * @param broken the broken value up to the illegal byte
   * @param isArray whether it is in an array instead of the top level
   * @param isInString whether the illegal byte is in a string
   * @param skips whether to search only from the last sign before that byte, instead of from the start
   * @returns the offset into `broken` to search from; the caller sets {@link at} to it
   */
  begin(broken: Buffer, isArray: boolean, depth: number, isInString: boolean, skips: boolean): number {
    this.#isArray = isArray;
    const own = isArray ? firstName(broken) : undefined;
    this.#names = own === undefined ? [USUAL_FIRST_NAME] : [own, USUAL_FIRST_NAME];
    this.#outline.resume(depth, isInString);
    let from = Math.min(1, broken.length);
    if (skips) from = Math.max(from, broken.lastIndexOf(isArray ? OPEN : LINE_FEED));
    this.#legalBytes = broken.length - from;
    return from;
  }

  /**
   * @param isFinal whether the file ends at `to`
   * @returns true if the next record may start at {@link at}; false if more bytes are needed, from {@link at} on
   */
  run(bytes: Buffer, to: number, isFinal: boolean): boolean {
    while (this.at < to) {
      const byte = bytes[this.at];
      if (byte === OPEN || (byte === LINE_FEED && !this.#isArray)) {
        const starts = this.#startsAt(bytes, this.at, to);
        if (starts === undefined && !isFinal) return false;
        if (starts === true) {
          if (byte === LINE_FEED) this.at += 1;
          return true;
        }
      }
      // The depth already includes the brackets of the legal bytes.
      if (this.#legalBytes > 0) this.#legalBytes -= 1;
      else if (this.#outline.depth === 1 && !this.#outline.isInString && isClosing(byte)) {
        const ends = this.#endsAt(bytes, to, isFinal);
        if (ends === undefined) return false;
        // A `]` that closes the last open bracket is the array's, because the broken record lost its own.
        if (ends && !(this.#isArray && byte === 0x5d)) this.at += 1;
        if (ends) return true;
        // Otherwise brackets are missing, and the record goes on.
      } else if (byte === BACKSLASH && !this.#outline.isInString) {
        // It is more likely an error itself than an escape of what follows.
      } else if (this.#outline.run(bytes, this.at, this.at + 1) === 'whole') {
        this.at += 1;
        return true;
      }
      this.at += 1;
    }
    return false;
  }

  /**
   * Whether the broken record seems to end with the bracket at {@link at}, by what follows; undefined if that needs more
   * bytes.
   */
  #endsAt(bytes: Buffer, to: number, isFinal: boolean): boolean | undefined {
    const next = pastWhitespace(bytes, this.at + 1, to);
    if (next === TOO_FAR) return false;
    if (next === to) return isFinal || undefined;
    if (!this.#isArray) return bytes[next] === OPEN || bytes.subarray(this.at, next).includes(LINE_FEED);
    if (bytes[this.at] === 0x5d) return bytes[next] === 0x7d;
    if (bytes[next] !== 0x2c) return bytes[next] === OPEN || bytes[next] === 0x5d;
    const element = pastWhitespace(bytes, next + 1, to);
    if (element === to) return isFinal || undefined;
    return bytes[element] === OPEN;
  }

  /** Whether a record seems to start at the sign at `at`; undefined if that needs more bytes. */
  #startsAt(bytes: Buffer, at: number, to: number): boolean | undefined {
    if (bytes[at] === LINE_FEED) return at + 1 < to ? bytes[at + 1] === OPEN : undefined;
    const name = pastWhitespace(bytes, at + 1, to);
    if (name === TOO_FAR) return false;
    let isUndecided = false;
    for (const sought of this.#names) {
      const length = Math.min(sought.length, to - name);
      if (bytes.compare(sought, 0, length, name, name + length) !== 0) continue;
      if (length === sought.length) return true;
      isUndecided = true;
    }
    return isUndecided ? undefined : false;
  }
}

function isClosing(byte: number | undefined): boolean {
  return byte === 0x7d || byte === 0x5d;
}

/** Where the whitespace from `from` on ends, at most `to`; `TOO_FAR` if there is unusually much. */
function pastWhitespace(bytes: Buffer, from: number, to: number): number | typeof TOO_FAR {
  let at = from;
  while (at < to && isWhitespace(bytes[at])) {
    at += 1;
    if (at - from === MOST_WHITESPACE_BYTES) return TOO_FAR;
  }
  return at;
}

/** The first member name with its quotes, if it has no escapes. */
function firstName(broken: Buffer): Uint8Array | undefined {
  let open = 1;
  while (open < MOST_WHITESPACE_BYTES && isWhitespace(broken[open])) open += 1;
  if (broken[0] !== OPEN || broken[open] !== QUOTE) return undefined;
  const close = broken.indexOf(QUOTE, open + 1);
  if (close <= open + 1 || close - open > LONGEST_FIRST_NAME_BYTES) return undefined;
  const name = Buffer.from(broken.subarray(open, close + 1));
  return name.includes(BACKSLASH) ? undefined : name;
}
