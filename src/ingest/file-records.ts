import type { RecordPlace } from '../cloudtrail/record-place.ts';
import { RecordScanner, type RecordScannerOptions, type ScanFault } from '../cloudtrail/record-scanner.ts';
import type { SourceId } from '../history/facts/source.ts';
import type { KeyUse } from '../kms/key-use.ts';
import { parseJson } from '../text/parse-json.ts';
import { isKmsFault } from './is-kms-fault.ts';
import { type QuarantineEntry, quarantineEntry } from './quarantine.ts';
import type { RecordGatherer, Refused, TakeOptions } from './record-gatherer.ts';
import { notALogFile } from './text-layers.ts';
import { UnrecognisedRecords } from './unrecognised-records.ts';

const QUOTE = 0x22;

/** A file may go on for so long without one record before it is given up: a gigabyte comes out of a megabyte of gzip. */
const MOST_BYTES_WITHOUT_RECORD = 1024 ** 3;

export interface FileRecordsOptions {
  readonly scanner?: RecordScannerOptions;
  /** Called with each use. */
  readonly onUse?: (use: KeyUse) => void;
}

/** The records of one file, taken by a gatherer as its bytes come; what is not understood is quarantined. */
export class FileRecords {
  readonly #path: string;
  readonly #gatherer: RecordGatherer;
  #taking: TakeOptions;
  readonly #scanner: RecordScanner;
  readonly #unrecognised: UnrecognisedRecords;
  /** Records that were handed out and understood, or are KMS's. */
  #understood = 0;
  #ofFile: QuarantineEntry | undefined;
  #recognisedBefore = 0;
  #bytesSince = 0;
  #carriedBefore: number;

  constructor(
    path: string,
    gatherer: RecordGatherer,
    options: FileRecordsOptions,
    place: RecordPlace | undefined,
  ) {
    this.#path = path;
    this.#gatherer = gatherer;
    this.#taking = { place, onUse: (use) => this.#count(use, options.onUse) };
    this.#carriedBefore = gatherer.carriedBytes;
    this.#unrecognised = new UnrecognisedRecords(path);
    this.#scanner = new RecordScanner(
      {
        onRecord: (_kind, bytes, index, offset) => this.#take(bytes, index, offset),
        onFault: (fault) => this.#takeFault(fault),
      },
      options.scanner,
    );
  }

  /** Key uses so far, and the times of the first and the last of them. */
  uses = 0;
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;
  /** Records and parts of the file that were not understood; known once it is closed. */
  refused = 0;

  /** The times of the first and the last key use, epoch milliseconds; nothing where there is none. */
  get times(): { readonly fromMs: number; readonly toMs: number } | undefined {
    return this.uses === 0 ? undefined : { fromMs: this.#fromMs, toMs: this.#toMs };
  }

  #count(use: KeyUse, onUse: FileRecordsOptions['onUse']): void {
    this.uses++;
    this.#fromMs = Math.min(this.#fromMs, use.eventTimeMs);
    this.#toMs = Math.max(this.#toMs, use.eventTimeMs);
    onUse?.(use);
  }

  /** Says where the records that follow are read. */
  readFrom(source: SourceId): void {
    this.#taking = { ...this.#taking, source };
  }

  /** Whether nothing was found in the file so far. */
  get isEmpty(): boolean {
    return this.#scanner.records + this.#scanner.faults === 0;
  }

  /** @throws KeytrailError `not-a-log-file` where going on would be of no use */
  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
    this.#bytesSince += chunk.length;
    this.#checkBytes();
  }

  /** Counts what was gone through since the last record. */
  #checkBytes(): void {
    const recognised = this.#recognised;
    const carried = this.#gatherer.carriedBytes;
    this.#bytesSince =
      recognised > this.#recognisedBefore ? 0 : this.#bytesSince + carried - this.#carriedBefore;
    this.#recognisedBefore = recognised;
    this.#carriedBefore = carried;
    if (this.#bytesSince > MOST_BYTES_WITHOUT_RECORD) {
      throw notALogFile(
        'Reading stopped: a gigabyte had no record of CloudTrail in it. Take out what is none, and import the file again.',
      );
    }
  }

  end(): void {
    this.#scanner.end();
  }

  /** Quarantines what concerns the whole file. */
  refuseFile(code: QuarantineEntry['code'], reason: string): void {
    this.#ofFile = { source: this.#path, code, reason };
  }

  /** Counts what was read. */
  close(): void {
    const { counts } = this.#gatherer;
    counts.records += this.#scanner.records;
    counts.otherRecords += this.#scanner.skipped;
    if (this.#ofFile !== undefined) counts.records++;
    for (const entry of this.#unrecognised.entries(this.#recognised > 0, this.#ofFile)) {
      this.#quarantineEntry(entry);
    }
  }

  #quarantineEntry(entry: QuarantineEntry): void {
    this.refused += entry.places ?? 1;
    this.#gatherer.quarantine(entry);
  }

  get #taken(): number {
    const { kmsEvents, jobEvents, otherRecords } = this.#gatherer.counts;
    return kmsEvents + jobEvents + otherRecords;
  }

  get #recognised(): number {
    return this.#understood + this.#scanner.skipped;
  }

  #take(bytes: Buffer, index: number, offset: number): void {
    const source = `${this.#path}#${index}`;
    let value: unknown;
    try {
      value = parseJson(bytes.toString());
    } catch {
      this.#refuse(source, 'not-json', 'The record is no JSON.', bytes, offset);
      return;
    }
    const before = this.#taken;
    const refused = this.#gatherer.take(value, this.#taking);
    if (this.#taken > before) this.#understood += 1;
    this.#quarantineAll(source, refused, bytes, offset);
  }

  /** The scanner counts no record that it cannot hand out. */
  #takeFault({ code, reason, bytes, index, offset }: ScanFault): void {
    const source = `${this.#path}#${index}`;
    this.#gatherer.counts.records++;
    // A text in a list, or a line that has a record behind a time or a heading.
    const text = code === 'too-large' ? undefined : (textIn(bytes) ?? bytes.toString());
    const refused = text === undefined ? undefined : this.#gatherer.takeCarried(text, this.#taking);
    if (refused === undefined) this.#refuse(source, code, reason, bytes, offset);
    else {
      this.#understood += 1;
      this.#quarantineAll(source, refused, bytes, offset);
    }
  }

  #quarantineAll(source: string, refused: readonly Refused[], whole: Buffer, offset: number): void {
    for (const { code, reason, isKms, bytes = whole } of refused) {
      this.#quarantine(source, code, reason, bytes, offset, isKms);
    }
  }

  /** Quarantines what is no sound JSON. */
  #refuse(source: string, code: ScanFault['code'], reason: string, bytes: Buffer, offset: number): void {
    const isKms = isKmsFault(bytes);
    if (isKms) this.#gatherer.counts.kmsEvents++;
    this.#quarantine(source, code, reason, bytes, offset, isKms);
  }

  #quarantine(...parts: Parameters<typeof quarantineEntry>): void {
    const [, , , bytes, offset, isKms] = parts;
    const entry = () => quarantineEntry(...parts);
    if (isKms) {
      this.#understood += 1;
      this.#quarantineEntry(entry());
    } else {
      this.#unrecognised.add(entry, bytes, offset, this.#recognised);
      this.#checkBytes();
    }
  }
}

/** The text that an element of an array is, which may hold a record. */
function textIn(bytes: Buffer): string | undefined {
  if (bytes[0] !== QUOTE) return undefined;
  try {
    const value = parseJson(bytes.toString());
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
