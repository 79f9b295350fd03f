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
 * Finds, after broken JSON, where the next record may start. Two signs are believed, whichever comes first:
 * - the brackets of the broken record close, and what follows may follow a record;
 * - a record starts: with a `{` and `eventVersion`; in a sequence of top-level values also with any `{` right
 *   after a line feed; in an array also with a `{` and the member name which the broken record starts with.
 * The second is what remains when a quote or a bracket is missing, and would be too weak a sign in sound JSON.
 */
export class Resync {
  /** Where the search stands, or what it found. */
  at = 0;
  readonly #outline = new Outline();
  #isArray = false;
  #names: readonly Uint8Array[] = [];
  #soundBytes = 0;

  /**
   * @param broken the broken value up to the byte that cannot be
   * @param isArray whether it stands in an array rather than at the top
   * @param isInString whether that byte stands in a string
   * @param skips whether to look only from the last sign before that byte on, rather than at every byte again
   * @returns the offset into `broken` to look from, which {@link at} is to be set to
   */
  begin(broken: Buffer, isArray: boolean, depth: number, isInString: boolean, skips: boolean): number {
    this.#isArray = isArray;
    const own = isArray ? firstName(broken) : undefined;
    this.#names = own === undefined ? [USUAL_FIRST_NAME] : [own, USUAL_FIRST_NAME];
    this.#outline.resume(depth, isInString);
    let from = Math.min(1, broken.length);
    if (skips) from = Math.max(from, broken.lastIndexOf(isArray ? OPEN : LINE_FEED));
    this.#soundBytes = broken.length - from;
    return from;
  }

  /**
   * @param isFinal whether the file ends at `to`
   * @returns true when {@link at} is where to go on; false when more bytes are needed, from {@link at} on
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
      // The brackets of the sound bytes are in the depth already.
      if (this.#soundBytes > 0) this.#soundBytes -= 1;
      else if (this.#outline.depth === 1 && !this.#outline.isInString && isClosing(byte)) {
        const ends = this.#endsAt(bytes, to, isFinal);
        if (ends === undefined) return false;
        // A `]` that closes the last open bracket is the array's, the broken record having lost its own.
        if (ends && !(this.#isArray && byte === 0x5d)) this.at += 1;
        if (ends) return true;
        // Otherwise the brackets are out of step, and the record goes on.
      } else if (byte === BACKSLASH && !this.#outline.isInString) {
        // Likelier to have slipped in than to escape what follows.
      } else if (this.#outline.run(bytes, this.at, this.at + 1) === 'whole') {
        this.at += 1;
        return true;
      }
      this.at += 1;
    }
    return false;
  }

  /**
   * Whether the broken record seems to end with the bracket at {@link at}, by what comes after it; undefined
   * when the bytes up to `to` do not tell.
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

  /** Whether a record seems to start at the sign at `at`; undefined when the bytes up to `to` do not tell. */
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

/** Where the whitespace from `from` on ends, `to` if not before, or that there is more than is usual. */
function pastWhitespace(bytes: Buffer, from: number, to: number): number | typeof TOO_FAR {
  let at = from;
  while (at < to && isWhitespace(bytes[at])) {
    at += 1;
    if (at - from === MOST_WHITESPACE_BYTES) return TOO_FAR;
  }
  return at;
}

/** The first member name with its quotes, as written, where it is a plain one. */
function firstName(broken: Buffer): Uint8Array | undefined {
  let open = 1;
  while (open < MOST_WHITESPACE_BYTES && isWhitespace(broken[open])) open += 1;
  if (broken[0] !== OPEN || broken[open] !== QUOTE) return undefined;
  const close = broken.indexOf(QUOTE, open + 1);
  if (close <= open + 1 || close - open > LONGEST_FIRST_NAME_BYTES) return undefined;
  const name = Buffer.from(broken.subarray(open, close + 1));
  return name.includes(BACKSLASH) ? undefined : name;
}
