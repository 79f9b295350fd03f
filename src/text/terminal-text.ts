/**
 * What a terminal would act on and not show: control characters (escape sequences begin with one), bidirectional
 * and other format characters, line and paragraph separators, halves of a surrogate pair.
 */
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text of a record, on one line and as harmless as it looks; what a terminal would not show is `\u{1b}`. */
export function terminalText(text: string): string {
  return text.replace(NOT_SHOWN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same JSON value with those characters escaped; JSON itself escapes only the oldest of them. */
export function terminalJson(json: string): string {
  return json.replace(NOT_SHOWN, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
