import { ID_BYTES, type RowSet } from './row-set.ts';

/** An open-addressing hash table from (event id, role) to the first row that had it. */
export class IdTable {
  readonly #slots: Int32Array;
  readonly #roles: Uint8Array;
  readonly #mask: number;

  /** @param capacity how many rows may be added at the most */
  constructor(capacity: number) {
    let size = 16;
    while (size < capacity * 2) size *= 2;
    this.#slots = new Int32Array(size).fill(-1);
    this.#roles = new Uint8Array(size);
    this.#mask = size - 1;
  }

  /** The first row of this id and role; `row` itself where it is the first. */
  findOrAdd(facts: RowSet, row: number, role: number): number {
    const at = row * ID_BYTES;
    const ids = facts.ids;
    // Event ids are random GUIDs: four of their bytes are hash enough. Others are SHA-256 heads.
    const start =
      (ids[at] as number) |
      ((ids[at + 1] as number) << 8) |
      ((ids[at + 2] as number) << 16) |
      ((ids[at + 12] as number) << 24);
    for (let slot = start & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const found = this.#slots[slot] as number;
      if (found === -1) {
        this.#slots[slot] = row;
        this.#roles[slot] = role;
        return row;
      }
      if (this.#roles[slot] === role && facts.sameId(found, row)) return found;
    }
  }
}
