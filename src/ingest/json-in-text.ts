import { parseJson } from '../text/parse-json.ts';

/** How far into a text its JSON may begin. Regular expressions see no more of it: long matches exhaust their stack. */
const LONGEST_HEADING = 1_024;
/** How much of a text must be base64 for all of it to be tried. */
const SURELY_BASE64 = 4_096;

/** Where the JSON in a text begins: at once, or behind a time or another heading; -1 where there is none. */
export function startOfJson(text: string): number {
  const start = firstSign(text);
  if (start === -1 || text[start] === '{' || text[start] === '[') return start;
  return text.slice(0, LONGEST_HEADING).search(/\[\s*[{["]|\{\s*"/);
}

/** Whether a text, or what stands before the JSON in it, has a member of a record whose beginning is missing. */
export function hasMemberOfRecord(heading: string): boolean {
  return /"(?:event(?:Version|Time|Source|Name|ID)|userIdentity|awsRegion|requestParameters)"\s*:/.test(
    heading.slice(0, LONGEST_HEADING),
  );
}

/** The text that may hold JSON itself and that a text is made of: quoted as in JSON or CSV, or in base64. */
export function innerText(text: string): string | undefined {
  const start = firstSign(text);
  if (start === -1 || text[start] === '{' || text[start] === '[') return undefined;
  return cellIn(text) ?? quotedIn(text);
}

/** The bytes that a text has in base64; undefined where it surely is none. */
export function base64In(text: string): Buffer | undefined {
  const isBase64 = text.length >= 40 && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text.slice(0, SURELY_BASE64));
  return isBase64 ? Buffer.from(text, 'base64') : undefined;
}

/** The value that bytes are the JSON of; undefined where they are none. */
export function valueIn(bytes: Buffer): unknown {
  if (!BEGINS_JSON.has(bytes[0])) return undefined;
  try {
    return parseJson(bytes.toString());
  } catch {
    return undefined;
  }
}

/** An error for each of a million parts would take longer than the rest: most are no JSON by their first byte. */
const BEGINS_JSON: ReadonlySet<number | undefined> = new Set(Buffer.from('{["-0123456789tfn \t\r\n'));

/** The JSON in a cell of CSV, where quotes are doubled. */
function cellIn(text: string): string | undefined {
  for (let open = text.slice(0, LONGEST_HEADING).indexOf('"'); open !== -1 && open < LONGEST_HEADING; ) {
    let close = text.indexOf('"', open + 1);
    let isDoubled = false;
    while (close !== -1 && text[close + 1] === '"') {
      isDoubled = true;
      close = text.indexOf('"', close + 2);
    }
    if (close === -1) return undefined;
    const cell = isDoubled ? text.slice(open + 1, close).replaceAll('""', '"') : '';
    if (isDoubled && mayHoldJson(cell)) return cell;
    open = text.indexOf('"', close + 1);
  }
  return undefined;
}

/** The first text that is quoted as in JSON. */
function quotedIn(text: string): string | undefined {
  const open = text.slice(0, LONGEST_HEADING).indexOf('"');
  if (open === -1) return undefined;
  let close = text.indexOf('"', open + 1);
  while (close !== -1 && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  const value = close === -1 ? undefined : valueIn(Buffer.from(text.slice(open, close + 1)));
  return typeof value === 'string' && mayHoldJson(value) ? value : undefined;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - backslashes - 1] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function mayHoldJson(text: string): boolean {
  return startOfJson(text) !== -1 || text[firstSign(text)] === '"' || base64In(text) !== undefined;
}

function firstSign(text: string): number {
  let at = 0;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return at < text.length ? at : -1;
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || unit === 0xfeff;
}
