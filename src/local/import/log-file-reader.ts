import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { parseEvent } from '../../cloudtrail/parse-event.ts';
import { parseJson } from '../../cloudtrail/parse-json.ts';
import { RecordScanner, type RecordScannerOptions, type ScanFault } from '../../cloudtrail/record-scanner.ts';
import { SegmentBuilder } from '../../history/append.ts';
import { type QuarantineEntry, quarantineEntry } from '../../history/quarantine.ts';
import type { KeyUse } from '../../kms/key-use.ts';
import { grantFactOf } from '../../sagemaker/grant-fact.ts';
import type { JobFact } from '../../sagemaker/job-fact.ts';
import type { ByteSink } from './feed-log-bytes.ts';
import { noCounts, type ReadCounts } from './import-counts.ts';
import { isKmsFault } from './is-kms-fault.ts';
import { readLogFile } from './read-log-file.ts';

/** Distinct access keys whose hashes are remembered; a day of a busy account has some thousands. */
const REMEMBERED_HASHES = 50_000;

/** Entries of one file for what is no record of KMS: a file of another kind would have one for each of its lines. */
const LISTED_STRANGERS = 1_000;

/** What of one file is neither understood nor KMS's: the first of it is listed, the rest summed up. */
class Strangers {
  readonly #path: string;
  #count = 0;
  #restOffset = 0;
  readonly #restHash = createHash('sha256');

  constructor(path: string) {
    this.#path = path;
  }

  isListed(bytes: Uint8Array, offset: number): boolean {
    this.#count += 1;
    if (this.#count <= LISTED_STRANGERS) return true;
    if (this.#count === LISTED_STRANGERS + 1) this.#restOffset = offset;
    this.#restHash.update(bytes);
    return false;
  }

  rest(): QuarantineEntry | undefined {
    const count = this.#count - LISTED_STRANGERS;
    if (count <= 0) return undefined;
    return {
      source: this.#path,
      code: 'not-a-record',
      reason: `In ${count} more places from here on the file has something else than records of CloudTrail.`,
      offset: this.#restOffset,
      sha256: this.#restHash.digest('hex'),
    };
  }
}

/** Reads log files one after another into a segment builder, counting and quarantining on the way. */
export class LogFileReader {
  readonly builder = new SegmentBuilder();
  counts: ReadCounts = noCounts();
  quarantined: QuarantineEntry[] = [];
  /** What was told of jobs since they were last taken. */
  jobFacts: JobFact[] = [];
  readonly #hashKey: KeyObject;
  readonly #hashes = new Map<string, string>();
  readonly #scannerOptions: RecordScannerOptions;
  #strangers = new Strangers('');

  /** @param hashKey of the keyed hash that stands for access key ids */
  constructor(hashKey: Uint8Array, scannerOptions: RecordScannerOptions = {}) {
    this.#hashKey = createSecretKey(hashKey);
    this.#scannerOptions = scannerOptions;
  }

  /**
   * @param ready asked now and then in a large file: who takes what was gathered so far may be waited for
   * @param feed feeds the bytes of what is no file
   * @throws what the file system, or `feed`, says where it cannot be read
   */
  async read(
    path: string,
    ready?: () => Promise<void> | undefined,
    feed: (path: string, sink: ByteSink) => Promise<string | undefined> = readLogFile,
  ): Promise<void> {
    this.#strangers = new Strangers(path);
    const scanner = new RecordScanner(
      {
        onRecord: (_kind, bytes, index, offset) => this.#take(path, bytes, index, offset),
        onFault: ({ code, reason, bytes, index, offset }) => {
          // The scanner counts no record that it cannot hand out.
          if (this.#refuse(`${path}#${index}`, code, reason, bytes, offset)) this.counts.records++;
        },
      },
      this.#scannerOptions,
    );
    try {
      const problem = await feed(path, {
        push: (chunk) => scanner.push(chunk),
        end: () => scanner.end(),
        ...(ready === undefined ? {} : { ready }),
      });
      if (problem !== undefined) {
        this.quarantined.push({ source: path, code: 'cut-short', reason: problem });
      }
      this.counts.files++;
    } finally {
      // What was read before the disk failed is in the builder.
      this.counts.records += scanner.records;
      const rest = this.#strangers.rest();
      if (rest !== undefined) this.quarantined.push(rest);
    }
  }

  #take(path: string, bytes: Buffer, index: number, offset: number): void {
    let value: unknown;
    try {
      value = parseJson(bytes.toString());
    } catch {
      this.#refuse(`${path}#${index}`, 'not-json', 'The record is no JSON.', bytes, offset);
      return;
    }
    const event = parseEvent(value, { hashAccessKey: (id) => this.#hash(id) });
    switch (event.kind) {
      case 'key-use':
        this.counts.kmsEvents++;
        for (const use of event.uses) this.#addUse(use);
        break;
      case 'job-event':
        this.counts.jobEvents++;
        this.jobFacts.push(...event.facts);
        break;
      case 'session':
        this.jobFacts.push(...event.facts);
        break;
      case 'quarantine':
        if (event.isKms) this.counts.kmsEvents++;
        this.#quarantine(`${path}#${index}`, event.code, event.reason, bytes, offset, event.isKms);
        break;
      case 'other':
        break;
      default:
        event satisfies never;
    }
  }

  #addUse(use: KeyUse): void {
    this.builder.add(use);
    const grant = grantFactOf(use);
    if (grant !== undefined) this.jobFacts.push(grant);
  }

  /** Quarantines what is no sound JSON; answers whether it is a record of KMS's. */
  #refuse(source: string, code: ScanFault['code'], reason: string, bytes: Buffer, offset: number): boolean {
    const isKms = isKmsFault(bytes);
    if (isKms) this.counts.kmsEvents++;
    this.#quarantine(source, code, reason, bytes, offset, isKms);
    return isKms;
  }

  #quarantine(...parts: Parameters<typeof quarantineEntry>): void {
    const [, , , bytes, offset, isKms] = parts;
    if (isKms || this.#strangers.isListed(bytes, offset)) this.quarantined.push(quarantineEntry(...parts));
  }

  #hash(accessKeyId: string): string {
    let hash = this.#hashes.get(accessKeyId);
    if (hash === undefined) {
      hash = createHmac('sha256', this.#hashKey).update(accessKeyId).digest('base64url').slice(0, 16);
      if (this.#hashes.size >= REMEMBERED_HASHES) this.#hashes.clear();
      this.#hashes.set(accessKeyId, hash);
    }
    return hash;
  }
}
