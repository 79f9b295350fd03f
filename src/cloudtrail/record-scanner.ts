import { isWhitespace } from '../text/json-whitespace.ts';
import type { QuarantineCode } from './quarantined.ts';
import { HAS_ESCAPE, HAS_NESTED_SOURCE, IS_SUSPECT, type RecordBounds, ROW } from './scan-bounds.ts';
import { SimdBounds } from './scan-bounds-simd.ts';
import { HeldBytes } from './scan-held-bytes.ts';
import { NextMatch } from './scan-next-match.ts';
import { Outline } from './scan-outline.ts';
import { Resync } from './scan-resync.ts';
import {
  classifyRecord,
  DEFAULT_SELECTION,
  type RecordKind,
  type RecordSelection,
} from './scan-selection.ts';
import { type SourceMatch, sourceMatchOf } from './scan-source.ts';
import { isJson, StrictScan } from './scan-strict.ts';

/** A part of a file that is no record, or a record that cannot be handed out. */
export interface ScanFault {
  readonly code: Extract<QuarantineCode, 'not-json' | 'not-a-record' | 'too-large'>;
  /** One sentence for a person. It quotes nothing from the file. */
  readonly reason: string;
  /**
   * The bytes of the part, cut at the maximum size of a record; empty if the file ends between records. A view, valid only
   * during the call.
   */
  readonly bytes: Buffer;
  /** Its index in the file. Records and faults are counted together, from 0. */
  readonly index: number;
  /** Its offset in the pushed bytes (uncompressed, a byte order mark included). */
  readonly offset: number;
}

/**
 * Called during `push` and `end`, in the order of the file. `push` and `end` pass on what these throw; the scanner must
 * not be used after that.
 */
export interface RecordScannerCalls {
  /**
   * A record that may matter. For a selected one in legal JSON `parseJson(bytes.toString())` returns it.
   *
   * @param bytes a view, valid only during the call
   * @param index its index in the file, counted with the faults from 0; in a legal file its array index
   * @param offset its offset in the pushed bytes
   */
  onRecord(kind: RecordKind, bytes: Buffer, index: number, offset: number): void;
  onFault(fault: ScanFault): void;
}

export interface RecordScannerOptions {
  /** Default: {@link DEFAULT_SELECTION}. */
  readonly selection?: RecordSelection;
  /** Default 16 MiB. A larger record becomes a fault with its first bytes. */
  readonly maximumRecordBytes?: number;
  /** Default: {@link SimdBounds}. */
  readonly bounds?: RecordBounds;
}

const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const COLON = 0x3a;
const CLOSE_BRACE = 0x7d;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const NOTHING = Buffer.alloc(0);

/** How many bytes of a chunk are appended to held bytes at a time, until none are held any more. */
const PIECE_BYTES = 64 * 1024;

/** How many bytes may be read again after broken JSON: enough for any accident, too few for an attack on speed. */
const RESCAN_BUDGET_BYTES = 32 * 1024 * 1024;

/**
 * Finds the records in the bytes of a CloudTrail log file and hands out those that may matter, without building the
 * others: it bounds them by quotes and brackets (RFC 8259) and reads only the top-level `eventSource` of each. It accepts
 * `{"Records":[…]}`, LookupEvents' `{"Events":[…]}`, bare arrays, and objects one after another, in lines or not.
 *
 * In legal JSON it finds exactly the records, members and values that `parseJson` finds, however the bytes are chunked.
 * Broken JSON inside a record that is not handed out may go unnoticed. If it is noticed, or would hide a neighbour, the
 * broken part becomes a fault, and the search goes on behind it, checking every byte from there.
 *
 * Memory: the bytes of the record that is incomplete at the end of a chunk. Throws only what its calls throw.
 */
export class RecordScanner {
  /** Records found so far, handed out or skipped. */
  records = 0;
  /** Records that were not handed out. */
  skipped = 0;
  /** Faults reported so far. */
  faults = 0;
  /** Missing or surplus commas between records, which lost nothing. */
  separatorFaults = 0;

  readonly #calls: RecordScannerCalls;
  readonly #selection: RecordSelection;
  readonly #sources: SourceMatch;
  readonly #maximumBytes: number;
  readonly #bounds: RecordBounds;

  readonly #held = new HeldBytes();
  #isEnded = false;

  /** The offset in the file of the window's first byte. `#from` and `#at` are offsets into the window. */
  #base = 0;
  #from = 0;
  #at = 0;

  #place: 'top' | 'array' | 'container' = 'top';
  #isArrayInContainer = false;
  #phase: 'start' | 'between' | 'item' | 'garbage' | 'resync' | 'skip' = 'start';
  #separator: 'none' | 'comma' | 'item' | 'fault' = 'none';
  /** The kind of top-level objects so far. After records only, the next objects are bounded as records first. */
  #topLevel: 'none' | 'records' | 'containers' = 'none';
  #isRecord = false;
  #isReported = false;
  #isStrict = false;
  #index = 0;
  #rescanBudget = RESCAN_BUDGET_BYTES;
  readonly #outline = new Outline();
  readonly #strict = new StrictScan();
  readonly #resync = new Resync();
  readonly #containerNames = [new NextMatch('Records'), new NextMatch('Events')];

  constructor(calls: RecordScannerCalls, options: RecordScannerOptions = {}) {
    this.#calls = calls;
    this.#selection = options.selection ?? DEFAULT_SELECTION;
    this.#sources = sourceMatchOf(this.#selection);
    this.#maximumBytes = options.maximumRecordBytes ?? 16 * 1024 * 1024;
    this.#bounds = options.bounds ?? new SimdBounds();
  }

  /** Reads on. The chunk is not kept, so the caller may reuse it after the call. */
  push(chunk: Uint8Array): void {
    let bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const held = this.#held;
    while (held.length > 0 && bytes.length > 0) {
      const before = held.length;
      const piece = bytes.subarray(0, PIECE_BYTES);
      held.append(piece);
      const done = this.#advance(held.view, false);
      if (done >= before) {
        // The remaining bytes are all in the chunk itself.
        held.length = 0;
        bytes = bytes.subarray(done - before);
      } else {
        held.dropFirst(done);
        bytes = bytes.subarray(piece.length);
      }
    }
    if (bytes.length > 0) held.append(bytes.subarray(this.#advance(bytes, false)));
  }

  /** Ends the file. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#advance(this.#held.view, true);
  }

  /**
   * Reads a window of the file, from where the last one stopped.
   *
   * @returns how many bytes at its start are no longer needed; the next window starts behind them
   */
  #advance(window: Buffer, isFinal: boolean): number {
    for (const name of this.#containerNames) name.reset();
    this.#bounds.open(window);
    try {
      while (this.#step(window, isFinal));
    } finally {
      this.#bounds.close();
    }
    const isRead = this.#phase === 'garbage' || this.#phase === 'resync';
    const isItemNeeded = this.#phase === 'item' || (isRead && !this.#isReported);
    const done = isItemNeeded ? this.#from : this.#at;
    this.#base += done;
    this.#from -= done;
    this.#at -= done;
    return done;
  }

  /** @returns false if the rest of the window needs more bytes */
  #step(window: Buffer, isFinal: boolean): boolean {
    switch (this.#phase) {
      case 'start':
        return this.#passByteOrderMark(window, isFinal);
      case 'between':
        return this.#place === 'container'
          ? this.#container(window, isFinal)
          : this.#between(window, isFinal);
      case 'item':
        return this.#item(window) || (isFinal && this.#endInItem(window));
      case 'garbage':
        return this.#garbage(window, isFinal);
      case 'resync':
        return this.#resynchronise(window, isFinal);
      case 'skip':
        return this.#skip(window);
    }
  }

  #passByteOrderMark(window: Buffer, isFinal: boolean): boolean {
    const length = Math.min(window.length, BYTE_ORDER_MARK.length);
    const isMark = window.compare(BYTE_ORDER_MARK, 0, length, 0, length) === 0;
    if (isMark && length < BYTE_ORDER_MARK.length && !isFinal) return false;
    if (isMark && length === BYTE_ORDER_MARK.length) this.#at = length;
    this.#phase = 'between';
    return true;
  }

  /** Between top-level values or between the elements of an array. */
  #between(window: Buffer, isFinal: boolean): boolean {
    while (this.#at < window.length && isWhitespace(window[this.#at])) this.#at += 1;
    const isArray = this.#place === 'array';
    if (this.#at >= window.length) {
      if (isFinal && isArray) this.#endFault('The file ends before its array of records does.');
      return false;
    }
    const byte = window[this.#at];
    if (byte === COMMA) {
      if (this.#separator === 'none' || this.#separator === 'comma' || !isArray) this.separatorFaults += 1;
      this.#separator = 'comma';
      this.#at += 1;
      return true;
    }
    if (byte === CLOSE_BRACKET && isArray) {
      if (this.#separator === 'comma') this.separatorFaults += 1;
      this.#at += 1;
      this.#separator = 'none';
      this.#place = this.#isArrayInContainer ? 'container' : 'top';
      if (this.#isArrayInContainer) this.#outline.resumeAfterMember();
      return true;
    }
    if (byte === OPEN_BRACKET && !isArray) {
      this.#at += 1;
      this.#openArray(false);
      return true;
    }
    if (byte === OPEN_BRACE && !this.#isStrict && (isArray || this.#topLevel === 'records')) {
      const before = this.#at;
      this.#boundMany(window);
      if (this.#at > before) return true;
    }
    if (byte === COLON && isArray) {
      // The string before it was a member name, so a record was closed too early.
      this.#from = this.#at;
      return this.#beginResync(window, this.#at + 1, 1, false);
    }
    if (isArray && this.#separator === 'item') this.separatorFaults += 1;
    const isBounded = byte === OPEN_BRACE || (isArray && (byte === OPEN_BRACKET || byte === QUOTE));
    this.#beginItem(isBounded ? 'item' : 'garbage', byte === OPEN_BRACE);
    return true;
  }

  #openArray(isInContainer: boolean): void {
    this.#place = 'array';
    this.#isArrayInContainer = isInContainer;
    if (isInContainer) this.#topLevel = 'containers';
    this.#separator = 'none';
    this.#phase = 'between';
  }

  #beginItem(phase: 'item' | 'garbage', isRecord: boolean): void {
    this.#phase = phase;
    this.#from = this.#at;
    this.#isRecord = isRecord;
    this.#isReported = false;
    this.#outline.begin(isRecord && this.#place === 'top');
    this.#strict.reset();
  }

  #endItem(at: number, separator: 'item' | 'fault'): true {
    this.#at = at;
    this.#separator = separator;
    this.#phase = 'between';
    return true;
  }

  /** Reads the members of a container behind its records. Anything else there ends the container. */
  #container(window: Buffer, isFinal: boolean): boolean {
    if (this.#separator !== 'item' && !this.#continuesContainer(window)) return true;
    const outcome = this.#outline.run(window, this.#at, window.length);
    this.#at = this.#outline.at;
    if (outcome === 'records') {
      this.#openArray(true);
      return true;
    }
    if (outcome === 'whole') {
      this.#place = 'top';
      return true;
    }
    if (isFinal) this.#endFault('The file ends before the object around its records does.');
    return false;
  }

  /**
   * Checks what follows the array: the end of the object, or a comma and another member.
   *
   * @returns false if it is neither; the scanner has then left the container
   */
  #continuesContainer(window: Buffer): boolean {
    let at = this.#at;
    while (
      at < window.length &&
      (isWhitespace(window[at]) || (window[at] === COMMA && this.#separator === 'none'))
    ) {
      if (window[at] === COMMA) this.#separator = 'comma';
      at += 1;
    }
    this.#outline.run(window, this.#at, at);
    this.#at = at;
    if (at >= window.length) return true;
    const byte = window[at];
    if (byte === (this.#separator === 'comma' ? QUOTE : CLOSE_BRACE)) {
      this.#separator = 'item';
      return true;
    }
    if (this.#separator === 'comma' && byte === OPEN_BRACE) {
      this.#report('not-json', 'The array of records is closed before its last record.', NOTHING, at);
      this.#place = 'array';
    } else {
      this.#report('not-json', 'The object around the records is not closed.', NOTHING, at);
      this.#place = 'top';
    }
    this.#separator = 'fault';
    return false;
  }

  /** The fast path: takes records while they follow each other in the window and are clear. */
  #boundMany(window: Buffer): void {
    const isArray = this.#place === 'array';
    const rows = this.#bounds.rows;
    for (;;) {
      const count = this.#bounds.next(this.#at);
      if (count === 0) return;
      for (let row = 0; row < count * ROW; row += ROW) {
        // The casts hold because rows has count * ROW numbers.
        const start = rows[row] as number;
        const end = rows[row + 1] as number;
        const source = rows[row + 2] as number;
        const flags = rows[row + 3] as number;
        if (end - start > this.#maximumBytes) return;
        if (!isArray && this.#isContainer(window, start, end, flags)) return;
        if (!this.#record(window, start, end, source, flags)) return;
        if (start === this.#at + 1 && window[this.#at] === COMMA && isArray && this.#separator === 'item') {
          // The usual case: one comma between two records.
        } else this.#passSeparators(window, this.#at, start);
        this.#at = end;
        this.#separator = 'item';
      }
    }
  }

  #passSeparators(window: Buffer, from: number, to: number): void {
    let commas = 0;
    for (let at = from; at < to; at += 1) if (window[at] === COMMA) commas += 1;
    if (this.#place === 'top') this.separatorFaults += commas;
    else if (this.#separator === 'item') this.separatorFaults += Math.abs(commas - 1);
    else if (this.#separator === 'fault') this.separatorFaults += Math.max(commas - 1, 0);
    else this.separatorFaults += commas;
  }

  #isContainer(window: Buffer, start: number, end: number, flags: number): boolean {
    if (
      (flags & HAS_ESCAPE) === 0 &&
      !this.#containerNames.some((name) => name.isWithin(window, start, end))
    ) {
      return false;
    }
    this.#outline.begin(true);
    return this.#outline.run(window, start, end) === 'records';
  }

  /** @returns false if it is broken JSON, and was not taken */
  #record(window: Buffer, start: number, end: number, source: number, flags: number): boolean {
    if ((flags & IS_SUSPECT) !== 0 || ((flags & HAS_NESTED_SOURCE) !== 0 && source >= 0)) {
      if (!isJson(window.subarray(start, end))) {
        this.#isStrict = true;
        return false;
      }
    }
    let kind: RecordKind | 'doubtful' | undefined =
      (flags & HAS_ESCAPE) === 0 && source >= 0
        ? this.#sources.kindAt(window, start, end, source)
        : 'doubtful';
    if (kind === 'doubtful') kind = classifyRecord(window, start, end, this.#selection);
    // Records without a known member are rare, and more likely broken than others.
    if (kind === 'unknown' && !isJson(window.subarray(start, end))) {
      this.#isStrict = true;
      return false;
    }
    this.#deliver(kind, window, start, end);
    return true;
  }

  #deliver(kind: RecordKind | undefined, window: Buffer, start: number, end: number): void {
    const index = this.#index;
    this.#index += 1;
    this.records += 1;
    if (kind === undefined) this.skipped += 1;
    else this.#calls.onRecord(kind, window.subarray(start, end), index, this.#base + start);
  }

  /** @returns false if it needs more bytes */
  #item(window: Buffer): boolean {
    const limit = Math.min(window.length, this.#from + this.#maximumBytes);
    let end = window.length;
    let outcome: 'whole' | 'broken' | 'more' = 'more';
    const isChecked = this.#isStrict && this.#isRecord;
    if (isChecked) {
      outcome = this.#strict.run(window, this.#at, limit);
      end = this.#strict.at;
    }
    if (!isChecked || this.#place === 'top') {
      const outline = this.#outline.run(window, this.#at, end);
      if (outline === 'records') {
        if (this.#outline.at > limit) return this.#overflow(window, this.#outline.at, outline);
        this.#at = this.#outline.at;
        this.#openArray(true);
        return true;
      }
      if (!isChecked) {
        outcome = outline;
        end = this.#outline.at;
      }
    }
    if (outcome === 'broken') return this.#leaveBroken(window, end);
    if (outcome === 'whole' && end <= limit) {
      if (!this.#endWhole(window, end)) return this.#beginCheck();
      return this.#endItem(end, 'item');
    }
    if (window.length > limit) return this.#overflow(window, end, outcome);
    this.#at = end;
    return false;
  }

  /** @returns false if it is broken JSON, and was not taken */
  #endWhole(window: Buffer, end: number): boolean {
    const start = this.#from;
    if (!this.#isRecord) {
      const bytes = window.subarray(start, end);
      if (isJson(bytes)) this.#report('not-a-record', 'The element is not an object.', bytes, start);
      else this.#report('not-json', 'The element is broken JSON.', bytes, start);
      this.#index += 1;
      return true;
    }
    if (this.#place === 'top' && this.#topLevel === 'none') this.#topLevel = 'records';
    if (this.#isStrict) {
      this.#deliver(classifyRecord(window, start, end, this.#selection), window, start, end);
      return true;
    }
    if (!this.#bounds.one(start, end)) return this.#record(window, start, end, -1, IS_SUSPECT);
    const { rows } = this.#bounds;
    return this.#record(window, start, end, rows[2] ?? -1, rows[3] ?? 0);
  }

  /** Reads the record again, checking every byte. */
  #beginCheck(): true {
    this.#at = this.#from;
    this.#beginItem('item', true);
    return true;
  }

  #overflow(window: Buffer, end: number, outcome: 'whole' | 'records' | 'more'): boolean {
    if (!this.#isStrict && this.#isRecord) {
      this.#strict.reset();
      if (this.#strict.run(window, this.#from, this.#from + this.#maximumBytes) === 'broken') {
        return this.#leaveBroken(window, this.#strict.at);
      }
    }
    this.#reportTooLarge(window);
    if (outcome === 'whole') return this.#endItem(end, 'item');
    this.#at = end;
    if (outcome === 'records') {
      this.#openArray(true);
      return true;
    }
    if (this.#isStrict && this.#place !== 'top') {
      this.#outline.begin(false);
      this.#outline.run(window, this.#from, end);
    }
    this.#phase = 'skip';
    return true;
  }

  #reportTooLarge(window: Buffer): void {
    const bytes = window.subarray(this.#from, this.#from + this.#maximumBytes);
    this.#report(
      'too-large',
      `It is larger than ${this.#maximumBytes} bytes: write its records one a line, and import the result.`,
      bytes,
      this.#from,
    );
    this.#index += 1;
  }

  #skip(window: Buffer): boolean {
    const outcome = this.#outline.run(window, this.#at, window.length);
    this.#at = this.#outline.at;
    if (outcome === 'records') this.#openArray(true);
    if (outcome === 'whole') this.#endItem(this.#at, 'item');
    return outcome !== 'more';
  }

  /** Bytes that start no record: at the top up to the end of the line, in an array up to the next separator or bracket. */
  #garbage(window: Buffer, isFinal: boolean): boolean {
    const isArray = this.#place === 'array';
    let end = this.#at;
    while (end < window.length) {
      const byte = window[end];
      if (isArray ? byte === COMMA || byte === CLOSE_BRACKET || byte === OPEN_BRACE : byte === LINE_FEED)
        break;
      end += 1;
    }
    const isWhole = end < window.length || isFinal;
    if (!this.#isReported && (isWhole || end - this.#from > this.#maximumBytes)) {
      this.#isReported = true;
      if (end - this.#from > this.#maximumBytes) this.#reportTooLarge(window);
      else {
        const bytes = window.subarray(this.#from, trimmedEnd(window, this.#from, end));
        if (isJson(bytes)) this.#report('not-a-record', 'The element is not an object.', bytes, this.#from);
        else this.#report('not-json', 'These bytes are no JSON.', bytes, this.#from);
        this.#index += 1;
      }
    }
    this.#at = end;
    return isWhole && this.#endItem(end, 'fault');
  }

  /** The strict scan stopped at `at`. */
  #leaveBroken(window: Buffer, at: number): true {
    return this.#beginResync(window, at, this.#strict.depth, this.#strict.isInString);
  }

  /** The item is legal up to `at`, and not beyond. From here on every byte of the file is checked. */
  #beginResync(window: Buffer, at: number, depth: number, isInString: boolean): true {
    this.#phase = 'resync';
    this.#isStrict = true;
    this.#isReported = false;
    const broken = window.subarray(this.#from, at);
    const skips = this.#rescanBudget < 0;
    this.#rescanBudget -= broken.length;
    this.#at = this.#from + this.#resync.begin(broken, this.#place === 'array', depth, isInString, skips);
    return true;
  }

  #resynchronise(window: Buffer, isFinal: boolean): boolean {
    this.#resync.at = this.#at;
    const isFound = this.#resync.run(window, window.length, isFinal);
    this.#at = this.#resync.at;
    if (isFound || isFinal) return this.#endBroken(window, this.#at);
    if (this.#at - this.#from > this.#maximumBytes) this.#reportBroken(window, this.#at);
    return false;
  }

  #endBroken(window: Buffer, end: number): true {
    this.#reportBroken(window, end);
    return this.#endItem(end, 'fault');
  }

  #reportBroken(window: Buffer, end: number): void {
    if (this.#isReported) return;
    this.#isReported = true;
    const limit = this.#from + this.#maximumBytes;
    const to = end > limit ? limit : trimmedEnd(window, this.#from, end);
    const reason = 'The record is broken JSON, or the file ends inside it.';
    this.#report('not-json', reason, window.subarray(this.#from, to), this.#from);
    this.#index += 1;
  }

  /** Ends the file inside an item. */
  #endInItem(window: Buffer): boolean {
    if (!this.#isStrict || !this.#isRecord) {
      this.#strict.reset();
      const outcome = this.#strict.run(window, this.#from, window.length);
      if (outcome === 'broken') return this.#leaveBroken(window, this.#strict.at);
    }
    // At the top level a line without its end may have swallowed the lines after it, and still be legal so far.
    if (this.#place === 'top') return this.#leaveBroken(window, window.length);
    this.#report('not-json', 'The file ends inside a record.', window.subarray(this.#from), this.#from);
    this.#index += 1;
    this.#place = 'top';
    return this.#endItem(window.length, 'fault');
  }

  #endFault(reason: string): void {
    if (this.#separator !== 'fault') this.#report('not-json', reason, NOTHING, this.#at);
    this.#place = 'top';
  }

  #report(code: ScanFault['code'], reason: string, bytes: Buffer, at: number): void {
    this.faults += 1;
    this.#calls.onFault({ code, reason, bytes, index: this.#index, offset: this.#base + at });
  }
}

/** The end of `bytes` without trailing whitespace and commas. */
function trimmedEnd(bytes: Buffer, from: number, end: number): number {
  let at = end;
  while (at > from && (isWhitespace(bytes[at - 1]) || bytes[at - 1] === COMMA)) at -= 1;
  return at;
}
