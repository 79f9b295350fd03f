import { closest, distance } from 'fastest-levenshtein';
import { compareTexts } from './text-order.ts';

const MOST_CLOSEST = 3;
/** Longer texts are not compared whole: the work grows with the product of two lengths. */
const COMPARED_LENGTH = 256;

/**
 * The names that a person who wrote `value` may have meant, nearest first. Names are compared whole and by their last
 * parts, in lower case: of `arn:…:role/ml/Trainer` people have `Trainer` in their hands.
 */
export function closestNames(value: string, names: Iterable<string>): string[] {
  const written = partsOf(value);
  const longest = Math.max(...written.map(({ length }) => length));
  const near: { readonly name: string; readonly away: number }[] = [];
  for (const name of new Set(names)) {
    const away = Math.min(...partsOf(name).flatMap((part) => written.map((text) => distance(text, part))));
    if (away <= Math.max(2, longest / 3)) near.push({ name, away });
  }
  near.sort((a, b) => a.away - b.away || compareTexts(a.name, b.name));
  return near.slice(0, MOST_CLOSEST).map(({ name }) => name);
}

/** The one of a fixed list that is near enough to be proposed; undefined where none is. */
export function closestOf(value: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const nearest = closest(value.toLowerCase(), [...names]);
  return distance(value.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, nearest.length / 2)
    ? nearest
    : undefined;
}

/** A name in lower case: whole, behind its first slash, and its last part. */
function partsOf(name: string): string[] {
  const lower = name.slice(0, COMPARED_LENGTH).toLowerCase();
  const parts = [lower, lower.slice(lower.indexOf('/') + 1), lower.slice(lower.lastIndexOf('/') + 1)];
  return [...new Set(parts.filter((part) => part !== ''))];
}
