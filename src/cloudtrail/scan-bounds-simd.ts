import { isSeparator, MAXIMUM_ROWS, type RecordBounds, ROW } from './scan-bounds.ts';
import { assembleBounds, PADDING_BYTES, PIECE_AT, ROWS_AT } from './scan-bounds-module.ts';

/** How many of the bytes are in the memory of the module at a time: few enough for a core's own cache. */
const PIECE_BYTES = 128 * 1024;
const PAGE_BYTES = 65_536;
const ROW_BYTES = ROW * 4;

// Node has WebAssembly; without the types of browsers its types do not.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  run(at: number, to: number, shift: number): number;
}

/** An instance of the module with its own memory. */
class Engine {
  readonly rows: Int32Array;
  readonly #memory: Uint8Array;
  readonly #run: Exports['run'];

  constructor(module: object) {
    const { memory, run } = new WebAssembly.Instance(module).exports;
    this.#memory = new Uint8Array(memory.buffer);
    this.rows = new Int32Array(memory.buffer, ROWS_AT, ROW * MAXIMUM_ROWS);
    this.#run = run;
  }

  load(piece: Uint8Array): void {
    const end = PIECE_AT + piece.length;
    this.#memory.set(piece, PIECE_AT);
    this.#memory.fill(0x20, end, end + PADDING_BYTES);
  }

  /**
   * Bounds records in the piece that is loaded.
   * @param from where the first starts, and `to` where the piece ends: offsets into the bytes that the piece is cut from
   * @param pieceStart where the piece starts in them
   * @returns how many rows were filled
   */
  run(from: number, to: number, pieceStart: number): number {
    const shift = pieceStart - PIECE_AT;
    return this.#run(from - shift, to - shift, shift) / ROW_BYTES;
  }
}

function moduleFor(pieceBytes: number): object {
  return new WebAssembly.Module(
    assembleBounds(Math.ceil((PIECE_AT + pieceBytes + PADDING_BYTES) / PAGE_BYTES)),
  );
}

let usualModule: object | undefined;
/** Engines that nobody has open: a new one for every small file would cost more than the file. */
const idle: Engine[] = [];

function takeEngine(): Engine {
  usualModule ??= moduleFor(PIECE_BYTES);
  return idle.pop() ?? new Engine(usualModule);
}

/** {@link RecordBounds} by WebAssembly with fixed-width SIMD, which every Node from 20 on has. */
export class SimdBounds implements RecordBounds {
  #engine: Engine | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #pieceStart = 0;
  #pieceEnd = 0;

  get rows(): Int32Array {
    return this.#opened.rows;
  }

  open(bytes: Uint8Array): void {
    this.#engine ??= takeEngine();
    this.#bytes = bytes;
    this.#pieceStart = 0;
    this.#pieceEnd = 0;
  }

  next(from: number): number {
    const engine = this.#opened;
    const bytes = this.#bytes;
    let at = from;
    while (at < bytes.length && isSeparator(bytes[at] ?? 0)) at += 1;
    if (bytes[at] !== 0x7b) return 0;
    if (at >= this.#pieceEnd) this.#load(engine, at);
    const count = engine.run(at, this.#pieceEnd, this.#pieceStart);
    if (count > 0 || this.#pieceStart === at || this.#pieceEnd === bytes.length) return count;
    // The record goes on beyond the piece.
    this.#load(engine, at);
    return engine.run(at, this.#pieceEnd, this.#pieceStart);
  }

  one(start: number, end: number): boolean {
    const engine = this.#opened;
    const record = this.#bytes.subarray(start, end);
    if (record.length <= PIECE_BYTES) {
      // What was loaded before is overwritten.
      this.#pieceStart = 0;
      this.#pieceEnd = 0;
      engine.load(record);
      return engine.run(start, end, start) > 0;
    }
    // Long records are rare, and a memory that has grown would not shrink.
    const large = new Engine(moduleFor(record.length));
    large.load(record);
    const isFound = large.run(start, end, start) > 0;
    engine.rows.set(large.rows.subarray(0, ROW));
    return isFound;
  }

  close(): void {
    if (this.#engine !== undefined) idle.push(this.#engine);
    this.#engine = undefined;
    this.#bytes = new Uint8Array(0);
  }

  get #opened(): Engine {
    if (this.#engine === undefined) throw new Error('no bytes are open');
    return this.#engine;
  }

  #load(engine: Engine, from: number): void {
    const piece = this.#bytes.subarray(from, from + PIECE_BYTES);
    engine.load(piece);
    this.#pieceStart = from;
    this.#pieceEnd = from + piece.length;
  }
}
