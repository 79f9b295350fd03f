import { assemble, type Code, either, i32, i64, Locals, loop, result, v128, when } from './scan-assembler.ts';
import {
  HAS_ESCAPE,
  HAS_NESTED_SOURCE,
  IS_SUSPECT,
  isSeparator,
  MAXIMUM_ROWS,
  type RecordBounds,
  ROW,
  ScriptBounds,
} from './scan-bounds.ts';

/** How much of the bytes is in the memory of the module at a time: small enough for a core's own cache. */
const PIECE_BYTES = 128 * 1024;
/** A block, and how far beyond its end it is looked. */
const PADDING_BYTES = 64 + 16;
const ROWS_AT = 0;
const PIECE_AT = ROW * 4 * MAXIMUM_ROWS;
const PAGES = Math.ceil((PIECE_AT + PIECE_BYTES + PADDING_BYTES) / 65_536);

const byte = (character: string): Code => v128.splat(i32.const(character.charCodeAt(0)));

/** The bytes of a string in memory as a number: little end first. */
const letters = (value: string): Code => i64.const(Buffer.from(value, 'latin1').readBigInt64LE());

/**
 * The module: `run(at, to, shift)` bounds the records in memory from the `{` at `at` on and writes rows, with
 * `shift` added to their offsets. Beyond `to` there must be {@link PADDING_BYTES} spaces.
 *
 * It takes blocks of 64 bytes, a bit of an i64 each, after Langdale and Lemire, "Parsing Gigabytes of JSON per
 * Second" (The VLDB Journal 28, 2019): which bytes are quotes, not counting escaped ones; by their running
 * parity, which bytes are in strings; which brackets are not. Only those bits are then gone through one by
 * one, with the few quotes before what may be `eventSource`.
 */
function assembleBounds(): Uint8Array<ArrayBuffer> {
  const locals = new Locals(3);
  const [at, to, shift] = [locals.parameter(0), locals.parameter(1), locals.parameter(2)];
  const row = locals.add('i32');
  const depth = locals.add('i32');
  const start = locals.add('i32');
  const source = locals.add('i32');
  const flags = locals.add('i32');
  const here = locals.add('i32');
  const character = locals.add('i32');
  const blocks = [locals.add('v128'), locals.add('v128'), locals.add('v128'), locals.add('v128')] as const;
  const quotes = locals.add('i64');
  const slashes = locals.add('i64');
  const escapes = locals.add('i64');
  const isFirstEscaped = locals.add('i64');
  const strings = locals.add('i64');
  const isInString = locals.add('i64');
  const marks = locals.add('i64');

  /** A bit for each of the 64 bytes: the sign bits of what `of` makes of each quarter of the block. */
  const bitsOf = (of: (quarter: Code, index: number) => Code): Code =>
    blocks
      .map((block, index) => {
        const bits = i64.fromI32(v128.bits(of(block.get, index)));
        return index === 0 ? bits : i64.shiftLeft(bits, i64.const(BigInt(16 * index)));
      })
      .reduce(i64.or);
  const isAnyOf = (of: (quarter: Code) => Code): Code =>
    v128.isAny(blocks.map((block) => of(block.get)).reduce(v128.or));
  /** The same for the bytes that lie `ahead` of those of the block. */
  const bitsAhead = (ahead: number, sought: string): Code =>
    bitsOf((_, index) => v128.equal(v128.load(at.get, ahead + 16 * index), byte(sought)));

  // An odd number of backslashes in a row escapes what follows. Borrowing in the subtraction runs along each
  // row of them; see simdjson, json_escape_scanner.h.
  const ODD = i64.const(0xaaaaaaaaaaaaaaaan);
  const not = (bits: Code): Code => i64.xor(bits, i64.const(-1n));
  const findEscapes = [
    slashes.set(bitsOf((quarter) => v128.equal(quarter, byte('\\')))),
    escapes.set(i64.and(slashes.get, not(isFirstEscaped.get))),
    escapes.set(i64.xor(i64.sub(i64.or(i64.shiftLeft(escapes.get, i64.const(1n)), ODD), escapes.get), ODD)),
    quotes.set(i64.and(quotes.get, not(i64.xor(escapes.get, i64.or(slashes.get, isFirstEscaped.get))))),
    escapes.set(i64.and(escapes.get, slashes.get)),
    isFirstEscaped.set(i64.shiftRight(escapes.get, i64.const(63n))),
    marks.set(i64.and(escapes.get, bitsAhead(1, 'u'))),
  ].flat();

  // From each quote on all bits are turned over, which leaves them set from an opening quote to before the
  // closing one.
  const findStrings = [
    strings.set(quotes.get),
    ...[1n, 2n, 4n, 8n, 16n, 32n].map((distance) =>
      strings.set(i64.xor(strings.get, i64.shiftLeft(strings.get, i64.const(distance)))),
    ),
    strings.set(i64.xor(strings.get, isInString.get)),
    isInString.set(i64.shiftRightSigned(strings.get, i64.const(63n))),
  ].flat();

  const isControl = (quarter: Code): Code => v128.lessUnsigned(quarter, byte(' '));
  // Brackets are 0x7f with these bits set, and so are Y, y, _ and DEL: outside strings in no JSON, and they
  // change no depth below.
  const bracket = (quarter: Code): Code => v128.equal(v128.or(quarter, byte('&')), byte('\u007f'));
  const findMarks = [
    when(
      v128.isAny(isControl(blocks.map((block) => block.get).reduce(v128.minimum))),
      marks.set(i64.or(marks.get, i64.and(bitsOf(isControl), strings.get))),
    ),
    marks.set(i64.or(marks.get, i64.and(i64.or(bitsOf(bracket), slashes.get), not(strings.get)))),
    marks.set(i64.or(marks.get, i64.and(quotes.get, bitsAhead(6, 'S')))),
  ].flat();

  const flag = (value: number): Code => flags.set(i32.or(flags.get, i32.const(value)));

  const isNext = (...characters: string[]): Code =>
    characters.map((sought) => i32.eq(i32.load8(start.get), i32.const(sought.charCodeAt(0)))).reduce(i32.or);
  const passNext = start.set(i32.add(start.get, i32.const(1)));
  const passWhitespace = loop(
    i32.and(i32.lessUnsigned(start.get, to.get), isNext(' ', '\n', '\r', '\t')),
    passNext,
  );
  const passSeparators = [
    start.set(i32.add(here.get, i32.const(1))),
    passWhitespace,
    when(isNext(','), passNext),
    passWhitespace,
    when(i32.or(i32.eqz(i32.lessUnsigned(start.get, to.get)), i32.eqz(isNext('{'))), result(row.get)),
  ].flat();

  const endRecord = [
    when(i32.eq(character.get, i32.const(0x5d)), flag(IS_SUSPECT)),
    i32.store(row.get, i32.add(start.get, shift.get), ROWS_AT),
    i32.store(row.get, i32.add(i32.add(here.get, i32.const(1)), shift.get), ROWS_AT + 4),
    i32.store(row.get, source.get, ROWS_AT + 8),
    i32.store(row.get, flags.get, ROWS_AT + 12),
    row.set(i32.add(row.get, i32.const(ROW * 4))),
    start.set(i32.add(here.get, i32.const(2))),
    // By far the most frequent: a comma or a line feed, and the next record.
    character.set(i32.load16(here.get, 1)),
    when(
      i32.and(i32.ne(character.get, i32.const(0x7b2c)), i32.ne(character.get, i32.const(0x7b0a))),
      passSeparators,
    ),
    when(i32.eq(row.get, i32.const(ROW * 4 * MAXIMUM_ROWS)), result(row.get)),
    source.set(i32.const(-1)),
    flags.set(i32.const(0)),
  ].flat();

  // Bits 1 and 2 of a byte: 1 and 0 of an opening bracket, 0 and 1 of a closing one, the same of the others.
  const bitOf = (bit: number): Code => i32.and(i32.shiftRight(character.get, i32.const(bit)), i32.const(1));
  const takeBracket = [
    depth.set(i32.add(depth.get, i32.sub(bitOf(1), bitOf(2)))),
    when(i32.eqz(depth.get), endRecord),
  ].flat();

  const isSource = i32.and(
    i64.eq(i64.load(here.get), letters('"eventSo')),
    i64.eq(i64.load(here.get, 5), letters('tSource"')),
  );
  const isHereInString = i32.and(
    i64.toI32(i64.shiftRight(strings.get, i64.fromI32(i32.sub(here.get, at.get)))),
    i32.const(1),
  );
  const takeSource = when(
    isSource,
    either(
      isHereInString,
      either(
        i32.eq(depth.get, i32.const(1)),
        source.set(i32.add(here.get, shift.get)),
        flag(HAS_NESTED_SOURCE),
      ),
      flag(IS_SUSPECT),
    ),
  );

  const takeMarks = loop(
    i64.ne(marks.get, i64.const(0n)),
    here.set(i32.add(at.get, i64.toI32(i64.trailingZeros(marks.get)))),
    marks.set(i64.and(marks.get, i64.sub(marks.get, i64.const(1n)))),
    character.set(i32.load8(here.get)),
    either(
      i32.eq(i32.or(character.get, i32.const(0x26)), i32.const(0x7f)),
      takeBracket,
      either(
        i32.eq(character.get, i32.const(0x22)),
        takeSource,
        either(
          i32.and(i32.eq(character.get, i32.const(0x5c)), isHereInString),
          flag(HAS_ESCAPE),
          flag(IS_SUSPECT),
        ),
      ),
    ),
  );

  const body = [
    start.set(at.get),
    source.set(i32.const(-1)),
    loop(
      i32.lessUnsigned(at.get, to.get),
      ...blocks.map((block, index) => block.set(v128.load(at.get, 16 * index))),
      marks.set(i64.const(0n)),
      slashes.set(i64.const(0n)),
      quotes.set(bitsOf((quarter) => v128.equal(quarter, byte('"')))),
      when(
        i32.or(
          isAnyOf((quarter) => v128.equal(quarter, byte('\\'))),
          i64.toI32(isFirstEscaped.get),
        ),
        findEscapes,
      ),
      findStrings,
      findMarks,
      takeMarks,
      at.set(i32.add(at.get, i32.const(64))),
    ),
    row.get,
  ].flat();
  return assemble(PAGES, 3, locals, body);
}

// Node has it; its types have not, without those of a browser's page.
declare const WebAssembly:
  | {
      validate(bytes: Uint8Array<ArrayBuffer>): boolean;
      readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
      readonly Instance: new (module: object) => { readonly exports: Exports };
    }
  | undefined;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  run(at: number, to: number, shift: number): number;
}

interface Engine {
  readonly memory: Uint8Array;
  readonly rows: Int32Array;
  readonly run: Exports['run'];
  isTaken: boolean;
}

let engine: Engine | undefined;

/** One for the thread: a memory of its own for every small file would cost more than the file. */
function theEngine(): Engine | undefined {
  if (engine !== undefined) return engine;
  const binary = assembleBounds();
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(binary)) return undefined;
  const { memory, run } = new WebAssembly.Instance(new WebAssembly.Module(binary)).exports;
  engine = {
    memory: new Uint8Array(memory.buffer),
    rows: new Int32Array(memory.buffer, ROWS_AT, ROW * MAXIMUM_ROWS),
    run,
    isTaken: false,
  };
  return engine;
}

/**
 * {@link RecordBounds} on WebAssembly SIMD, several times as fast as the script; where there is none of it,
 * or while another one has bytes open, the script.
 */
export class SimdBounds implements RecordBounds {
  readonly #script = new ScriptBounds();
  #engine: Engine | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #pieceStart = 0;
  #pieceEnd = 0;

  get rows(): Int32Array {
    return this.#engine === undefined ? this.#script.rows : this.#engine.rows;
  }

  open(bytes: Uint8Array): void {
    const free = theEngine();
    if (free === undefined || free.isTaken) {
      this.#script.open(bytes);
      return;
    }
    free.isTaken = true;
    this.#engine = free;
    this.#bytes = bytes;
    this.#pieceStart = 0;
    this.#pieceEnd = 0;
  }

  next(from: number): number {
    const taken = this.#engine;
    if (taken === undefined) return this.#script.next(from);
    const bytes = this.#bytes;
    let at = from;
    while (at < bytes.length && isSeparator(bytes[at] ?? 0)) at += 1;
    if (bytes[at] !== 0x7b) return 0;
    if (at >= this.#pieceEnd) this.#load(taken, at);
    const count = this.#run(taken, at);
    if (count > 0 || this.#pieceStart === at || this.#pieceEnd === bytes.length) return count;
    // The record goes on beyond the piece.
    this.#load(taken, at);
    return this.#run(taken, at);
  }

  close(): void {
    this.#script.close();
    if (this.#engine === undefined) return;
    this.#engine.isTaken = false;
    this.#engine = undefined;
    this.#bytes = new Uint8Array(0);
  }

  #load(taken: Engine, from: number): void {
    const piece = this.#bytes.subarray(from, from + PIECE_BYTES);
    const end = PIECE_AT + piece.length;
    taken.memory.set(piece, PIECE_AT);
    taken.memory.fill(0x20, end, end + PADDING_BYTES);
    this.#pieceStart = from;
    this.#pieceEnd = from + piece.length;
  }

  #run(taken: Engine, at: number): number {
    const shift = this.#pieceStart - PIECE_AT;
    return taken.run(at - shift, this.#pieceEnd - shift, shift) / (ROW * 4);
  }
}
