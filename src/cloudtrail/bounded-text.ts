/** A row's longest string in UTF-8 bytes, encryption contexts aside. */
const maxBytes = 4096;

/** No string this short can be longer than `maxBytes`: a UTF-16 unit takes three bytes at most. */
const certainlyShort = Math.floor(maxBytes / 3);

/** Collects the names of the row's members that were cut. One per record; the list exists once it is needed. */
export interface CutMembers {
  names: string[] | undefined;
}

/**
 * The string of a member of a row: whole up to 4 KB, cut between code points above that and then listed in
 * `cut` under the member's name in the row. Absent where it is `""` or no string. A lone surrogate, which UTF-8
 * cannot hold, becomes U+FFFD here, so that what is stored is what was parsed.
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

/** How many UTF-16 units of `text`, which has no lone surrogates, fit in so many bytes of UTF-8. */
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
