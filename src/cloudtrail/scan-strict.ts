const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const VALUE = 0;
const VALUE_OR_CLOSE = 1;
const NAME = 2;
const NAME_OR_CLOSE = 3;
const COLON = 4;
const AFTER_VALUE = 5;
const STRING = 6;
const ESCAPE = 7;
const HEX = 8;
const LITERAL = 9;
const MINUS = 10;
const ZERO = 11;
const INTEGER = 12;
const POINT = 13;
const FRACTION = 14;
const EXPONENT = 15;
const EXPONENT_SIGN = 16;
const EXPONENT_DIGITS = 17;

/** The bytes left to read of `true`, `false` and `null` after the first, by the first. */
const LITERALS = new Map([
  [0x74, Buffer.from('rue')],
  [0x66, Buffer.from('alse')],
  [0x6e, Buffer.from('ull')],
]);

/**
 * Checks one JSON value byte by byte (RFC 8259), in as many pieces as it comes in, and stops at the first
 * byte that cannot be: what the fast scan, which believes that brackets balance, needs when they do not.
 * Nesting is kept on a stack of bytes, so that its depth is bounded by the input alone.
 */
export class StrictScan {
  /** Where the last {@link run} stopped: one past the value, or at the offending byte, or at `to`. */
  at = 0;
  #state = VALUE;
  #stack = new Uint8Array(64);
  #depth = 0;
  #isName = false;
  #hexLeft = 0;
  #literal = Buffer.alloc(0);
  #literalAt = 0;

  /** How many brackets are open. */
  get depth(): number {
    return this.#depth;
  }

  /** Whether the scan stands inside a string. */
  get isInString(): boolean {
    return this.#state === STRING || this.#state === ESCAPE || this.#state === HEX;
  }

  reset(): void {
    this.at = 0;
    this.#state = VALUE;
    this.#depth = 0;
  }

  /** Whether the bytes read so far are a whole value: tells of a number, which no bracket or quote ends. */
  get isWhole(): boolean {
    const state = this.#state;
    return (
      this.#depth === 0 &&
      (state === AFTER_VALUE ||
        state === ZERO ||
        state === INTEGER ||
        state === FRACTION ||
        state === EXPONENT_DIGITS)
    );
  }

  /** Reads on. A number ends only at the byte after it, which is not read. */
  run(bytes: Uint8Array, from: number, to: number): 'whole' | 'broken' | 'more' {
    let at = from;
    while (at < to) {
      const byte = bytes[at] as number; // at < to <= bytes.length
      switch (this.#state) {
        case STRING: {
          if (byte === QUOTE) {
            if (this.#isName) this.#state = COLON;
            else if (this.#endValue()) return this.#stop('whole', at + 1);
          } else if (byte === BACKSLASH) this.#state = ESCAPE;
          else if (byte < 0x20) return this.#stop('broken', at);
          at += 1;
          break;
        }
        case ESCAPE: {
          if (byte === 0x75) {
            this.#state = HEX;
            this.#hexLeft = 4;
          } else if ('"\\/bfnrt'.includes(String.fromCharCode(byte))) this.#state = STRING;
          else return this.#stop('broken', at);
          at += 1;
          break;
        }
        case HEX: {
          if (!isHex(byte)) return this.#stop('broken', at);
          this.#hexLeft -= 1;
          if (this.#hexLeft === 0) this.#state = STRING;
          at += 1;
          break;
        }
        case LITERAL: {
          if (byte !== this.#literal[this.#literalAt]) return this.#stop('broken', at);
          this.#literalAt += 1;
          at += 1;
          if (this.#literalAt === this.#literal.length && this.#endValue()) return this.#stop('whole', at);
          break;
        }
        case VALUE:
        case VALUE_OR_CLOSE:
        case NAME:
        case NAME_OR_CLOSE:
        case COLON:
        case AFTER_VALUE: {
          if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
            at += 1;
            break;
          }
          const outcome = this.#token(byte);
          if (outcome === 'broken') return this.#stop('broken', at);
          at += 1;
          if (outcome === 'whole') return this.#stop('whole', at);
          break;
        }
        default: {
          const next = numberState(this.#state, byte);
          if (next === undefined) return this.#stop('broken', at);
          if (next === AFTER_VALUE) {
            // The byte belongs to what follows the number, and is looked at again there.
            if (this.#endValue()) return this.#stop('whole', at);
          } else {
            this.#state = next;
            at += 1;
          }
        }
      }
    }
    return this.#stop('more', to);
  }

  #stop<Outcome>(outcome: Outcome, at: number): Outcome {
    this.at = at;
    return outcome;
  }

  #endValue(): boolean {
    this.#state = AFTER_VALUE;
    return this.#depth === 0;
  }

  #token(byte: number): 'whole' | 'broken' | 'more' {
    const state = this.#state;
    if (state === COLON) {
      if (byte !== 0x3a) return 'broken';
      this.#state = VALUE;
      return 'more';
    }
    const top = this.#stack[this.#depth - 1];
    if (state === AFTER_VALUE) {
      if (byte === 0x2c && this.#depth > 0) {
        this.#state = top === 0x7b ? NAME : VALUE;
        return 'more';
      }
      return this.#close(byte, top);
    }
    if (state === NAME || state === NAME_OR_CLOSE) {
      if (byte === QUOTE) {
        this.#isName = true;
        this.#state = STRING;
        return 'more';
      }
      return state === NAME ? 'broken' : this.#close(byte, top);
    }
    if (byte === 0x5d && state === VALUE_OR_CLOSE) return this.#close(byte, top);
    return this.#openValue(byte);
  }

  #close(byte: number, top: number | undefined): 'whole' | 'broken' | 'more' {
    // The closing bracket is the opening one plus 2, in both pairs.
    if (top === undefined || byte !== top + 2) return 'broken';
    this.#depth -= 1;
    return this.#endValue() ? 'whole' : 'more';
  }

  #openValue(byte: number): 'broken' | 'more' {
    if (byte === QUOTE) {
      this.#isName = false;
      this.#state = STRING;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (this.#depth === this.#stack.length) {
        const grown = new Uint8Array(this.#depth * 2);
        grown.set(this.#stack);
        this.#stack = grown;
      }
      this.#stack[this.#depth] = byte;
      this.#depth += 1;
      this.#state = byte === 0x7b ? NAME_OR_CLOSE : VALUE_OR_CLOSE;
    } else if (byte === 0x2d) this.#state = MINUS;
    else if (byte === 0x30) this.#state = ZERO;
    else if (byte >= 0x31 && byte <= 0x39) this.#state = INTEGER;
    else {
      const literal = LITERALS.get(byte);
      if (literal === undefined) return 'broken';
      this.#literal = literal;
      this.#literalAt = 0;
      this.#state = LITERAL;
    }
    return 'more';
  }
}

/** Whether `bytes` are one JSON value, with whitespace around it allowed. */
export function isJson(bytes: Uint8Array): boolean {
  const scan = new StrictScan();
  const outcome = scan.run(bytes, 0, bytes.length);
  if (outcome === 'broken') return false;
  for (let at = scan.at; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return false;
  }
  return scan.isWhole;
}

function isHex(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

/** The state after `byte` in a number (RFC 8259 §6); `AFTER_VALUE` when the number ended before it. */
function numberState(state: number, byte: number): number | undefined {
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const isExponent = byte === 0x65 || byte === 0x45;
  switch (state) {
    case MINUS:
      return byte === 0x30 ? ZERO : isDigit ? INTEGER : undefined;
    case ZERO:
      return byte === 0x2e ? POINT : isExponent ? EXPONENT : AFTER_VALUE;
    case INTEGER:
      return isDigit ? INTEGER : byte === 0x2e ? POINT : isExponent ? EXPONENT : AFTER_VALUE;
    case POINT:
      return isDigit ? FRACTION : undefined;
    case FRACTION:
      return isDigit ? FRACTION : isExponent ? EXPONENT : AFTER_VALUE;
    case EXPONENT:
      return isDigit ? EXPONENT_DIGITS : byte === 0x2b || byte === 0x2d ? EXPONENT_SIGN : undefined;
    case EXPONENT_SIGN:
      return isDigit ? EXPONENT_DIGITS : undefined;
    default:
      return isDigit ? EXPONENT_DIGITS : AFTER_VALUE;
  }
}
