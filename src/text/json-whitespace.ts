/** RFC 8259 §2: space, tab, line feed, carriage return, and nothing else. */
export function isWhitespace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
