import { appendToList } from '../append-to-list.ts';
import { roleKeyOf } from '../attribution/role-key.ts';
import type { Principal, PrincipalType } from '../cloudtrail/identity.ts';
import { kindOfIdentityArn } from '../cloudtrail/identity-arn.ts';
import type { Expectation } from './expectation.ts';
import { serviceName } from './service-name.ts';

/** Types whose ids are no ARNs, so that `id:` names them. */
const TYPES_WITHOUT_ARN: readonly PrincipalType[] = ['account', 'federated', 'identity-center', 'unknown'];

const NOTHING: readonly never[] = [];

/**
 * Entries by the principals that they name. The type of a principal must match too, because the ids of federated
 * principals are texts that somebody chose, and may look like the ARN of a role.
 */
export class PrincipalIndex<Entry> {
  readonly #byId = new Map<PrincipalType, Map<string, Entry[]>>();
  readonly #byAccount = new Map<string, Entry[]>();
  readonly #byService = new Map<string, Entry[]>();
  readonly #byRoleKey = new Map<string, Entry[]>();
  readonly #byPath = new Map<string, Entry[]>();
  /** The lengths of the paths: one look-up for each is enough. */
  readonly #pathLengths = new Set<number>();

  add(principal: Expectation['principals'][number], entry: Entry): void {
    if (typeof principal !== 'string') {
      for (const account of principal.accounts) appendToList(this.#byAccount, account, entry);
    } else if (principal.startsWith('account:')) {
      appendToList(this.#byAccount, principal.slice('account:'.length), entry);
    } else if (principal.startsWith('service:')) {
      appendToList(this.#byService, serviceName(principal.slice('service:'.length)), entry);
    } else if (principal.startsWith('id:')) {
      for (const type of TYPES_WITHOUT_ARN) this.#addId(type, principal.slice('id:'.length), entry);
    } else if (principal.endsWith('/*')) {
      const path = principal.slice(0, -1);
      appendToList(this.#byPath, path, entry);
      this.#pathLengths.add(path.length);
    } else {
      this.#addId(kindOfIdentityArn(principal) ?? 'unknown', principal, entry);
      const roleKey = roleKeyOf(principal);
      if (roleKey !== undefined) appendToList(this.#byRoleKey, roleKey, entry);
    }
  }

  /** The lists of entries that name a principal, each in the order of adding. */
  lists({ type, id, accountId }: Pick<Principal, 'type' | 'id' | 'accountId'>): (readonly Entry[])[] {
    const lists: (readonly Entry[])[] = [];
    const addList = (list: readonly Entry[] | undefined) => {
      if (list !== undefined) lists.push(list);
    };
    if (type === 'service') {
      if (id !== undefined && this.#byService.size > 0) addList(this.#byService.get(serviceName(id)));
      return lists;
    }
    if (accountId !== undefined) addList(this.#byAccount.get(accountId));
    if (id === undefined) return lists;
    addList(this.#byId.get(type)?.get(id));
    if (type === 'role' || type === 'user') {
      for (const length of this.#pathLengths) {
        if (id[length - 1] === '/') addList(this.#byPath.get(id.slice(0, length)));
      }
    }
    return lists;
  }

  /** The entries for the role of a session, whose ARN lacks the role's path. */
  ofRoleKey(roleKey: string): readonly Entry[] {
    return this.#byRoleKey.get(roleKey) ?? NOTHING;
  }

  #addId(type: PrincipalType, id: string, entry: Entry): void {
    const ids = this.#byId.get(type);
    if (ids === undefined) this.#byId.set(type, new Map([[id, [entry]]]));
    else appendToList(ids, id, entry);
  }
}
