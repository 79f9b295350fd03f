import { terminalText } from '../../text/terminal-text.ts';

/** Slack mentions that notify everybody, also without their angle brackets. */
const CALLS_EVERYBODY = /[@!](?=(?:channel|here|everyone|subteam)\b)/gi;

/** Character references of HTML and Slack: `&lt;`, `&#60;`. Keytrail's own links have none. */
const ENTITY = /&(?=#?\w+;)/g;

/** Cuts text to a length, with a mark that says how long it was. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const mark = ` …(${text.length} characters)`;
  const kept = text.slice(0, Math.max(0, length - mark.length));
  // Do not cut between the halves of a surrogate pair.
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}${mark}`.slice(0, length);
}

/**
 * Text from a record as a value for programs: on one line, without characters that a terminal acts on or that are
 * invisible (control characters, escape sequences, bidirectional overrides).
 */
export function safeValue(text: string, length: number): string {
  return cut(terminalText(text), length);
}

/**
 * A sentence that contains text from records, for people: as `safeValue`, and harmless in mail, Slack and HTML. Text that
 * looks like markup stays readable.
 */
export function safeSentence(text: string, length: number): string {
  const shown = terminalText(text)
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replace(ENTITY, '＆')
    .replace(CALLS_EVERYBODY, (sign) => (sign === '@' ? '＠' : '！'));
  return cut(shown, length);
}

/** As `safeSentence`, and no mail program makes a link of an address in it. */
export function safeTitle(text: string, length: number): string {
  return safeSentence(text.replaceAll('://', ':／／'), length);
}

/**
 * Text as an SNS subject: ASCII without control characters, under 100 characters.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function subjectText(text: string): string {
  const ascii = terminalText(text)
    .replaceAll('…', '...')
    .replace(/[^ -~]/gu, '?');
  return ascii.length <= 99 ? ascii : `${ascii.slice(0, 96)}...`;
}
