import { isWhitespace } from '../text/json-whitespace.ts';

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

/** The rest of `true`, `false` and `null`, by their first byte. */
const LITERALS = new Map([
  [0x74, Buffer.from('rue')],
  [0x66, Buffer.from('alse')],
  [0x6e, Buffer.from('ull')],
]);

/**
 * Checks one JSON value byte by byte (RFC 8259), in any number of pieces, and stops at the first illegal byte. The fast
 * scan, which assumes that brackets balance, falls back to it. Open brackets are kept on a stack of bytes, so only the
 * input bounds how deep they nest.
 */
export class StrictScan {
  /** Where the last {@link run} stopped: one past the value, at the illegal byte, or at `to`. */
  at = 0;
  #state = VALUE;
  #stack = new Uint8Array(64);
  #depth = 0;
  #isName = false;
  #hexLeft = 0;
  #literal = Buffer.alloc(0);
  #literalAt = 0;

  /** The number of open brackets. */
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

  /** Whether the bytes so far are a whole value; also for a number, which no bracket or quote ends. */
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
      if (this.#state === STRING) at = pastPlainText(bytes, at, to);
      if (at === to) break;
      const byte = bytes[at] as number; // at < to <= bytes.length
      let outcome = this.#read(byte);
      if (outcome === 'number-ended') {
        if (this.#endValue()) return this.#stop('whole', at);
        outcome = this.#read(byte);
      }
      if (outcome === 'broken') return this.#stop('broken', at);
      at += 1;
      if (outcome === 'whole') return this.#stop('whole', at);
    }
    return this.#stop('more', to);
  }

  /** `number-ended`: a number ended before the byte, which was not read and is part of what follows. */
  #read(byte: number): 'whole' | 'broken' | 'more' | 'number-ended' {
    switch (this.#state) {
      case STRING:
      case ESCAPE:
      case HEX:
        return this.#readInString(byte);
      case LITERAL:
        return this.#readLiteral(byte);
      case VALUE:
      case VALUE_OR_CLOSE:
      case NAME:
      case NAME_OR_CLOSE:
      case COLON:
      case AFTER_VALUE:
        return isWhitespace(byte) ? 'more' : this.#token(byte);
      default: {
        const next = numberState(this.#state, byte);
        if (next === undefined) return 'broken';
        if (next === AFTER_VALUE) return 'number-ended';
        this.#state = next;
        return 'more';
      }
    }
  }

  #readInString(byte: number): 'whole' | 'broken' | 'more' {
    switch (this.#state) {
      case STRING:
        if (byte === QUOTE) {
          if (!this.#isName) return this.#endValue() ? 'whole' : 'more';
          this.#state = COLON;
        } else if (byte === BACKSLASH) this.#state = ESCAPE;
        else if (byte < 0x20) return 'broken';
        return 'more';
      case ESCAPE:
        if (byte === 0x75) {
          this.#state = HEX;
          this.#hexLeft = 4;
        } else if ('"\\/bfnrt'.includes(String.fromCharCode(byte))) this.#state = STRING;
        else return 'broken';
        return 'more';
      default:
        if (!isHex(byte)) return 'broken';
        this.#hexLeft -= 1;
        if (this.#hexLeft === 0) this.#state = STRING;
        return 'more';
    }
  }

  #readLiteral(byte: number): 'whole' | 'broken' | 'more' {
    if (byte !== this.#literal[this.#literalAt]) return 'broken';
    this.#literalAt += 1;
    return this.#literalAt === this.#literal.length && this.#endValue() ? 'whole' : 'more';
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

/** Whether `bytes` are one JSON value, whitespace around it allowed. */
export function isJson(bytes: Uint8Array): boolean {
  const scan = new StrictScan();
  const outcome = scan.run(bytes, 0, bytes.length);
  if (outcome === 'broken') return false;
  for (let at = scan.at; at < bytes.length; at += 1) {
    if (!isWhitespace(bytes[at])) return false;
  }
  return scan.isWhole;
}

/** Where the next quote, backslash or control character is; `to` if there is none before it. */
function pastPlainText(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const byte = bytes[at] as number; // at < to <= bytes.length
    if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break;
    at += 1;
  }
  return at;
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
