import { terminalText } from '../../text/terminal-text.ts';

/** Slack's words that call everybody, also where they are written without its angle brackets. */
const CALLS_EVERYBODY = /[@!](?=(?:channel|here|everyone|subteam)\b)/gi;

/** What HTML and Slack read as a character: `&lt;`, `&#60;`. The links of our own have none. */
const ENTITY = /&(?=#?\w+;)/g;

/** At most so many characters, and what is cut says so. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const mark = ` …(${text.length} characters)`;
  const kept = text.slice(0, Math.max(0, length - mark.length));
  // Not between the halves of a surrogate pair.
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}${mark}`.slice(0, length);
}

/**
 * Text of a record as a value, for programs: whole, on one line, and nothing in it that a terminal acts on or that is
 * not seen (control characters, escape sequences, bidirectional overrides).
 */
export function safeValue(text: string, length: number): string {
  return cut(terminalText(text), length);
}

/**
 * A sentence with texts of records in it, for people: as `safeValue`, and harmless in mail, Slack and HTML as it is.
 * What looks like markup still reads the same.
 */
export function safeSentence(text: string, length: number): string {
  const shown = terminalText(text)
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replace(ENTITY, '＆')
    .replace(CALLS_EVERYBODY, (sign) => (sign === '@' ? '＠' : '！'));
  return cut(shown, length);
}

/** As `safeSentence`, and no address in it becomes a link. */
export function safeTitle(text: string, length: number): string {
  return safeSentence(text.replaceAll('://', ':／／'), length);
}

/**
 * What SNS takes as a subject: ASCII without control characters and under 100 characters.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function subjectText(text: string): string {
  const ascii = terminalText(text)
    .replaceAll('…', '...')
    .replace(/[^ -~]/gu, '?');
  return ascii.length <= 99 ? ascii : `${ascii.slice(0, 96)}...`;
}
