/** The record has a `\u` escape, so a member name or a value in it may be spelled in another way. */
export const HAS_ESCAPE = 1;
/**
 * The record is no legal JSON: it has a control character in a string, a backslash outside of strings, a quote too
 * many or too few, or a `]` that closes it.
 */
export const IS_SUSPECT = 2;
/**
 * The record has an `"eventSource"` below its top level. That is legal, and it is also what a broken record looks like
 * that has swallowed its neighbours.
 */
export const HAS_NESTED_SOURCE = 4;

/** Numbers in a row: start, end (exclusive), offset of the last top-level `"eventSource"` or -1, flags. */
export const ROW = 4;
/** The most rows that one call returns. */
export const MAXIMUM_ROWS = 1024;

/**
 * Finds where objects that follow each other start and end, by their quotes and brackets alone. Exact on legal JSON.
 * On other bytes it still stops within them, and every record that it reports starts with `{`.
 */
export interface RecordBounds {
  /** {@link ROW} numbers for each record, as offsets into the bytes that are open. */
  readonly rows: Int32Array;
  /** Sets the bytes to work on. They must not change until `close`. */
  open(bytes: Uint8Array): void;
  /**
   * Bounds the records from `from` on, which must lie between records: before whitespace, a comma or a `{`. Stops
   * before anything else, before a record that does not end within the bytes, and before one that is too long for
   * this call.
   *
   * @returns how many rows were filled, and more records may follow; 0 if the next item needs another method
   */
  next(from: number): number;
  /**
   * Bounds the record of any length that starts with the `{` at `start`, looking no further than `end`.
   *
   * @returns whether the first row now holds it; false if it does not end there
   */
  one(start: number, end: number): boolean;
  close(): void;
}

/** Whether a byte may stand between two records: a comma or whitespace. */
export function isSeparator(byte: number): boolean {
  return byte === 0x2c || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
