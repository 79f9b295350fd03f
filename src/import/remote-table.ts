import type { MessagePort } from 'node:worker_threads';
import { KeytrailError, type KeytrailErrorCode } from '../keytrail-error.ts';
import type { Item, ItemKey, QueryRange, Table } from '../table/table.ts';

/** A call of the store contract on its way from a worker to the thread that has the table. */
type Call =
  | { readonly method: 'get'; readonly arguments: [ItemKey] }
  | { readonly method: 'getAll'; readonly arguments: [readonly ItemKey[]] }
  | { readonly method: 'query'; readonly arguments: [string, QueryRange | undefined] }
  | { readonly method: 'put'; readonly arguments: [Item] }
  | {
      readonly method: 'putIf';
      readonly arguments: [Item & { readonly version: number }, number | undefined];
    }
  | { readonly method: 'write'; readonly arguments: [readonly Item[], readonly ItemKey[] | undefined] };

interface Asked {
  readonly id: number;
  readonly call: Call;
}

interface Answered {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: { readonly code: KeytrailErrorCode; readonly message: string };
}

/** Answers the calls of a `RemoteTable` at the other end of a port. */
export function serveTable(port: MessagePort, table: Table): void {
  port.on('message', async ({ id, call }: Asked) => {
    try {
      port.postMessage({ id, value: await perform(table, call) } satisfies Answered);
    } catch (error) {
      const failure =
        error instanceof KeytrailError
          ? { code: error.code, message: error.message }
          : {
              code: 'store-unavailable' as const,
              message: error instanceof Error ? error.message : String(error),
            };
      port.postMessage({ id, failure } satisfies Answered);
    }
  });
}

function perform(table: Table, call: Call): Promise<unknown> {
  switch (call.method) {
    case 'get':
      return table.get(...call.arguments);
    case 'getAll':
      return table.getAll(...call.arguments);
    case 'query':
      return table.query(...call.arguments);
    case 'put':
      return table.put(...call.arguments);
    case 'putIf':
      return table.putIf(...call.arguments);
    case 'write':
      return table.write(...call.arguments);
    default:
      return call satisfies never;
  }
}

/** The table of another thread. */
export class RemoteTable implements Table {
  readonly #port: MessagePort;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #nextId = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', ({ id, value, failure }: Answered) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failure === undefined) waiting?.resolve(value);
      else waiting?.reject(new KeytrailError(failure.code, failure.message));
    });
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    return (await this.#ask({ method: 'get', arguments: [keyOf(key)] })) as Item | undefined;
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    return (await this.#ask({ method: 'getAll', arguments: [keys.map(keyOf)] })) as Item[];
  }

  async query(pk: string, range?: QueryRange): Promise<Item[]> {
    return (await this.#ask({ method: 'query', arguments: [pk, range] })) as Item[];
  }

  async put(item: Item): Promise<void> {
    await this.#ask({ method: 'put', arguments: [item] });
  }

  async putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean> {
    return (await this.#ask({ method: 'putIf', arguments: [item, expected] })) as boolean;
  }

  async write(puts: readonly Item[], deletes?: readonly ItemKey[]): Promise<void> {
    await this.#ask({ method: 'write', arguments: [puts, deletes?.map(keyOf)] });
  }

  // What comes back is what the table of the other thread answered, by the same contract.
  #ask(call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ id, call } satisfies Asked);
    });
  }
}

/** Items are handed in as keys; their bodies need not travel. */
function keyOf({ pk, sk }: ItemKey): ItemKey {
  return { pk, sk };
}
