/** Draws that are the same for ever for the same label, on every machine. */
export class Dice {
  readonly #label: string;
  #counter: number;

  constructor(label: string) {
    this.#label = label;
    this.#counter = 0;
    for (const character of label) {
      this.#counter = scattered(this.#counter ^ (character.codePointAt(0) ?? 0));
    }
  }

  /** Dice of their own: what is drawn from them does not depend on what is drawn here, nor the other way. */
  fork(label: string | number): Dice {
    return new Dice(`${this.#label}/${label}`);
  }

  /** From 0, inclusive, to 1, exclusive. */
  unit(): number {
    this.#counter = (this.#counter + 0x9e3779b9) | 0;
    return (scattered(this.#counter) >>> 0) / 2 ** 32;
  }

  /** A whole number, both bounds inclusive. */
  between(least: number, most: number): number {
    return least + Math.floor(this.unit() * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.unit() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) {
      throw new RangeError('There is nothing to pick from.');
    }
    return item;
  }

  /** Around `middle`, seldom a few times more or less: durations and sizes are like that. */
  around(middle: number): number {
    const bell = this.unit() + this.unit() + this.unit() + this.unit() - 2;
    return middle * Math.exp(bell * 1.6);
  }

  hex(length: number): string {
    let text = '';
    while (text.length < length) {
      text += this.between(0, 0xffff).toString(16).padStart(4, '0');
    }
    return text.slice(0, length);
  }

  /** Upper-case letters and digits, as ids of IAM are made of. */
  capitals(length: number): string {
    let text = '';
    while (text.length < length) {
      text += this.pick(capitals);
    }
    return text;
  }

  guid(): string {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-a${this.hex(3)}-${this.hex(12)}`;
  }
}

const capitals = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'];

/** Every bit of the result depends on every bit of the number. */
function scattered(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
