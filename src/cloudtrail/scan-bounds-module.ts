import { assemble, type Code, either, i32, i64, Locals, loop, result, v128, when } from './scan-assembler.ts';
import { HAS_ESCAPE, HAS_NESTED_SOURCE, IS_SUSPECT, MAXIMUM_ROWS, ROW } from './scan-bounds.ts';

/** Where the rows lie in the memory of the module. */
export const ROWS_AT = 0;
/** Where the bytes to scan lie, behind the rows. */
export const PIECE_AT = ROW * 4 * MAXIMUM_ROWS;
const BLOCK_BYTES = 64;
/** How many spaces must follow the bytes: a block, and how far beyond its end the scan looks. */
export const PADDING_BYTES = BLOCK_BYTES + 16;

const QUARTERS = [0, 1, 2, 3] as const;

/** The locals of `run`. Each i64 has a bit for every byte of the current block of 64. */
function declareLocals() {
  const locals = new Locals(3);
  return {
    locals,
    /** Where the current block starts. */
    at: locals.parameter(0),
    /** Where the bytes end. */
    to: locals.parameter(1),
    /** What to add to an offset in the memory, to have one in the caller's bytes. */
    shift: locals.parameter(2),
    /** Where the next row is written. */
    row: locals.add('i32'),
    /** How many brackets are open. */
    depth: locals.add('i32'),
    /** Where the current record starts. */
    start: locals.add('i32'),
    /** Where the last top-level `"eventSource"` of the current record starts, or -1. */
    source: locals.add('i32'),
    flags: locals.add('i32'),
    /** Where the current mark is, and the byte there. */
    here: locals.add('i32'),
    character: locals.add('i32'),
    /** The block in quarters of 16 bytes. */
    quarters: QUARTERS.map(() => locals.add('v128')),
    quotes: locals.add('i64'),
    slashes: locals.add('i64'),
    escapes: locals.add('i64'),
    /** 1 if the last backslash of the block before escapes the first byte of this one. */
    isFirstEscaped: locals.add('i64'),
    strings: locals.add('i64'),
    /** All ones if the block before ended in a string. */
    isInString: locals.add('i64'),
    /** The bytes that are looked at one by one. */
    marks: locals.add('i64'),
  };
}

type BoundsLocals = ReturnType<typeof declareLocals>;

/**
 * The module: `run(at, to, shift)` bounds the records in its memory from the `{` at `at` on, writes rows with `shift`
 * added to their offsets, and returns where the rows end. {@link PADDING_BYTES} spaces must follow `to`.
 *
 * It takes blocks of 64 bytes, after Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (The VLDB Journal 28,
 * 2019): which bytes are quotes, escaped ones aside; by their running parity, which bytes are in strings; which
 * brackets are not. Only those bits are then taken one by one, with the few quotes before what may be `eventSource`.
 *
 * @param pages memory in pages of 64 KiB
 */
export function assembleBounds(pages: number): Uint8Array<ArrayBuffer> {
  const l = declareLocals();
  const body = [
    l.start.set(l.at.get),
    l.source.set(i32.const(-1)),
    loop(
      i32.lessUnsigned(l.at.get, l.to.get),
      ...l.quarters.map((quarter, index) => quarter.set(v128.load(l.at.get, 16 * index))),
      l.marks.set(i64.const(0n)),
      l.slashes.set(i64.const(0n)),
      l.quotes.set(bitsOf(l, (quarter) => v128.equal(quarter, byte('"')))),
      when(i32.or(isAnyBackslash(l), i64.toI32(l.isFirstEscaped.get)), findEscapes(l)),
      findStrings(l),
      findMarks(l),
      takeMarks(l),
      l.at.set(i32.add(l.at.get, i32.const(BLOCK_BYTES))),
    ),
    l.row.get,
  ].flat();
  return assemble(pages, 3, l.locals, body);
}

const byte = (character: string): Code => v128.splat(i32.const(character.charCodeAt(0)));

/** The bytes of a string in memory as a number: little end first. */
const letters = (value: string): Code => i64.const(Buffer.from(value, 'latin1').readBigInt64LE());

const not = (bits: Code): Code => i64.xor(bits, i64.const(-1n));

/** A bit for each of the 64 bytes: the sign bits of what `of` makes of each quarter of the block. */
function bitsOf({ quarters }: BoundsLocals, of: (quarter: Code, index: number) => Code): Code {
  return quarters
    .map((quarter, index) => {
      const bits = i64.fromI32(v128.bits(of(quarter.get, index)));
      return index === 0 ? bits : i64.shiftLeft(bits, i64.const(BigInt(16 * index)));
    })
    .reduce(i64.or);
}

/** A bit for each byte of the block where `sought` stands `ahead` of it. */
function bitsAhead(l: BoundsLocals, ahead: number, sought: string): Code {
  return bitsOf(l, (_, index) => v128.equal(v128.load(l.at.get, ahead + 16 * index), byte(sought)));
}

function isAnyBackslash({ quarters }: BoundsLocals): Code {
  return v128.isAny(quarters.map((quarter) => v128.equal(quarter.get, byte('\\'))).reduce(v128.or));
}

/**
 * Takes escaped quotes out of `quotes`, and marks the backslash of each `\u`. An odd number of backslashes in a row
 * escapes the byte behind them; borrowing in the subtraction runs along each row.
 * @see https://github.com/simdjson/simdjson json_escape_scanner.h
 */
function findEscapes(l: BoundsLocals): Code {
  const { quotes, slashes, escapes, isFirstEscaped, marks } = l;
  const odd = i64.const(0xaaaaaaaaaaaaaaaan);
  return [
    slashes.set(bitsOf(l, (quarter) => v128.equal(quarter, byte('\\')))),
    escapes.set(i64.and(slashes.get, not(isFirstEscaped.get))),
    escapes.set(i64.xor(i64.sub(i64.or(i64.shiftLeft(escapes.get, i64.const(1n)), odd), escapes.get), odd)),
    quotes.set(i64.and(quotes.get, not(i64.xor(escapes.get, i64.or(slashes.get, isFirstEscaped.get))))),
    escapes.set(i64.and(escapes.get, slashes.get)),
    isFirstEscaped.set(i64.shiftRight(escapes.get, i64.const(63n))),
    marks.set(i64.and(escapes.get, bitsAhead(l, 1, 'u'))),
  ].flat();
}

/**
 * Sets `strings` from each opening quote up to, but not including, the closing one: the running parity of `quotes`, by
 * turning over all bits from each quote on.
 */
function findStrings({ quotes, strings, isInString }: BoundsLocals): Code {
  return [
    strings.set(quotes.get),
    ...[1n, 2n, 4n, 8n, 16n, 32n].map((distance) =>
      strings.set(i64.xor(strings.get, i64.shiftLeft(strings.get, i64.const(distance)))),
    ),
    strings.set(i64.xor(strings.get, isInString.get)),
    isInString.set(i64.shiftRightSigned(strings.get, i64.const(63n))),
  ].flat();
}

/**
 * Marks control characters in strings, brackets and backslashes outside of them, and quotes with an `S` six bytes
 * ahead. With the bits of `&` set a bracket is 0x7f; so are Y, y, _ and DEL, which JSON has in strings only and which
 * change no depth.
 */
function findMarks(l: BoundsLocals): Code {
  const { quarters, marks, strings, slashes, quotes } = l;
  const isControl = (quarter: Code): Code => v128.lessUnsigned(quarter, byte(' '));
  const isBracket = (quarter: Code): Code => v128.equal(v128.or(quarter, byte('&')), byte('\u007f'));
  return [
    when(
      v128.isAny(isControl(quarters.map((quarter) => quarter.get).reduce(v128.minimum))),
      marks.set(i64.or(marks.get, i64.and(bitsOf(l, isControl), strings.get))),
    ),
    marks.set(i64.or(marks.get, i64.and(i64.or(bitsOf(l, isBracket), slashes.get), not(strings.get)))),
    marks.set(i64.or(marks.get, i64.and(quotes.get, bitsAhead(l, 6, 'S')))),
  ].flat();
}

/** Takes the marked bytes of the block one by one, from the lowest bit on. */
function takeMarks(l: BoundsLocals): Code {
  const { at, here, marks, character } = l;
  return loop(
    i64.ne(marks.get, i64.const(0n)),
    here.set(i32.add(at.get, i64.toI32(i64.trailingZeros(marks.get)))),
    marks.set(i64.and(marks.get, i64.sub(marks.get, i64.const(1n)))),
    character.set(i32.load8(here.get)),
    either(
      i32.eq(i32.or(character.get, i32.const(0x26)), i32.const(0x7f)),
      takeBracket(l),
      either(
        i32.eq(character.get, i32.const(0x22)),
        takeSource(l),
        either(
          i32.and(i32.eq(character.get, i32.const(0x5c)), isHereInString(l)),
          addFlag(l, HAS_ESCAPE),
          addFlag(l, IS_SUSPECT),
        ),
      ),
    ),
  );
}

/** Bits 1 and 2 are 1 and 0 in an opening bracket, 0 and 1 in a closing one, and alike in the other bytes. */
function takeBracket(l: BoundsLocals): Code {
  const { depth, character } = l;
  const bitOf = (bit: number): Code => i32.and(i32.shiftRight(character.get, i32.const(bit)), i32.const(1));
  return [
    depth.set(i32.add(depth.get, i32.sub(bitOf(1), bitOf(2)))),
    when(i32.eqz(depth.get), endRecord(l)),
  ].flat();
}

/** Writes the row of the record, and finds the next one: `start` is at its `{`, or the function returns. */
function endRecord(l: BoundsLocals): Code {
  const { row, start, source, flags, here, shift, character } = l;
  return [
    when(i32.eq(character.get, i32.const(0x5d)), addFlag(l, IS_SUSPECT)),
    i32.store(row.get, i32.add(start.get, shift.get), ROWS_AT),
    i32.store(row.get, i32.add(i32.add(here.get, i32.const(1)), shift.get), ROWS_AT + 4),
    i32.store(row.get, source.get, ROWS_AT + 8),
    i32.store(row.get, flags.get, ROWS_AT + 12),
    row.set(i32.add(row.get, i32.const(ROW * 4))),
    start.set(i32.add(here.get, i32.const(2))),
    // The usual case: a comma or a line feed, then the next record.
    character.set(i32.load16(here.get, 1)),
    when(
      i32.and(i32.ne(character.get, i32.const(0x7b2c)), i32.ne(character.get, i32.const(0x7b0a))),
      passSeparators(l),
    ),
    when(i32.eq(row.get, i32.const(ROW * 4 * MAXIMUM_ROWS)), result(row.get)),
    source.set(i32.const(-1)),
    flags.set(i32.const(0)),
  ].flat();
}

/** Moves `start` over whitespace and at most one comma; returns from the function where no `{` follows. */
function passSeparators({ start, here, to, row }: BoundsLocals): Code {
  const isNext = (...characters: string[]): Code =>
    characters.map((sought) => i32.eq(i32.load8(start.get), i32.const(sought.charCodeAt(0)))).reduce(i32.or);
  const passNext = start.set(i32.add(start.get, i32.const(1)));
  const passWhitespace = loop(
    i32.and(i32.lessUnsigned(start.get, to.get), isNext(' ', '\n', '\r', '\t')),
    passNext,
  );
  return [
    start.set(i32.add(here.get, i32.const(1))),
    passWhitespace,
    when(isNext(','), passNext),
    passWhitespace,
    when(i32.or(i32.eqz(i32.lessUnsigned(start.get, to.get)), i32.eqz(isNext('{'))), result(row.get)),
  ].flat();
}

/** A marked quote: it opens `"eventSource"`, at the top level or deeper, or is out of step, or is nothing of note. */
function takeSource(l: BoundsLocals): Code {
  const { here, depth, source, shift } = l;
  const isSource = i32.and(
    i64.eq(i64.load(here.get), letters('"eventSo')),
    i64.eq(i64.load(here.get, 5), letters('tSource"')),
  );
  return when(
    isSource,
    either(
      isHereInString(l),
      either(
        i32.eq(depth.get, i32.const(1)),
        source.set(i32.add(here.get, shift.get)),
        addFlag(l, HAS_NESTED_SOURCE),
      ),
      addFlag(l, IS_SUSPECT),
    ),
  );
}

function isHereInString({ strings, here, at }: BoundsLocals): Code {
  return i32.and(
    i64.toI32(i64.shiftRight(strings.get, i64.fromI32(i32.sub(here.get, at.get)))),
    i32.const(1),
  );
}

function addFlag({ flags }: BoundsLocals, value: number): Code {
  return flags.set(i32.or(flags.get, i32.const(value)));
}
