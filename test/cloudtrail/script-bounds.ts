import {
  HAS_ESCAPE,
  HAS_NESTED_SOURCE,
  IS_SUSPECT,
  isSeparator,
  MAXIMUM_ROWS,
  type RecordBounds,
  ROW,
} from '../../src/cloudtrail/scan-bounds.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** 1 for each byte after which a string goes on: all but the quote, the backslash and control characters. */
const PLAIN = new Uint8Array(256).fill(1, 0x20);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

/** {@link RecordBounds} byte by byte: the oracle of the WebAssembly scanner. */
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

  one(start: number, end: number): boolean {
    return boundRecords(this.#bytes, start, end, this.rows, 1) === 1;
  }

  close(): void {
    this.#bytes = new Uint8Array(0);
  }
}

/**
 * Bounds at most `limit` records in the bytes from `from` up to but not including `end`. The casts hold because each
 * read is behind a comparison with `end`.
 *
 * @returns how many rows were filled
 */
function boundRecords(bytes: Uint8Array, from: number, end: number, rows: Int32Array, limit: number): number {
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
        // A name that begins where a string ends: a quote is missing, or there is one too many.
        if (isEventSource(bytes, at, end)) flags |= IS_SUSPECT;
      } else if (byte > 0x5a) {
        const bracket = byte | 0x20;
        if (bracket === 0x7b) depth += 1;
        else if (bracket === 0x7d) {
          depth -= 1;
          if (depth === 0 && byte === 0x5d) flags |= IS_SUSPECT;
        } else if (byte === BACKSLASH) {
          // No JSON. It escapes here too, because the scan of whole blocks cannot easily tell the two apart.
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

/** Whether `eventSource"` stands at `at`, behind an opening quote. The sixth letter rules out most other names. */
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
