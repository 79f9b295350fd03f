/** Quarantined bytes that are too large for an item, by the names that their entries have. */
export interface LargeBytes {
  keep(name: string, bytes: Uint8Array): Promise<void>;
  /** @returns undefined where there are none of that name */
  read(name: string): Promise<Uint8Array | undefined>;
  drop(name: string): Promise<void>;
}
