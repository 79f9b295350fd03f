/**
 * Where a text occurs next, looked up natively and only as far as it is needed: fast for up to seven letters
 * of which the first is rare, which is why a name is better looked for without its quotes.
 */
export class NextMatch {
  readonly #text: string;
  #next = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Forgets the bytes of before. */
  reset(): void {
    this.#next = -1;
  }

  /** Whether it occurs from `start` on before `end`. Between two resets `start` never goes back. */
  isWithin(bytes: Buffer, start: number, end: number): boolean {
    if (this.#next < start) {
      const found = bytes.indexOf(this.#text, start, 'latin1');
      this.#next = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#next < end;
  }
}
