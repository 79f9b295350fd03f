import type { Principal } from '../cloudtrail/identity.ts';
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
export class KeyPermissions {
  readonly #principals = new PrincipalIndex<KeyEntry>();
  /** From when on any names the key. */
  #spokenFromMs = Number.POSITIVE_INFINITY;

  /**
   * Adds what an expectation says, in the order of ids.
   * @param namedFromMs from when on it names the key
   */
  add(permission: Permission, expectation: Expectation, namedFromMs: number): void {
    const entry = { permission, fromMs: Math.max(namedFromMs, permission.fromMs), toMs: permission.toMs };
    this.#spokenFromMs = Math.min(this.#spokenFromMs, entry.fromMs);
    if (entry.fromMs >= entry.toMs) return;
    for (const principal of expectation.principals) this.#principals.add(principal, entry);
  }

  /**
   * Whether any names the key at a time, also one that has ended since: what it allowed is not expected any more. For no
   * time in particular, undefined where it hangs on that.
   */
  namesKeyAt(timeMs: number | undefined): boolean | undefined {
    if (this.#spokenFromMs === Number.NEGATIVE_INFINITY) return true;
    if (timeMs === undefined) return this.#spokenFromMs === Number.POSITIVE_INFINITY ? false : undefined;
    return timeMs >= this.#spokenFromMs;
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
