import { createHash } from 'node:crypto';
import { RecordScanner, type RecordScannerOptions, type ScanFault } from '../cloudtrail/record-scanner.ts';
import type { KeyUse } from '../kms/key-use.ts';
import { parseJson } from '../text/parse-json.ts';
import type { ByteSink } from './feed-log-bytes.ts';
import { isKmsFault } from './is-kms-fault.ts';
import { type QuarantineEntry, quarantineEntry } from './quarantine.ts';
import type { RecordGatherer, Refused } from './record-gatherer.ts';

const QUOTE = 0x22;

/** The most entries of one file for unrecognised records: a file of another kind has one in each line. */
const LISTED_UNRECOGNISED = 3;

/** The unrecognised records of one file, without those of KMS: the first are listed, the rest summed up. */
class UnrecognisedRecords {
  readonly #path: string;
  #count = 0;
  #restOffset = 0;
  readonly #restHash = createHash('sha256');

  constructor(path: string) {
    this.#path = path;
  }

  isListed(bytes: Uint8Array, offset: number): boolean {
    this.#count += 1;
    if (this.#count <= LISTED_UNRECOGNISED) return true;
    if (this.#count === LISTED_UNRECOGNISED + 1) this.#restOffset = offset;
    this.#restHash.update(bytes);
    return false;
  }

  rest(): QuarantineEntry | undefined {
    const count = this.#count - LISTED_UNRECOGNISED;
    if (count <= 0) return undefined;
    return {
      source: this.#path,
      code: 'not-a-record',
      reason: `In ${count} more places from here on the file has something else than records of CloudTrail.`,
      places: count,
      offset: this.#restOffset,
      sha256: this.#restHash.digest('hex'),
    };
  }
}

export interface LogFileReaderOptions {
  readonly scanner?: RecordScannerOptions;
  /** Called with each use. */
  readonly onUse?: (use: KeyUse) => void;
}

/** Reads log files one after another into a gatherer, counting and quarantining on the way. */
export class LogFileReader {
  readonly gatherer: RecordGatherer;
  readonly #options: LogFileReaderOptions;
  #unrecognised = new UnrecognisedRecords('');

  constructor(gatherer: RecordGatherer, options: LogFileReaderOptions = {}) {
    this.gatherer = gatherer;
    this.#options = options;
  }

  /**
   * @param feed feeds the bytes of what the path names to the sink, and ends it
   * @param ready asked now and then in a large file: who takes what was gathered so far may be waited for
   * @throws what `feed` says where it cannot be read
   */
  async read(
    path: string,
    feed: (path: string, sink: ByteSink) => Promise<string | undefined>,
    ready?: () => Promise<void> | undefined,
  ): Promise<void> {
    const { gatherer } = this;
    this.#unrecognised = new UnrecognisedRecords(path);
    const scanner = new RecordScanner(
      {
        onRecord: (_kind, bytes, index, offset) => this.#take(path, bytes, index, offset),
        onFault: (fault) => this.#takeFault(path, fault),
      },
      this.#options.scanner,
    );
    try {
      const problem = await feed(path, {
        push: (chunk) => scanner.push(chunk),
        end: () => scanner.end(),
        ...(ready === undefined ? {} : { ready }),
      });
      if (problem !== undefined) {
        gatherer.quarantine({ source: path, code: 'cut-short', reason: problem });
        gatherer.counts.records++;
      }
      gatherer.counts.files++;
    } finally {
      // What was read before the disk failed is gathered.
      gatherer.counts.records += scanner.records;
      gatherer.counts.otherRecords += scanner.skipped;
      const rest = this.#unrecognised.rest();
      if (rest !== undefined) gatherer.quarantine(rest);
    }
  }

  #take(path: string, bytes: Buffer, index: number, offset: number): void {
    const source = `${path}#${index}`;
    let value: unknown;
    try {
      value = parseJson(bytes.toString());
    } catch {
      this.#refuse(source, 'not-json', 'The record is no JSON.', bytes, offset);
      return;
    }
    this.#quarantineAll(source, this.gatherer.take(value, this.#options.onUse), bytes, offset);
  }

  #quarantineAll(source: string, refused: readonly Refused[], whole: Buffer, offset: number): void {
    for (const { code, reason, isKms, bytes = whole } of refused) {
      this.#quarantine(source, code, reason, bytes, offset, isKms);
    }
  }

  /** The scanner counts no record that it cannot hand out. */
  #takeFault(path: string, { code, reason, bytes, index, offset }: ScanFault): void {
    const source = `${path}#${index}`;
    this.gatherer.counts.records++;
    // A text in a list, or a line that has a record behind a time or a heading.
    const text = code === 'too-large' ? undefined : (textIn(bytes) ?? bytes.toString());
    const refused = text === undefined ? undefined : this.gatherer.takeCarried(text, this.#options.onUse);
    if (refused === undefined) this.#refuse(source, code, reason, bytes, offset);
    else this.#quarantineAll(source, refused, bytes, offset);
  }

  /** Quarantines what is no sound JSON. */
  #refuse(source: string, code: ScanFault['code'], reason: string, bytes: Buffer, offset: number): void {
    const isKms = isKmsFault(bytes);
    if (isKms) this.gatherer.counts.kmsEvents++;
    this.#quarantine(source, code, reason, bytes, offset, isKms);
  }

  #quarantine(...parts: Parameters<typeof quarantineEntry>): void {
    const [, , , bytes, offset, isKms] = parts;
    if (isKms || this.#unrecognised.isListed(bytes, offset))
      this.gatherer.quarantine(quarantineEntry(...parts));
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
