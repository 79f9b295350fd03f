import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { parseEvent } from '../../cloudtrail/parse-event.ts';
import { RecordScanner, type RecordScannerOptions } from '../../cloudtrail/record-scanner.ts';
import { SegmentBuilder } from '../../history/append.ts';
import { type QuarantineEntry, quarantineEntry } from '../../history/quarantine.ts';
import { noCounts, type ReadCounts } from './import-counts.ts';
import { readLogFile } from './read-log-file.ts';

/** Distinct access keys whose hashes are remembered; a day of a busy account has some thousands. */
const REMEMBERED_HASHES = 50_000;

/** Reads log files one after another into a segment builder, counting and quarantining on the way. */
export class LogFileReader {
  readonly builder = new SegmentBuilder();
  counts: ReadCounts = noCounts();
  quarantined: QuarantineEntry[] = [];
  readonly #hashKey: KeyObject;
  readonly #hashes = new Map<string, string>();
  readonly #scannerOptions: RecordScannerOptions;

  /** @param hashKey of the keyed hash that stands for access key ids */
  constructor(hashKey: Uint8Array, scannerOptions: RecordScannerOptions = {}) {
    this.#hashKey = createSecretKey(hashKey);
    this.#scannerOptions = scannerOptions;
  }

  /** @throws what the file system says where the file cannot be read */
  async read(path: string): Promise<void> {
    const scanner = new RecordScanner(
      {
        onRecord: (_kind, bytes, index, offset) => this.#take(path, bytes, index, offset),
        onFault: ({ code, reason, bytes, index, offset }) => {
          this.quarantined.push(quarantineEntry(`${path}#${index}`, code, reason, bytes, offset, false));
        },
      },
      this.#scannerOptions,
    );
    const problem = await readLogFile(path, scanner);
    if (problem !== undefined) {
      this.quarantined.push({ source: path, code: 'cut-short', reason: problem });
    }
    this.counts.files++;
    this.counts.records += scanner.records;
  }

  #take(path: string, bytes: Buffer, index: number, offset: number): void {
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString());
    } catch {
      const reason = 'The record is no JSON.';
      this.quarantined.push(quarantineEntry(`${path}#${index}`, 'not-json', reason, bytes, offset, false));
      return;
    }
    const event = parseEvent(value, { hashAccessKey: (id) => this.#hash(id) });
    switch (event.kind) {
      case 'key-use':
        this.counts.kmsEvents++;
        for (const use of event.uses) this.builder.add(use);
        break;
      case 'job-event':
        this.counts.jobEvents++;
        break;
      case 'quarantine':
        if (event.isKms) this.counts.kmsEvents++;
        this.quarantined.push(
          quarantineEntry(`${path}#${index}`, event.code, event.reason, bytes, offset, event.isKms),
        );
        break;
      case 'other':
        break;
      default:
        event satisfies never;
    }
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
