/**
 * Searches a short text in many short ranges of a buffer by Horspool's algorithm, which steps by the text's length. For a
 * record of 700 bytes it takes a quarter of the time of a native search, whose call costs more than the search.
 */
export class ContainedText {
  readonly #text: Buffer;
  /** How far the text may move on, by the byte under its end. */
  readonly #steps: Uint8Array;

  /** @param text of 1 to 255 ASCII characters */
  constructor(text: string) {
    this.#text = Buffer.from(text, 'latin1');
    const last = this.#text.length - 1;
    this.#steps = new Uint8Array(256).fill(this.#text.length);
    for (let at = 0; at < last; at += 1) this.#steps[this.#text[at] ?? 0] = last - at;
  }

  isWithin(bytes: Buffer, start: number, end: number): boolean {
    const text = this.#text;
    const steps = this.#steps;
    const last = text.length - 1;
    for (let at = start + last; at < end; ) {
      const byte = bytes[at] ?? 0;
      let back = 0;
      while (back <= last && bytes[at - back] === text[last - back]) back += 1;
      if (back > last) return true;
      at += steps[byte] ?? 1;
    }
    return false;
  }
}
