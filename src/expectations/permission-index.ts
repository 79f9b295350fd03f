import { appendToList } from '../append-to-list.ts';
import { type AliasFact, aliasKey, aliasNameOf } from '../kms/alias-timeline.ts';
import type { Expectation } from './expectation.ts';
import { KeyPermissions } from './key-permissions.ts';
import type { Permission } from './permission.ts';

const EVER = Number.NEGATIVE_INFINITY;

/** How a use names its key. A bare alias is in the account and Region. */
interface NamedKey {
  readonly keyArn?: string | undefined;
  readonly keyRef?: string | undefined;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
}

/** The permissions of all expectations, found by how a use names its key. */
export class PermissionIndex {
  readonly #byArn = new Map<string, KeyPermissions>();
  readonly #byAccount = new Map<string, KeyPermissions>();
  /** By `alias/x`, and by alias key where an alias's ARN was given. */
  readonly #byAlias = new Map<string, KeyPermissions>();
  readonly #ml = new KeyPermissions();
  readonly #mlKeys: ReadonlySet<string>;
  readonly #aliases: ReadonlyMap<string, readonly AliasFact[]>;
  readonly #aliasKeysOf: ReadonlyMap<string, readonly string[]>;
  /** Which keys aliases meant, and since when: the part of the inputs that verdicts depend on. */
  readonly #meant = new Set<string>();
  #isMlNamed = false;

  /** @param aliases facts by alias key, in the order of time */
  constructor(aliases: ReadonlyMap<string, readonly AliasFact[]>, mlKeys: ReadonlySet<string>) {
    this.#mlKeys = mlKeys;
    this.#aliases = aliases;
    const byName = new Map<string, string[]>();
    for (const key of aliases.keys()) appendToList(byName, nameIn(key), key);
    this.#aliasKeysOf = byName;
  }

  add(permission: Permission, expectation: Expectation): void {
    for (const key of expectation.keys) this.#addKey(key, permission, expectation);
  }

  #addKey(key: string, permission: Permission, expectation: Expectation): void {
    const add = (permissions: KeyPermissions, namedFromMs = EVER) =>
      permissions.add(permission, expectation, namedFromMs);
    const alias = aliasNameOf(key, undefined, undefined);
    if (key === 'ml') {
      this.#isMlNamed = true;
      add(this.#ml);
    } else if (key.startsWith('account:')) {
      add(permissionsOf(this.#byAccount, key.slice('account:'.length)));
    } else if (alias === undefined && !key.startsWith('alias/')) {
      add(permissionsOf(this.#byArn, key));
    } else {
      const name = alias === undefined ? key : aliasKey(alias);
      add(permissionsOf(this.#byAlias, name));
      for (const aliasOfPlace of alias === undefined ? (this.#aliasKeysOf.get(key) ?? []) : [name]) {
        for (const [arn, fromMs] of firstMeanings(this.#aliases.get(aliasOfPlace) ?? [])) {
          add(permissionsOf(this.#byArn, arn), fromMs);
          this.#meant.add(`${aliasOfPlace} ${arn} ${fromMs}`);
        }
      }
    }
  }

  /** The inputs that the expectations depend on, sorted. */
  known(): readonly (readonly string[])[] {
    return [[...this.#meant].sort(), this.#isMlNamed ? [...this.#mlKeys].sort() : []];
  }

  /** The permissions that may name a key. */
  of({ keyArn, keyRef, accountId, region }: NamedKey): KeyPermissions[] {
    const found: KeyPermissions[] = [];
    let account: string | undefined;
    if (keyArn !== undefined) {
      account = accountOfKey(keyArn);
      addFound(found, this.#byArn.get(keyArn));
      if (this.#mlKeys.has(keyArn)) found.push(this.#ml);
    }
    if (keyRef?.includes('alias/')) {
      const name = aliasNameOf(keyRef, accountId, region);
      addFound(found, this.#byAlias.get(name?.alias ?? keyRef));
      if (name !== undefined) addFound(found, this.#byAlias.get(aliasKey(name)));
      account ??= name?.accountId;
    }
    if (account !== undefined) addFound(found, this.#byAccount.get(account));
    return found;
  }
}

function permissionsOf(found: Map<string, KeyPermissions>, name: string): KeyPermissions {
  let permissions = found.get(name);
  if (permissions === undefined) {
    permissions = new KeyPermissions();
    found.set(name, permissions);
  }
  return permissions;
}

function addFound(found: KeyPermissions[], permissions: KeyPermissions | undefined): void {
  if (permissions !== undefined) found.push(permissions);
}

/**
 * The keys that an alias ever meant, each since it first did. An alias goes on naming old keys, because data that they
 * encrypted is still decrypted with them (KMS Developer Guide, "Rotate keys manually"). If the first fact did not set
 * the alias, it meant that key before, too.
 */
function firstMeanings(facts: readonly AliasFact[]): Map<string, number> {
  const since = new Map<string, number>();
  for (const [index, { kind, keyArn, timeMs }] of facts.entries()) {
    if (keyArn === undefined || since.has(keyArn)) continue;
    if (index === 0 && kind !== 'set') since.set(keyArn, EVER);
    else if (kind !== 'deleted') since.set(keyArn, timeMs);
  }
  return since;
}

/** `<account>/<region>/alias/x` */
function nameIn(key: string): string {
  return key.slice(key.indexOf('/', key.indexOf('/') + 1) + 1);
}

/** `arn:<partition>:kms:<region>:<account>:key/<id>` */
function accountOfKey(keyArn: string): string {
  const end = keyArn.lastIndexOf(':');
  return keyArn.slice(keyArn.lastIndexOf(':', end - 1) + 1, end);
}
