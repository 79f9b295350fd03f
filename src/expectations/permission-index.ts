import { appendToList } from '../append-to-list.ts';
import { type AliasFact, aliasKey, aliasNameOf } from '../kms/alias-timeline.ts';
import type { Expectation } from './expectation.ts';
import { KeyPermissions } from './key-permissions.ts';
import type { Permission } from './permission.ts';

const EVER = Number.NEGATIVE_INFINITY;

/** What a use says of its key; a bare alias is one of the account and Region. */
interface NamedKey {
  readonly keyArn?: string | undefined;
  readonly keyRef?: string | undefined;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
}

/** The books of all keys that expectations name, found by what a use says of its key. */
export class PermissionIndex {
  readonly #byArn = new Map<string, KeyPermissions>();
  readonly #byAccount = new Map<string, KeyPermissions>();
  /** By `alias/x`, and by alias key where an alias's ARN was given. */
  readonly #byAlias = new Map<string, KeyPermissions>();
  readonly #ml = new KeyPermissions();
  readonly #mlKeys: ReadonlySet<string>;
  readonly #aliases: ReadonlyMap<string, readonly AliasFact[]>;
  readonly #aliasKeysOf: ReadonlyMap<string, readonly string[]>;
  /** What aliases were found to mean, and since when. */
  readonly #meant = new Set<string>();
  #asksOfMl = false;

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
    const add = (book: KeyPermissions, namedFromMs = EVER) => book.add(permission, expectation, namedFromMs);
    const alias = aliasNameOf(key, undefined, undefined);
    if (key === 'ml') {
      this.#asksOfMl = true;
      add(this.#ml);
    } else if (key.startsWith('account:')) {
      add(bookOf(this.#byAccount, key.slice('account:'.length)));
    } else if (alias === undefined && !key.startsWith('alias/')) {
      add(bookOf(this.#byArn, key));
    } else {
      const name = alias === undefined ? key : aliasKey(alias);
      add(bookOf(this.#byAlias, name));
      for (const aliasOfPlace of alias === undefined ? (this.#aliasKeysOf.get(key) ?? []) : [name]) {
        for (const [arn, fromMs] of firstMeant(this.#aliases.get(aliasOfPlace) ?? [])) {
          add(bookOf(this.#byArn, arn), fromMs);
          this.#meant.add(`${aliasOfPlace} ${arn} ${fromMs}`);
        }
      }
    }
  }

  /** What the expectations made use of, in one order. */
  known(): readonly (readonly string[])[] {
    return [[...this.#meant].sort(), this.#asksOfMl ? [...this.#mlKeys].sort() : []];
  }

  /** Those that may speak of a key. */
  of({ keyArn, keyRef, accountId, region }: NamedKey): KeyPermissions[] {
    const books: KeyPermissions[] = [];
    let account: string | undefined;
    if (keyArn !== undefined) {
      account = accountOfKey(keyArn);
      addBook(books, this.#byArn.get(keyArn));
      if (this.#mlKeys.has(keyArn)) books.push(this.#ml);
    }
    if (keyRef?.includes('alias/')) {
      const name = aliasNameOf(keyRef, accountId, region);
      addBook(books, this.#byAlias.get(name?.alias ?? keyRef));
      if (name !== undefined) addBook(books, this.#byAlias.get(aliasKey(name)));
      account ??= name?.accountId;
    }
    if (account !== undefined) addBook(books, this.#byAccount.get(account));
    return books;
  }
}

function bookOf(books: Map<string, KeyPermissions>, name: string): KeyPermissions {
  let book = books.get(name);
  if (book === undefined) {
    book = new KeyPermissions();
    books.set(name, book);
  }
  return book;
}

function addBook(books: KeyPermissions[], book: KeyPermissions | undefined): void {
  if (book !== undefined) books.push(book);
}

/**
 * The keys that an alias ever meant, and since when: it goes on naming them when it is set to another, for what was
 * encrypted with the old one is still decrypted with it (KMS Developer Guide, "Rotate keys manually"). Before the
 * first fact it meant the same as by it, unless that set it.
 */
function firstMeant(facts: readonly AliasFact[]): Map<string, number> {
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
