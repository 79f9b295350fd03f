/**
 * Characters that a terminal acts on instead of showing them: control characters (escape sequences begin with one),
 * bidirectional and other format characters, line and paragraph separators, lone surrogates.
 */
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text of a record for a terminal: on one line, with characters that a terminal does not show as `\u{1b}`. */
export function terminalText(text: string): string {
  return text.replace(NOT_SHOWN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same JSON value with those characters escaped. JSON itself escapes only control characters below U+0020. */
export function terminalJson(json: string): string {
  return json.replace(NOT_SHOWN, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
