/**
 * Finds the next occurrence of a text by native search, and only when needed. That is fast for up to seven letters of
 * which the first is rare, so search for a name without its quotes.
 */
export class NextMatch {
  readonly #text: string;
  #next = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Starts with new bytes. */
  reset(): void {
    this.#next = -1;
  }

  /** Whether the text begins between `start` and `end`. Between two resets `start` must not decrease. */
  isWithin(bytes: Buffer, start: number, end: number): boolean {
    if (this.#next < start) {
      const found = bytes.indexOf(this.#text, start, 'latin1');
      this.#next = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#next < end;
  }
}
