import { createHash } from 'node:crypto';
import { placeOfPath } from '../cloudtrail/record-place.ts';
import { READER_VERSION, type ReadSource } from '../history/append/read-sources.ts';
import { type RecordSource, sourceIdOf } from '../history/facts/source.ts';
import { KeytrailError } from '../keytrail-error.ts';
import type { ByteSink } from './feed-log-bytes.ts';
import { FileRecords, type FileRecordsOptions } from './file-records.ts';
import type { RecordGatherer } from './record-gatherer.ts';
import { TextLayers } from './text-layers.ts';

export interface ReadOptions {
  /** Asked now and then in a large file: who takes what was gathered so far may be waited for. */
  readonly ready?: () => Promise<void> | undefined;
  /** Where given, a file may be left out by how its text begins: it answers why. */
  readonly refuses?: (head: Buffer) => string | undefined;
  /** The whole path, where the one given is not: the folders that it lies in say whose records it may have. */
  readonly wholePath?: string;
  /** Where given, the records are noted as read there. */
  readonly source?: SourceOfFile;
}

interface SourceOfFile {
  readonly kind: 'object' | 'local-file';
  /** Asked before a file is read: one that is known with the same bytes is not read again. */
  readonly isKnown?: (source: Required<RecordSource>) => Promise<boolean>;
}

/** Reads log files one after another into a gatherer, counting and quarantining on the way. */
export class LogFileReader {
  readonly gatherer: RecordGatherer;
  readonly #options: FileRecordsOptions;

  constructor(gatherer: RecordGatherer, options: FileRecordsOptions = {}) {
    this.gatherer = gatherer;
    this.#options = options;
  }

  /**
   * @param feed feeds the bytes of what the path names to the sink, and ends it
   * @returns why the file was left out, as a sentence; undefined where it was read, or is known
   * @throws what `feed` says where it cannot be read
   */
  async read(
    path: string,
    feed: (path: string, sink: ByteSink) => Promise<string | undefined>,
    { ready, refuses, wholePath = path, source }: ReadOptions = {},
  ): Promise<string | undefined> {
    const { gatherer } = this;
    const records = new FileRecords(path, gatherer, this.#options, placeOfPath(wholePath));
    const layers = new TextLayers(
      {
        push: (chunk) => records.push(chunk),
        end: () => records.end(),
        ...(ready === undefined ? {} : { ready }),
      },
      refuses === undefined ? {} : { refuses },
    );
    const noted = source === undefined ? undefined : new NotedSource(source, wholePath, records, layers);
    try {
      const problem = (await feed(path, noted ?? layers)) ?? layers.problem;
      if (problem !== undefined) records.refuseFile('cut-short', problem);
    } catch (error) {
      if (!(error instanceof KeytrailError) || error.code !== 'not-a-log-file') throw error;
      if (refuses !== undefined && records.isEmpty) return error.message;
      records.refuseFile('not-a-log-file', error.message);
    } finally {
      // What was read before the disk failed is gathered.
      records.close();
    }
    if (noted?.isKnown === true) {
      gatherer.counts.unchangedFiles++;
      return undefined;
    }
    const read = noted?.read();
    if (read !== undefined) gatherer.addSource(read);
    gatherer.counts.files++;
    return undefined;
  }
}

/** Notes where records are read on their way: hashes the bytes as they are stored, and as they are read. */
class NotedSource implements ByteSink {
  readonly #options: SourceOfFile;
  readonly #name: string;
  readonly #records: FileRecords;
  readonly #sink: ByteSink;
  readonly #hash = createHash('sha256');
  #source: Required<RecordSource> | undefined;
  /** Whether the file was read before with the same bytes, and so was not read now. */
  isKnown = false;

  constructor(options: SourceOfFile, name: string, records: FileRecords, sink: ByteSink) {
    this.#options = options;
    this.#name = name;
    this.#records = records;
    this.#sink = sink;
  }

  async begin(content: string): Promise<boolean> {
    const { kind, isKnown } = this.#options;
    this.#source = { kind, name: this.#name, content };
    this.isKnown = (await isKnown?.(this.#source)) ?? false;
    this.#records.readFrom(sourceIdOf(this.#source));
    return !this.isKnown;
  }

  push(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#sink.push(chunk);
  }

  end(): void | Promise<void> {
    return this.#sink.end();
  }

  ready(): Promise<void> | undefined {
    return this.#sink.ready?.();
  }

  /** What was read; undefined where nothing was. */
  read(): ReadSource | undefined {
    if (this.#source === undefined) return undefined;
    const { uses, times, refused } = this.#records;
    const sha256 = this.#hash.digest('hex');
    return { ...this.#source, sha256, uses, ...times, refused, reader: READER_VERSION };
  }
}
