import { parseJson } from '../text/parse-json.ts';

/** An object as it came out of `parseJson`: members of the names that matter, each of any type or missing. */
export type Members<Names extends string> = { readonly [Name in Names]?: unknown };

export function isObject<Names extends string>(value: unknown): value is Members<Names> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The object that a member holds, also where the writer left it as JSON in a string, as some exporters do with
 * `additionalEventData` or `userIdentity`. Anything else is `undefined`: `null`, `""`, `"null"`, a list.
 */
export function objectIn<Names extends string>(value: unknown): Members<Names> | undefined {
  if (isObject<Names>(value)) {
    return value;
  }
  const parsed = typeof value === 'string' ? parsedJson(value) : undefined;
  return isObject<Names>(parsed) ? parsed : undefined;
}

/** The value of a string that looks like a JSON object or list; `undefined` where it is not JSON after all. */
export function parsedJson(text: string): unknown {
  const first = text.trimStart().charAt(0);
  if (first !== '{' && first !== '[') {
    return undefined;
  }
  try {
    return parseJson(text);
  } catch {
    // Free text that begins with a bracket is as absent as any other string in an object's place.
    return undefined;
  }
}

/** A string that says something: not `""`, which CloudTrail writes where it withholds a value. */
export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
