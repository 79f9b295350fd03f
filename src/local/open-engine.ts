import type { Server } from 'node:http';
import dynalite from 'dynalite';
import inside from 'dynalite/db/index.js';
import type { Level } from 'level';
import { tuneLevel } from './tune-level.ts';

export interface OpenEngine {
  /** dynalite's, not listening yet. */
  readonly server: Server;
  /** The database that it lays its items into. */
  readonly level: Level<string, unknown>;
}

/** Opens dynalite on a folder, and gets hold of its database, which it keeps to itself. */
export function openEngine(path: string): OpenEngine {
  tuneLevel();
  let level: Level<string, unknown> | undefined;
  const { create } = inside;
  inside.create = (options) => {
    const store = create(options);
    level = store.db;
    return store;
  };
  try {
    const server = dynalite({ path, createTableMs: 0, updateTableMs: 0 });
    if (level === undefined) throw new Error('the engine made no database');
    return { server, level };
  } finally {
    inside.create = create;
  }
}
