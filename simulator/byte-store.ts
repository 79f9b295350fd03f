/** Stores the text of a slice's records as bytes, because gigabytes of strings would fill the heap. */
export class ByteStore {
  #bytes = Buffer.allocUnsafe(16 * 1024 * 1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Adds text as UTF-8 and returns where it begins; it ends at the new length. */
  add(text: string): number {
    const start = this.#length;
    this.#reserve(text.length * 3);
    this.#length += this.#bytes.write(text, start, 'utf8');
    return start;
  }

  addBytes(bytes: Buffer): void {
    this.#reserve(bytes.length);
    bytes.copy(this.#bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A view that is valid until more is added. */
  view(start: number, end: number): Buffer {
    return this.#bytes.subarray(start, end);
  }

  #reserve(more: number): void {
    const most = this.#length + more;
    if (most <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(most * 2);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
