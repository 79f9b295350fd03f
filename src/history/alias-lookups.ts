import { aliasKey, keyOfAlias } from '../kms/alias-timeline.ts';
import type { KeyArn } from '../kms/key-use.ts';
import type { AliasBook } from './alias-book.ts';
import { AT, type Profile } from './fact.ts';
import { referenceOf } from './learn-aliases.ts';

interface Lookup {
  readonly alias: string;
  readonly timeMs: number;
  readonly keyArn: KeyArn | undefined;
}

/**
 * The look-ups of aliases that a slot was sealed by. Nothing else of a sealed slot hangs on aliases: while each
 * would be answered in the same way, sealing it again would make the same slot.
 */
export class AliasLookups {
  readonly #book: AliasBook;
  readonly #lookups: Lookup[] = [];

  constructor(book: AliasBook) {
    this.#book = book;
  }

  /** The key that a profile's reference meant at a time, by what the book says now. */
  resolve(profile: Profile, timeMs: number): KeyArn | undefined {
    const name = referenceOf(profile);
    if (name === undefined) return undefined;
    const alias = aliasKey(name);
    // The deletion of an alias concerns the key it meant until then.
    const time = profile[AT.operation] === 'DeleteAlias' ? timeMs - 1 : timeMs;
    const keyArn = keyOfAlias(this.#book.facts(alias), time);
    this.#lookups.push({ alias, timeMs: time, keyArn });
    return keyArn;
  }

  /** Whether the book, having learned more, would answer one of them in another way. */
  isOutdated(): boolean {
    return this.#lookups.some(
      ({ alias, timeMs, keyArn }) => keyOfAlias(this.#book.facts(alias), timeMs) !== keyArn,
    );
  }
}
