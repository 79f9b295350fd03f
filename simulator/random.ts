const HEX_QUADS: readonly string[] = Array.from({ length: 65_536 }, (_, n) =>
  n.toString(16).padStart(4, '0'),
);
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 128 bits of a text, for seeding only (MurmurHash3's mixing, as in bryc's public-domain `cyrb128`). */
function seedWords(text: string): readonly [number, number, number, number] {
  let h1 = 1_779_033_703;
  let h2 = 3_144_134_277;
  let h3 = 1_013_904_242;
  let h4 = 2_773_480_762;
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    h1 = h2 ^ Math.imul(h1 ^ k, 597_399_067);
    h2 = h3 ^ Math.imul(h2 ^ k, 2_869_860_233);
    h3 = h4 ^ Math.imul(h3 ^ k, 951_274_213);
    h4 = h1 ^ Math.imul(h4 ^ k, 2_716_044_179);
  }
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}

/**
 * A small seeded generator (sfc32 of PractRand): the same labels give the same numbers on every machine. Not
 * for secrets. Each subject of a simulation has its own, so that one more draw in one place moves nothing
 * elsewhere.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(...labels: readonly (string | number)[]) {
    const [a, b, c, d] = seedWords(labels.join('\u0000'));
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#d = d | 0;
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits, signed. */
  bits(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t;
  }

  /** In [0, 1). */
  float(): number {
    return (this.bits() >>> 0) / 4_294_967_296;
  }

  /** A whole number in [0, below). */
  int(below: number): number {
    return Math.floor(this.float() * below);
  }

  between(from: number, to: number): number {
    return from + this.float() * (to - from);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** About normal, mean 0 and deviation 1 (the sum of twelve uniforms). */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.float();
    return sum;
  }

  hex(length: number): string {
    let text = '';
    while (text.length < length) text += HEX_QUADS[this.bits() & 0xffff];
    return text.length === length ? text : text.slice(0, length);
  }

  /** A version 4 UUID (RFC 9562). */
  uuid(): string {
    const a = this.bits();
    const b = this.bits();
    const c = this.bits();
    const d = this.bits();
    return `${HEX_QUADS[a >>> 16]}${HEX_QUADS[a & 0xffff]}-${HEX_QUADS[b >>> 16]}-${
      HEX_QUADS[(b & 0x0fff) | 0x4000]
    }-${HEX_QUADS[((c >>> 16) & 0x3fff) | 0x8000]}-${HEX_QUADS[c & 0xffff]}${HEX_QUADS[d >>> 16]}${
      HEX_QUADS[d & 0xffff]
    }`;
  }

  /** A request id in the form of a UUID, of which only the first group is drawn: it identifies nothing. */
  requestId(): string {
    return `${this.hex(8)}-5eed-4000-8000-5eed00000000`;
  }

  alphanumeric(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += ALPHANUMERIC.charAt(this.int(62));
    return text;
  }

  base32(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += BASE32.charAt(this.bits() & 31);
    return text;
  }
}
