import { isWhitespace } from './json-whitespace.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** An object or array that is not closed yet. */
type Open =
  | { readonly kind: 'array'; readonly items: unknown[] }
  | { readonly kind: 'object'; readonly members: Map<string, unknown>; name: string | undefined };

/**
 * Parses JSON as ECMA-262 §25.5.1 says, also where `JSON.parse` of Node 24 does not: V8 may confuse a member name
 * that is written with an escape with another one from an earlier text, `\n` with `\\`
 * (github.com/nodejs/node/issues/63785). Callers choose the names in an encryption context, and an earlier record
 * must not change what a later one says. So texts with such names, which are rare, are built here from strings and
 * numbers that are parsed one by one.
 * @throws SyntaxError where `text` is no JSON
 */
export function parseJson(text: string): unknown {
  // It rejects illegal JSON reliably, and only the names may be wrong.
  const value: unknown = JSON.parse(text);
  return hasEscapedName(text) ? buildValue(text) : value;
}

/** Whether any member name in legal JSON is written with an escape. Outside of strings it has no backslash. */
function hasEscapedName(text: string): boolean {
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at)) {
    at = stringEnd(text, at);
    if (text[pastWhitespace(text, at)] === ':') return true;
  }
  return false;
}

/** Builds the value of legal JSON. Open brackets are on a list, since a record may nest deeper than calls can. */
function buildValue(text: string): unknown {
  const open: Open[] = [];
  for (let at = 0; ; ) {
    // The JSON is legal, so what stands between values needs no check.
    at = pastSeparators(text, at);
    const mark = text[at];
    if (mark === '{' || mark === '[') {
      open.push(
        mark === '[' ? { kind: 'array', items: [] } : { kind: 'object', members: new Map(), name: undefined },
      );
      at++;
      continue;
    }
    let value: unknown;
    const end = mark === '"' ? stringEnd(text, at + 1) : tokenEnd(text, at);
    if (mark === '}' || mark === ']') value = closed(open.pop());
    else value = parseToken(text.slice(at, end));
    at = end;
    const around = open.at(-1);
    if (around === undefined) return value;
    if (around.kind === 'array') around.items.push(value);
    else if (around.name === undefined) around.name = String(value);
    else {
      // The last of several members of one name counts, at the position of the first.
      around.members.set(around.name, value);
      around.name = undefined;
    }
  }
}

function closed(open: Open | undefined): unknown {
  return open?.kind === 'object' ? Object.fromEntries(open.members) : open?.items;
}

function parseToken(token: string): unknown {
  const isPlain = token.charCodeAt(0) === QUOTE && !token.includes('\\');
  return isPlain ? token.slice(1, -1) : JSON.parse(token);
}

/** One past the quote that closes a string. `from` is inside the string, and not behind the backslash of an escape. */
function stringEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) break;
    if (unit === BACKSLASH) at++;
  }
  return at + 1;
}

/** Where a bracket, a number, `true`, `false` or `null` ends. */
function tokenEnd(text: string, from: number): number {
  let at = from + 1;
  while (/[\w.+-]/.test(text.charAt(at))) at++;
  return at;
}

function pastSeparators(text: string, from: number): number {
  let at = pastWhitespace(text, from);
  while (text[at] === ',' || text[at] === ':') at = pastWhitespace(text, at + 1);
  return at;
}

function pastWhitespace(text: string, from: number): number {
  let at = from;
  while (isWhitespace(text.charCodeAt(at))) at++;
  return at;
}
