import { objectIn } from '../cloudtrail/json-members.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * The pairs of an encryption context as recorded, never cut: KMS bounds the whole at 8 KB. A value that is no
 * string, which KMS does not make, is kept as its JSON. Where the record has a text and no pairs, as in
 * `sourceAAD`, that is one pair under the name of the member it stood in. No pairs are no context.
 *
 * A pair may be named `__proto__`: read the context by its own members.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 * @throws RangeError where a value is nested too deeply to be written as JSON.
 */
export function encryptionContextOf(value: unknown, member: string): EncryptionContext | undefined {
  if (value === undefined || value === null || value === '') {
    return undefined;
  }
  const pairs = objectIn<string>(value);
  if (pairs === undefined) {
    return Object.fromEntries([[member, wellFormedText(value)]]);
  }
  if (isContext(pairs)) {
    return isEmpty(pairs) ? undefined : pairs;
  }
  // `fromEntries` defines members, where an assignment to `__proto__` would be lost.
  return Object.fromEntries(
    Object.entries(pairs).map(([name, pair]) => [name.toWellFormed(), wellFormedText(pair)]),
  );
}

/** Nearly every context is one already and is taken as it is: this runs for each record. */
function isContext(pairs: { readonly [name: string]: unknown }): pairs is EncryptionContext {
  for (const name in pairs) {
    const value = pairs[name];
    if (typeof value !== 'string' || !value.isWellFormed() || !name.isWellFormed()) {
      return false;
    }
  }
  return true;
}

function isEmpty(pairs: object): boolean {
  for (const _ in pairs) {
    return false;
  }
  return true;
}

function wellFormedText(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
}
