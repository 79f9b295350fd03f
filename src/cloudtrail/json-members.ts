import { parseJson } from '../text/parse-json.ts';

/** An object from `parseJson`. Each of the named members may have any type, or be missing. */
export type Members<Names extends string> = { readonly [Name in Names]?: unknown };

/** Whether a value is an object, and no list. */
export function isObject<Names extends string>(value: unknown): value is Members<Names> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The object in a member, also if it is JSON in a string, as some exporters write `additionalEventData` or
 * `userIdentity`. `undefined` for anything else: `null`, `""`, `"null"`, a list.
 */
export function objectIn<Names extends string>(value: unknown): Members<Names> | undefined {
  if (isObject<Names>(value)) {
    return value;
  }
  const parsed = typeof value === 'string' ? parsedJson(value) : undefined;
  return isObject<Names>(parsed) ? parsed : undefined;
}

/** Parses a string that looks like a JSON object or list; `undefined` if it is none. */
export function parsedJson(text: string): unknown {
  const first = text.trimStart().charAt(0);
  if (first !== '{' && first !== '[') {
    return undefined;
  }
  try {
    return parseJson(text);
  } catch {
    // Free text may begin with a bracket; it counts as absent like any other string here.
    return undefined;
  }
}

/** A non-empty string. CloudTrail writes `""` for a value that it withholds. */
export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
