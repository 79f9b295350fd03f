import { LRUCache } from 'lru-cache';

/** Bytes of decoded items that a reader keeps. */
const CACHE_BYTES = 64 * 1024 * 1024;

/** Decoded written-once items, by name: they never change, so they are never stale. */
export class DecodedItems {
  readonly #cache: LRUCache<string, object>;
  /** The expiry count as some question of this reader last read it; later questions may start from it. */
  expiryCount: number | undefined;

  constructor(maximumBytes = CACHE_BYTES) {
    this.#cache = new LRUCache({ maxSize: maximumBytes, sizeCalculation: () => 1 });
  }

  get<T extends object>(name: string): T | undefined {
    // Every name has one kind of thing behind it: the kind is part of the name.
    return this.#cache.get(name) as T | undefined;
  }

  set(name: string, value: object, bytes: number): void {
    this.#cache.set(name, value, { size: Math.max(1, Math.ceil(bytes)) });
  }
}
