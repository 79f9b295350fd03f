import { placeOfPath } from '../cloudtrail/record-place.ts';
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
   * @returns why the file was left out, as a sentence; undefined where it was read
   * @throws what `feed` says where it cannot be read
   */
  async read(
    path: string,
    feed: (path: string, sink: ByteSink) => Promise<string | undefined>,
    { ready, refuses, wholePath = path }: ReadOptions = {},
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
    try {
      const problem = (await feed(path, layers)) ?? layers.problem;
      if (problem !== undefined) records.refuseFile('cut-short', problem);
    } catch (error) {
      if (!(error instanceof KeytrailError) || error.code !== 'not-a-log-file') throw error;
      if (refuses !== undefined && records.isEmpty) return error.message;
      records.refuseFile('not-a-log-file', error.message);
    } finally {
      // What was read before the disk failed is gathered.
      records.close();
    }
    gatherer.counts.files++;
    return undefined;
  }
}
