declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** Folder of the LevelDB store; in memory when absent. */
    readonly path?: string;
    readonly createTableMs?: number;
    readonly updateTableMs?: number;
    readonly maxItemSizeKb?: number;
  }

  export default function dynalite(options?: DynaliteOptions): Server;
}

/** The part of dynalite that lays items into LevelDB, as far as `engine-table.ts` goes by it. */
declare module 'dynalite/db/index.js' {
  import type { Level } from 'level';

  export interface EngineStore {
    /**
     * The database that all tables lie in. dynalite puts methods of its own over `put`, `get`, `del` and
     * `batch`, which take no options.
     */
    readonly db: Level<string, unknown>;
    /** Where a table's items lie, with the lock under which dynalite reads, compares and puts one of them. */
    getItemDb(tableName: string): { readonly lock: EngineLock };
  }

  /** Runs `work` once nobody else has the key; whoever was wrapped by `release` gives it up when it is called. */
  export type EngineLock = (key: string, work: (release: (done: () => void) => () => void) => void) => void;

  interface EngineInside {
    /** Called by `dynalite()`, once, while it runs. */
    create(options: object): EngineStore;
    /** The hash of a partition key that the keys of its items begin with. */
    hashPrefix(hashKey: string, type: 'S'): string;
    /** A key's text so that the order of such texts is the order of keys. */
    toRangeStr(key: string, type: 'S'): string;
  }

  const inside: EngineInside;
  export default inside;
}
