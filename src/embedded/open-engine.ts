import type { Server } from 'node:http';
import dynalite from 'dynalite';
import inside, { type EngineLock, type EngineStore } from 'dynalite/db/index.js';
import type { Level } from 'level';
import { tuneLevel } from './tune-level.ts';

export interface OpenEngine {
  /** dynalite's, not listening yet. */
  readonly server: Server;
  /** The database that it lays its items into. */
  readonly level: Level<string, unknown>;
  /** What dynalite locks an item of a table by, under its key within the table. */
  lockOf(tableName: string): EngineLock;
}

/** Opens dynalite on a folder, and gets hold of its database, which it keeps to itself. */
export function openEngine(path: string): OpenEngine {
  tuneLevel();
  let made: EngineStore | undefined;
  const { create } = inside;
  inside.create = (options) => {
    made = create(options);
    return made;
  };
  try {
    const server = dynalite({ path, createTableMs: 0, updateTableMs: 0 });
    if (made === undefined) throw new Error('the engine made no database');
    const store: EngineStore = made;
    return { server, level: store.db, lockOf: (tableName) => store.getItemDb(tableName).lock };
  } finally {
    inside.create = create;
  }
}
