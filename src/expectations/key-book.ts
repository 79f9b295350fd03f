import type { Principal } from '../kms/key-use.ts';
import type { Expectation } from './expectation.ts';
import type { Permission } from './permission.ts';
import { PrincipalIndex } from './principal-index.ts';

/** A permission for a key, and when it holds: `[fromMs, toMs)`. */
export interface KeyEntry {
  readonly permission: Permission;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The permissions that speak of one key, alias, account, or of all ML keys. */
export class KeyBook {
  readonly #principals = new PrincipalIndex<KeyEntry>();
  readonly #stretches: KeyEntry[] = [];
  #isAlways = false;

  /**
   * Adds what an expectation says, in the order of ids.
   * @param namedFromMs from when on it names the key
   */
  add(permission: Permission, expectation: Expectation, namedFromMs: number): void {
    const entry = { permission, fromMs: Math.max(namedFromMs, permission.fromMs), toMs: permission.toMs };
    if (entry.fromMs >= entry.toMs) return;
    for (const principal of expectation.principals) this.#principals.add(principal, entry);
    if (isBound(entry)) this.#stretches.push(entry);
    else this.#isAlways = true;
  }

  /** Whether any is in force at a time; for no time in particular, undefined where it hangs on that. */
  isInForce(timeMs: number | undefined): boolean | undefined {
    if (this.#isAlways) return true;
    if (timeMs === undefined) return this.#stretches.length === 0 ? false : undefined;
    for (const { fromMs, toMs } of this.#stretches) if (timeMs >= fromMs && timeMs < toMs) return true;
    return false;
  }

  /** The lists of those for a principal, each in the order of ids. */
  entriesFor(principal: Pick<Principal, 'type' | 'id' | 'accountId'>): (readonly KeyEntry[])[] {
    return this.#principals.lists(principal);
  }

  entriesForRoleKey(roleKey: string): readonly KeyEntry[] {
    return this.#principals.ofRoleKey(roleKey);
  }
}

export function isBound({ fromMs, toMs }: KeyEntry): boolean {
  return fromMs !== Number.NEGATIVE_INFINITY || toMs !== Number.POSITIVE_INFINITY;
}
