import { AT } from './fact.ts';
import type { RowSet } from './row-set.ts';

const NO_ROLE = 0;
export const DESTINATION = 1;
const ROLES: ReadonlyMap<string | null, number> = new Map([
  ['destination', DESTINATION],
  ['source', 2],
]);

/** The two rows of a ReEncrypt share an event id and differ in the role of their key. */
export class RoleByProfile {
  readonly #facts: RowSet;
  readonly #roles: number[] = [];

  constructor(facts: RowSet) {
    this.#facts = facts;
  }

  /** In the order of their names: 0 none, 1 destination, 2 source. */
  of(row: number): number {
    const number = this.#facts.profile[row] as number;
    let role = this.#roles[number];
    if (role === undefined) {
      role = ROLES.get(this.#facts.profileAt(number)[AT.keyRole]) ?? NO_ROLE;
      this.#roles[number] = role;
    }
    return role;
  }
}
