/** The most edits of a typo: a letter that is wrong, missing, added, or swapped with the next. */
const MOST_EDITS = 2;

/**
 * The name that a mistyped text probably means.
 * @returns undefined if no name is near
 */
export function nearMiss(text: string, names: readonly string[]): string | undefined {
  const said = text.toLowerCase();
  let best: string | undefined;
  let fewest = MOST_EDITS + 1;
  for (const name of names) {
    if (Math.abs(name.length - said.length) > MOST_EDITS) continue;
    const edits = editsBetween(said, name.toLowerCase());
    // Two edits are too many for a short word.
    if (edits < fewest && edits * 3 <= name.length) [best, fewest] = [name, edits];
  }
  return best;
}

/** The Damerau-Levenshtein distance in which no letter is changed twice ("optimal string alignment"). */
function editsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1);
      row.push(edits);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
