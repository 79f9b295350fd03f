import { decodeName } from './scan-selection.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const NAME = 0;
const COLON = 1;
const VALUE = 2;
const COMMA = 3;

/** Two quotes, and six bytes for each letter of `Records` if all are written as escapes. */
const LONGEST_NAME_BYTES = 44;

/**
 * Finds the end of one value by its quotes and brackets, as `RecordBounds` does, in any number of pieces and without
 * keeping them. In a top-level object it also finds the array in a member `Records` or `Events`: then the object is a log
 * file, or a response of LookupEvents, and no record.
 */
export class Outline {
  /** Where the last {@link run} stopped: one past the value, one past the `[` of the records, or at `to`. */
  at = 0;
  depth = 0;
  isInString = false;
  #isEscaped = false;
  #findsRecords = false;
  #expected = NAME;
  readonly #name = Buffer.alloc(LONGEST_NAME_BYTES);
  #nameLength = 0;

  /** Begins at the first byte of a value. */
  begin(findsRecords: boolean): void {
    this.resume(0, false);
    this.#findsRecords = findsRecords;
    this.#expected = NAME;
  }

  /** Begins inside a value, at a depth. */
  resume(depth: number, isInString: boolean): void {
    this.depth = depth;
    this.isInString = isInString;
    this.#isEscaped = false;
    this.#findsRecords = false;
  }

  /** Begins after the value of a member of a top-level object. */
  resumeAfterMember(): void {
    this.resume(1, false);
    this.#findsRecords = true;
    this.#expected = COMMA;
  }

  run(bytes: Uint8Array, from: number, to: number): 'whole' | 'records' | 'more' {
    let at = from;
    while (at < to) {
      const byte = bytes[at] as number; // at < to <= bytes.length
      at += 1;
      if (this.isInString) {
        if (this.#isName()) this.#addToName(byte);
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) {
          this.isInString = false;
          if (this.#isName()) this.#expected = COLON;
          if (this.depth === 0) return this.#stop('whole', at);
        } else if (!this.#isName()) {
          while (at < to && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at += 1;
        }
        continue;
      }
      if (this.#isEscaped) {
        this.#isEscaped = false;
        if (byte === QUOTE || byte === BACKSLASH) continue;
      }
      if (this.#findsRecords && this.depth === 1 && this.#member(byte)) return this.#stop('records', at);
      if (byte === QUOTE) this.isInString = true;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte > 0x5a) {
        const bracket = byte | 0x20;
        if (bracket === 0x7b) this.depth += 1;
        else if (bracket === 0x7d) {
          this.depth -= 1;
          if (this.depth <= 0) return this.#stop('whole', at);
        }
      }
    }
    return this.#stop('more', to);
  }

  #stop<Outcome>(outcome: Outcome, at: number): Outcome {
    this.at = at;
    return outcome;
  }

  #isName(): boolean {
    return this.#findsRecords && this.depth === 1 && this.#expected === NAME;
  }

  #addToName(byte: number): void {
    // Counts one byte beyond the limit, so that a name that is too long is not mistaken for its beginning.
    if (this.#nameLength < LONGEST_NAME_BYTES) this.#name[this.#nameLength] = byte;
    if (this.#nameLength <= LONGEST_NAME_BYTES) this.#nameLength += 1;
  }

  /** Takes a byte between the members of the object; true at the `[` that opens the records. */
  #member(byte: number): boolean {
    switch (byte) {
      case 0x20:
      case 0x0a:
      case 0x0d:
      case 0x09:
        return false;
      case 0x2c:
        this.#expected = NAME;
        return false;
      case 0x3a:
        this.#expected = this.#expected === COLON ? VALUE : COMMA;
        return false;
      case QUOTE:
        if (this.#expected === NAME) {
          this.#name[0] = QUOTE;
          this.#nameLength = 1;
        } else this.#expected = COMMA;
        return false;
      case 0x5b: {
        const isRecords = this.#expected === VALUE && this.#isRecordsName();
        this.#expected = COMMA;
        return isRecords;
      }
      default:
        this.#expected = COMMA;
        return false;
    }
  }

  #isRecordsName(): boolean {
    if (this.#nameLength > LONGEST_NAME_BYTES) return false;
    const name = decodeName(this.#name, 0, this.#nameLength);
    return name === 'Records' || name === 'Events';
  }
}
