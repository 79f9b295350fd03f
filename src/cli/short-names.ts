import { accountOfKeyArn } from '../kms/key-arn.ts';
import { terminalText } from '../text/terminal-text.ts';

/** Names as people say them, for tables: an alias for a key, a role's name for its ARN. */
export class ShortNames {
  readonly #aliases: ReadonlyMap<string, string>;

  /** @param keys that have aliases */
  constructor(keys: readonly { readonly arn: string; readonly aliases: readonly string[] }[]) {
    this.#aliases = new Map(
      keys.flatMap(({ arn, aliases }) => aliases.slice(0, 1).map((alias) => [arn, alias])),
    );
  }

  /** @param key an ARN, or what a record called it */
  key(key: string | undefined): string {
    if (key === undefined) return '-';
    return terminalText(this.#aliases.get(key) ?? /:key\/(.+)$/.exec(key)?.[1] ?? key);
  }

  /** A principal of another account than the key's is named with its account. */
  principal(id: string | undefined, keyArn?: string): string {
    if (id === undefined) return '-';
    const [, account, kind, name] = /^arn:[^:]*:iam::([^:]*):(role|user)\/(?:.*\/)?([^/]+)$/.exec(id) ?? [];
    if (name === undefined) return terminalText(id);
    const isForeign = keyArn?.startsWith('arn:') === true && accountOfKeyArn(keyArn) !== account;
    return terminalText(`${isForeign ? `${account}:` : ''}${kind === 'user' ? 'user/' : ''}${name}`);
  }

  job(arn: string): string {
    return terminalText(arn.slice(arn.lastIndexOf('/') + 1));
  }
}
