/** Stores quarantined bytes that are too large for a table item, by the names of their quarantine entries. */
export interface LargeBytes {
  keep(name: string, bytes: Uint8Array): Promise<void>;
  /** @returns undefined if there are none of that name */
  read(name: string): Promise<Uint8Array | undefined>;
  drop(name: string): Promise<void>;
}
