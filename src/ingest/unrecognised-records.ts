import { createHash, type Hash } from 'node:crypto';
import { textFormat } from './foreign-format.ts';
import type { QuarantineEntry } from './quarantine.ts';
import { notALogFile } from './text-layers.ts';

/** The most entries of one file for unrecognised records: a file of another kind has one in each line. */
const LISTED = 3;
/** How many there may be before it matters what share of the file they are, and how long. */
const MOST_WITHOUT_LOOKING = 100_000;
/** Fewer bytes each than any log line has: `{}` a hundred million times. */
const SHORT_BYTES = 64;
const HEAD_BYTES = 512;

/** The unrecognised parts of one file, without those of KMS: the first are listed, the rest summed up. */
export class UnrecognisedRecords {
  readonly #path: string;
  readonly #listed: QuarantineEntry[] = [];
  #head = Buffer.alloc(0);
  #count = 0;
  #bytes = 0;
  #restOffset = 0;
  readonly #all: Hash = createHash('sha256');
  #rest: Hash | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * @param recognised how many records of the file were recognised so far
   * @throws KeytrailError `not-a-log-file` where nearly all of the file is short and unrecognised: it may not end
   */
  add(entry: () => QuarantineEntry, bytes: Buffer, offset: number, recognised: number): void {
    this.#count += 1;
    this.#bytes += bytes.length;
    if (this.#count <= LISTED) {
      if (this.#count === 1) this.#head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
      this.#listed.push(entry());
    } else {
      if (this.#rest === undefined) {
        this.#rest = createHash('sha256');
        this.#restOffset = offset;
      }
      this.#rest.update(bytes);
    }
    this.#all.update(bytes);
    const isShort = this.#bytes < this.#count * SHORT_BYTES;
    if (this.#count > MOST_WITHOUT_LOOKING && isShort && recognised * 100 < this.#count) {
      throw notALogFile(
        `Reading stopped at byte ${offset}: hardly any of the ${this.#count} elements before it is a record of CloudTrail. Take out what is none, and import the file again.`,
      );
    }
  }

  /**
   * @param isAnyRecognised whether anything else in the file was recognised: if not, one entry says what the file is
   * @param ofFile what is wrong with the file as a whole
   */
  *entries(isAnyRecognised: boolean, ofFile: QuarantineEntry | undefined): Generator<QuarantineEntry> {
    const [first] = this.#listed;
    if (!isAnyRecognised && this.#count > 1) {
      yield {
        source: this.#path,
        code: 'not-a-log-file',
        reason: ofFile?.reason ?? this.#whatItIs(),
        places: this.#count + (ofFile === undefined ? 0 : 1),
        offset: first?.offset ?? 0,
        sha256: this.#all.digest('hex'),
      };
      return;
    }
    if (ofFile !== undefined) yield ofFile;
    yield* this.#listed;
    if (this.#rest === undefined) return;
    const places = this.#count - LISTED;
    yield {
      source: this.#path,
      code: 'not-a-record',
      reason: `In ${places} more places from here on the file has something else than records of CloudTrail.`,
      places,
      offset: this.#restOffset,
      sha256: this.#rest.digest('hex'),
    };
  }

  #whatItIs(): string {
    return this.#listed[0]?.code === 'not-json'
      ? textFormat(this.#head.toString())
      : `None of its ${this.#count} elements is a record of CloudTrail: import the log files of the trail as they were delivered.`;
  }
}
