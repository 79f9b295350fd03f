import { LRUCache } from 'lru-cache';

/** Bytes of decoded items that a reader keeps. */
const CACHE_BYTES = 64 * 1024 * 1024;

/** Decoded written-once items, by name: they never change, so they are never stale. */
export class DecodedItems {
  readonly #cache: LRUCache<string, object>;
  readonly #making = new Map<string, Promise<object>>();
  /** The expiry count as some question of this reader last read it; later questions may start from it. */
  expiryCount: number | undefined;

  constructor(maximumBytes = CACHE_BYTES) {
    this.#cache = new LRUCache({ maxSize: maximumBytes, sizeCalculation: () => 1 });
  }

  get<T extends object>(name: string): T | undefined {
    // Every name has one kind of thing behind it: the kind is part of the name.
    return this.#cache.get(name) as T | undefined;
  }

  /** What has a name, made once also where several need it at the same time. */
  async once<T extends object>(
    name: string,
    make: () => Promise<{ readonly value: T; readonly bytes: number }>,
  ): Promise<T> {
    const known = this.get<T>(name);
    if (known !== undefined) return known;
    let making = this.#making.get(name);
    if (making === undefined) {
      making = make()
        .then(({ value, bytes }) => {
          this.set(name, value, bytes);
          return value;
        })
        .finally(() => this.#making.delete(name));
      this.#making.set(name, making);
    }
    // Every name has one kind of thing behind it.
    return making as Promise<T>;
  }

  set(name: string, value: object, bytes: number): void {
    this.#cache.set(name, value, { size: Math.max(1, Math.ceil(bytes)) });
  }
}
