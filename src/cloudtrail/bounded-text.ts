/** The longest string in a row, in UTF-8 bytes; encryption contexts may be longer. */
const maxBytes = 4096;

/** A string this short fits `maxBytes`, because a UTF-16 unit takes at most three bytes. */
const certainlyShort = Math.floor(maxBytes / 3);

/** Collects the names of the row's members that were cut. One per record; the list is created when needed. */
export interface CutMembers {
  names: string[] | undefined;
}

/**
 * The string for a member of a row. Above 4 KB it is cut between code points, and the member's name is added to `cut`.
 * Undefined for `""` and for anything that is no string. A lone surrogate, which UTF-8 cannot encode, becomes U+FFFD, so
 * that stored and parsed strings are equal.
 */
export function boundedText(value: unknown, member: string, cut: CutMembers): string | undefined {
  if (typeof value !== 'string' || value === '') {
    return undefined;
  }
  if (value.length <= certainlyShort) {
    return value.isWellFormed() ? value : value.toWellFormed();
  }
  const text = value.toWellFormed();
  const end = lengthWithin(text, maxBytes);
  if (end === text.length) {
    return text;
  }
  cut.names ??= [];
  if (!cut.names.includes(member)) {
    cut.names.push(member);
  }
  return text.slice(0, end);
}

/** How many UTF-16 units of a well-formed text fit into a number of UTF-8 bytes. */
function lengthWithin(text: string, bytes: number): number {
  let used = 0;
  let index = 0;
  while (index < text.length) {
    const unit = text.charCodeAt(index);
    const isPair = unit >= 0xd800 && unit < 0xe000;
    used += unit < 0x80 ? 1 : unit < 0x800 ? 2 : isPair ? 4 : 3;
    if (used > bytes) {
      return index;
    }
    index += isPair ? 2 : 1;
  }
  return index;
}
