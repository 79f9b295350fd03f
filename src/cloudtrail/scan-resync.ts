import { Outline } from './scan-outline.ts';
import { isWhitespace } from './scan-selection.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const OPEN = 0x7b;

/** CloudTrail writes `eventVersion` first in a record, whatever the version. */
const USUAL_FIRST_NAME = Buffer.from('"eventVersion"');
const LONGEST_FIRST_NAME_BYTES = 64;
const MOST_WHITESPACE_BYTES = 256;

/**
 * Finds, after broken JSON, where the next record may start. Two signs are believed, whichever comes first:
 * - the brackets of the broken record close;
 * - a record starts: in a sequence of top-level values a `{` right after a line feed; in an array a `{` and
 *   a member name which the broken record starts with itself, or `eventVersion`.
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
    const own = firstName(broken);
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
    const sign = this.#isArray ? OPEN : LINE_FEED;
    while (this.at < to) {
      const byte = bytes[this.at];
      if (byte === sign) {
        const starts = this.#startsAt(bytes, this.at, to);
        if (starts === undefined && !isFinal) return false;
        if (starts === true) {
          if (!this.#isArray) this.at += 1;
          return true;
        }
      }
      // The brackets of the sound bytes are in the depth already.
      if (this.#soundBytes > 0) this.#soundBytes -= 1;
      else if (this.#outline.run(bytes, this.at, this.at + 1) === 'whole') {
        // A `]` that closes the last open bracket is the array's, the broken record having lost its own.
        if (!(this.#isArray && byte === 0x5d)) this.at += 1;
        return true;
      }
      this.at += 1;
    }
    return false;
  }

  /** Whether a record seems to start at the sign at `at`; undefined when the bytes up to `to` do not tell. */
  #startsAt(bytes: Buffer, at: number, to: number): boolean | undefined {
    if (!this.#isArray) return at + 1 < to ? bytes[at + 1] === OPEN : undefined;
    let name = at + 1;
    const limit = name + MOST_WHITESPACE_BYTES;
    while (name < to && name < limit && isWhitespace(bytes[name])) name += 1;
    if (name === limit) return false;
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
