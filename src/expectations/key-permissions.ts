import type { Principal } from '../cloudtrail/identity.ts';
import type { Expectation } from './expectation.ts';
import type { Permission } from './permission.ts';
import { PrincipalIndex } from './principal-index.ts';

/** A permission for a key, valid in `[fromMs, toMs)`. */
export interface KeyEntry {
  readonly permission: Permission;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The permissions for one key, alias or account, or for all ML keys. */
export class KeyPermissions {
  readonly #principals = new PrincipalIndex<KeyEntry>();
  /** From when any of them names the key. */
  #namedFromMs = Number.POSITIVE_INFINITY;

  /** From when any of them marks the key as retired. */
  #retiredFromMs = Number.POSITIVE_INFINITY;

  /**
   * Adds the permission of an expectation. Call in the order of ids.
   * @param namedFromMs from when it names the key
   */
  add(permission: Permission, expectation: Expectation, namedFromMs: number): void {
    const entry = { permission, fromMs: Math.max(namedFromMs, permission.fromMs), toMs: permission.toMs };
    this.#namedFromMs = Math.min(this.#namedFromMs, entry.fromMs);
    if (expectation.retired === true) this.#retiredFromMs = Math.min(this.#retiredFromMs, entry.fromMs);
    if (entry.fromMs >= entry.toMs) return;
    for (const principal of expectation.principals) this.#principals.add(principal, entry);
  }

  /**
   * Whether any of them names the key at a time, also one that has ended: what it allowed is then unexpected. Without a
   * time, undefined if the answer depends on it.
   */
  namesKeyAt(timeMs: number | undefined): boolean | undefined {
    if (this.#namedFromMs === Number.NEGATIVE_INFINITY) return true;
    if (timeMs === undefined) return this.#namedFromMs === Number.POSITIVE_INFINITY ? false : undefined;
    return timeMs >= this.#namedFromMs;
  }

  /** Whether any of them marks the key as retired at a time, also one that has ended. */
  isRetiredAt(timeMs: number): boolean {
    return timeMs >= this.#retiredFromMs;
  }

  /** The lists of entries for a principal, each in the order of ids. */
  entriesFor(principal: Pick<Principal, 'type' | 'id' | 'accountId'>): (readonly KeyEntry[])[] {
    return this.#principals.lists(principal);
  }

  entriesForRoleKey(roleKey: string): readonly KeyEntry[] {
    return this.#principals.ofRoleKey(roleKey);
  }
}

/** Whether an entry is limited in time. */
export function isBound({ fromMs, toMs }: KeyEntry): boolean {
  return fromMs !== Number.NEGATIVE_INFINITY || toMs !== Number.POSITIVE_INFINITY;
}
