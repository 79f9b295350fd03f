/**
 * A small assembler for WebAssembly, enough for one function over one memory. Expressions are byte arrays in the binary
 * format, which operators combine. Types are checked only when the module is compiled. Opcodes and encodings:
 * WebAssembly core specification 2.0 (with fixed-width SIMD), section 5.
 */
export type Code = readonly number[];

type LocalType = 'i32' | 'i64' | 'v128';

const TYPES = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const satisfies Record<LocalType, number>;

type Binary = (left: Code, right: Code) => Code;
type Unary = (operand: Code) => Code;

const binary =
  (...opcode: number[]): Binary =>
  (left, right) => [...left, ...right, ...opcode];

const unary =
  (...opcode: number[]): Unary =>
  (operand) => [...operand, ...opcode];

/** A load from an address plus a constant offset. The alignment hint is 1, which costs nothing. */
const load =
  (...opcode: number[]) =>
  (address: Code, offset = 0): Code => [...address, ...opcode, 0, ...unsigned(offset)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(BigInt(value))],
  load8: load(0x2d),
  load16: load(0x2f),
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    0x36,
    0,
    ...unsigned(offset),
  ],
  eqz: unary(0x45),
  eq: binary(0x46),
  ne: binary(0x47),
  lessUnsigned: binary(0x49),
  add: binary(0x6a),
  sub: binary(0x6b),
  and: binary(0x71),
  or: binary(0x72),
  shiftRight: binary(0x76),
} as const;

export const i64 = {
  const: (value: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, value))],
  load: load(0x29),
  ne: binary(0x52),
  eq: binary(0x51),
  sub: binary(0x7d),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shiftLeft: binary(0x86),
  shiftRightSigned: binary(0x87),
  shiftRight: binary(0x88),
  trailingZeros: unary(0x7a),
  fromI32: unary(0xad),
  toI32: unary(0xa7),
} as const;

export const v128 = {
  load: load(0xfd, 0x00),
  splat: unary(0xfd, 0x0f),
  equal: binary(0xfd, 0x23),
  lessUnsigned: binary(0xfd, 0x26),
  or: binary(0xfd, 0x50),
  isAny: unary(0xfd, 0x53),
  bits: unary(0xfd, 0x64),
  minimum: binary(0xfd, 0x77),
} as const;

const NO_RESULT = 0x40;
const END = 0x0b;

export const when = (condition: Code, ...body: Code[]): Code => [
  ...condition,
  0x04,
  NO_RESULT,
  ...body.flat(),
  END,
];

export const either = (condition: Code, then: Code, otherwise: Code): Code => [
  ...condition,
  0x04,
  NO_RESULT,
  ...then,
  0x05,
  ...otherwise,
  END,
];

/** Repeats the body while the condition holds. */
export const loop = (condition: Code, ...body: Code[]): Code => [
  ...[0x02, NO_RESULT, 0x03, NO_RESULT],
  ...[...condition, 0x45, 0x0d, 1],
  ...[...body.flat(), 0x0c, 0],
  ...[END, END],
];

export const result = (value: Code): Code => [...value, 0x0f];

/** The locals of the function: its i32 parameters, then those of {@link Locals.add}. */
export class Locals {
  readonly #types: LocalType[] = [];
  readonly #parameters: number;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  parameter(index: number): Local {
    return new Local(index);
  }

  add(type: LocalType): Local {
    this.#types.push(type);
    return new Local(this.#parameters + this.#types.length - 1);
  }

  declarations(): Code {
    return vector(this.#types.map((type) => [1, TYPES[type]]));
  }
}

class Local {
  readonly get: Code;
  readonly #index: Code;

  constructor(index: number) {
    this.#index = unsigned(index);
    this.get = [0x20, ...this.#index];
  }

  set(value: Code): Code {
    return [...value, 0x21, ...this.#index];
  }
}

/**
 * A module with a memory, exported as `memory`, and a function from `parameters` i32 numbers to one, exported as `run`.
 */
export function assemble(
  pages: number,
  parameters: number,
  locals: Locals,
  body: Code,
): Uint8Array<ArrayBuffer> {
  const section = (id: number, content: Code): Code => [id, ...sized(content)];
  const code = [...locals.declarations(), ...body, END];
  const type = [0x60, ...vector(Array.from({ length: parameters }, () => [TYPES.i32])), 1, TYPES.i32];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([type])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[1, ...unsigned(pages), ...unsigned(pages)]])),
    ...section(
      7,
      vector([
        [...text('memory'), 2, 0],
        [...text('run'), 0, 0],
      ]),
    ),
    ...section(10, vector([sized(code)])),
  ]);
}

const sized = (content: Code): Code => [...unsigned(content.length), ...content];

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];

const text = (value: string): Code => sized([...new TextEncoder().encode(value)]);

/** LEB128, unsigned. */
function unsigned(value: number): Code {
  const rest = Math.floor(value / 128);
  return rest === 0 ? [value] : [(value % 128) | 128, ...unsigned(rest)];
}

/** LEB128, signed. */
function signed(value: bigint): Code {
  const low = Number(value & 0x7fn);
  const rest = value >> 7n;
  const isLast = (rest === 0n && low < 64) || (rest === -1n && low >= 64);
  return isLast ? [low] : [low | 128, ...signed(rest)];
}
