import { objectIn } from '../cloudtrail/json-members.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * The pairs of an encryption context as recorded. They are never cut, because KMS limits all of them to 8 KB. A value
 * that is not a string, which KMS does not write, is kept as JSON. If the record has a text instead of pairs, as in
 * `sourceAAD`, it becomes one pair under the name of its member. Without pairs there is no context.
 *
 * A pair may be named `__proto__`, so read own members only.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 * @throws RangeError if a value is nested too deeply for JSON
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
  // `fromEntries` defines members; an assignment to `__proto__` would be lost.
  return Object.fromEntries(
    Object.entries(pairs).map(([name, pair]) => [name.toWellFormed(), wellFormedText(pair)]),
  );
}

/** Whether a value already is a context. Nearly every one is and need not be copied; this runs for each record. */
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
