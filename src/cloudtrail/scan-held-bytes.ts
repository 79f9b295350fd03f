/** The pushed bytes that are still needed: the beginning of an incomplete record. */
export class HeldBytes {
  length = 0;
  #bytes = Buffer.alloc(0);

  get view(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  append(bytes: Buffer): void {
    const length = this.length + bytes.length;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length, 4096));
      this.#bytes.copy(grown, 0, 0, this.length);
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, this.length);
    this.length = length;
  }

  dropFirst(count: number): void {
    this.#bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }
}
