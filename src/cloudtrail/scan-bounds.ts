/** The record has a `\u` escape: a member name or a value in it may be written in another way. */
export const HAS_ESCAPE = 1;
/** No legal JSON: a control character in a string, a backslash in none, quotes out of step, a `]` at the end. */
export const IS_SUSPECT = 2;
/** An `"eventSource"` deeper in the record: legal, and also what a record looks like that swallowed others. */
export const HAS_NESTED_SOURCE = 4;

/** Numbers a row holds: start, end (exclusive), offset of the last top-level `"eventSource"` or -1, flags. */
export const ROW = 4;
/** The most rows that one call gives. */
export const MAXIMUM_ROWS = 1024;

/**
 * Finds the bounds of objects that follow each other, by quotes and brackets alone. Exact on legal JSON; on
 * anything else it still stops within the bytes, and every record it believes in starts with `{`.
 */
export interface RecordBounds {
  /** Filled by {@link next}: {@link ROW} numbers a record, offsets into the bytes that were opened. */
  readonly rows: Int32Array;
  /** Sets the bytes to work on. They must not change until they are closed. */
  open(bytes: Uint8Array): void;
  /**
   * Bounds the records from `from` on, which must lie between records: before whitespace, a comma or a `{`.
   * Stops before anything else, and before a record that does not end within the bytes.
   *
   * @returns how many rows were filled; more records may follow. 0: the next item needs another look.
   */
  next(from: number): number;
  close(): void;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** 1 for the bytes that a string goes on after: all but the quote, the backslash and control characters. */
const PLAIN = new Uint8Array(256).fill(1, 0x20);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

/** {@link RecordBounds} in plain script: for where there is no WebAssembly SIMD, and the measure of it. */
export class ScriptBounds implements RecordBounds {
  #rows: Int32Array | undefined;
  #bytes: Uint8Array = new Uint8Array(0);

  get rows(): Int32Array {
    this.#rows ??= new Int32Array(ROW * MAXIMUM_ROWS);
    return this.#rows;
  }

  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
  }

  next(from: number): number {
    return boundRecords(this.#bytes, from, this.#bytes.length, this.rows, MAXIMUM_ROWS);
  }

  close(): void {
    this.#bytes = new Uint8Array(0);
  }
}

/**
 * {@link RecordBounds.next} on the bytes from `from` up to but not including `end`, for at most `limit` records.
 * The casts in it say what the comparisons with `end` guarantee: the byte read is within the array.
 */
export function boundRecords(
  bytes: Uint8Array,
  from: number,
  end: number,
  rows: Int32Array,
  limit: number,
): number {
  let at = from;
  for (let count = 0; count < limit; count += 1) {
    while (at < end && isSeparator(bytes[at] as number)) at += 1;
    if (at >= end || bytes[at] !== 0x7b) return count;
    const start = at;
    let source = -1;
    let flags = 0;
    let depth = 1;
    at += 1;
    while (depth > 0) {
      if (at >= end) return count;
      const byte = bytes[at] as number;
      at += 1;
      if (byte === QUOTE) {
        if (isEventSource(bytes, at, end)) {
          if (depth === 1) source = at - 1;
          else flags |= HAS_NESTED_SOURCE;
        }
        for (;;) {
          while (at < end && PLAIN[bytes[at] as number] === 1) at += 1;
          if (at >= end) return count;
          const stop = bytes[at] as number;
          at += 1;
          if (stop === QUOTE) break;
          if (stop !== BACKSLASH) flags |= IS_SUSPECT;
          else if (at < end) {
            const escaped = bytes[at] as number;
            if (escaped === 0x75) flags |= HAS_ESCAPE;
            else if (escaped < 0x20) flags |= IS_SUSPECT;
            at += 1;
          }
        }
        // A name that begins where a string ends: the quotes are out of step.
        if (isEventSource(bytes, at, end)) flags |= IS_SUSPECT;
      } else if (byte > 0x5a) {
        const bracket = byte | 0x20;
        if (bracket === 0x7b) depth += 1;
        else if (bracket === 0x7d) {
          depth -= 1;
          if (depth === 0 && byte === 0x5d) flags |= IS_SUSPECT;
        } else if (byte === BACKSLASH) {
          // No JSON; that it escapes here too is what the scan of whole blocks can tell most easily.
          flags |= IS_SUSPECT;
          if (at < end && (bytes[at] === QUOTE || bytes[at] === BACKSLASH)) at += 1;
        }
      }
    }
    const row = count * ROW;
    rows[row] = start;
    rows[row + 1] = at;
    rows[row + 2] = source;
    rows[row + 3] = flags;
  }
  return limit;
}

export function isSeparator(byte: number): boolean {
  return byte === 0x2c || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Whether `eventSource"` stands at `at`, its quote having been read. The sixth letter tells most others apart. */
function isEventSource(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    at + 12 <= end &&
    bytes[at + 5] === 0x53 &&
    bytes[at] === 0x65 &&
    bytes[at + 1] === 0x76 &&
    bytes[at + 2] === 0x65 &&
    bytes[at + 3] === 0x6e &&
    bytes[at + 4] === 0x74 &&
    bytes[at + 6] === 0x6f &&
    bytes[at + 7] === 0x75 &&
    bytes[at + 8] === 0x72 &&
    bytes[at + 9] === 0x63 &&
    bytes[at + 10] === 0x65 &&
    bytes[at + 11] === QUOTE
  );
}
