import type { Random } from './random.ts';

/** Draws items in proportion to their weights, by binary search over the running sum. */
export class Weighted<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly #sums: readonly number[];

  constructor(items: readonly T[], weight: (item: T, index: number) => number) {
    let sum = 0;
    this.items = items;
    this.#sums = items.map((item, index) => {
      sum += weight(item, index);
      return sum;
    });
    this.total = sum;
  }

  draw(random: Random): T {
    const at = random.float() * this.total;
    let low = 0;
    let high = this.#sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sums[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    const item = this.items[low];
    if (item === undefined) throw new RangeError('nothing to draw from');
    return item;
  }
}

/** Weights by Zipf's law with exponent 1.1, which the popularity of keys and datasets often follows; or equal weights. */
export function popularity(skew: 'zipf' | 'uniform'): (item: unknown, index: number) => number {
  return skew === 'zipf' ? (_, index) => 1 / (index + 1) ** 1.1 : () => 1;
}
