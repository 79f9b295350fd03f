import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { KeytrailError } from '../keytrail-error.ts';
import type { ObjectStore } from '../s3/object-store.ts';
import type { Table } from '../table/table.ts';
import type {
  DaySealed,
  FilesRead,
  ImportWorkerData,
  OrderFailed,
  WorkersTable,
  WorkOrder,
} from './import-worker.ts';
import { serveObjects } from './remote-objects.ts';
import { serveTable } from './remote-table.ts';

/**
 * What a worker makes it throws away at once: a young generation that fits a processor's cache is collected
 * faster than V8's own, and does not grow.
 */
const YOUNG_GENERATION_MB = 12;

/** A thread that reads files and seals days, one order at a time. */
export class ImportWorker {
  readonly #worker: Worker;
  #isEnded = false;

  /**
   * @param reading the key of the keyed hash of access keys, and when the files are read
   * @param store the folder of an embedded store, or the table that calls go to by this thread
   */
  constructor(
    reading: Pick<ImportWorkerData, 'hashKey' | 'readMs'>,
    store: string | Table,
    objects: ObjectStore | undefined,
  ) {
    const transferList: MessagePort[] = [];
    let table: WorkersTable;
    if (typeof store === 'string') table = { kind: 'embedded', dataFolder: store };
    else {
      const toTable = new MessageChannel();
      serveTable(toTable.port1, store);
      transferList.push(toTable.port2);
      table = { kind: 'remote', port: toTable.port2 };
    }
    let workerData: ImportWorkerData = { ...reading, table };
    if (objects !== undefined) {
      const toObjects = new MessageChannel();
      serveObjects(toObjects.port1, objects);
      transferList.push(toObjects.port2);
      workerData = { ...workerData, objectsPort: toObjects.port2 };
    }
    // Beside this file as it is run: in the sources, or in the built package.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./import-worker.${extension}`, import.meta.url), {
      workerData,
      transferList,
      resourceLimits: { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
  }

  ask(order: WorkOrder): Promise<FilesRead | DaySealed> {
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      if (this.#isEnded) return reject(ended());
      const settle = (finish: () => void) => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        finish();
      };
      const onMessage = (answer: FilesRead | DaySealed | OrderFailed) =>
        settle(() => (answer.kind === 'failed' ? reject(failureOf(answer)) : resolve(answer)));
      const onError = (error: Error) => settle(() => reject(error));
      const onExit = () => settle(() => reject(ended()));
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage(order);
    });
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#worker.terminate();
  }
}

function ended(): Error {
  return new Error('an import worker ended before its work was done');
}

function failureOf({ error, code }: OrderFailed): unknown {
  return code === undefined || !(error instanceof Error)
    ? error
    : new KeytrailError(code, error.message, { cause: error });
}
