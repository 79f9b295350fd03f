import type { ItemKey } from './table.ts';

/** One text for each key, to look items up by in memory. */
export function itemName({ pk, sk }: ItemKey): string {
  return `${pk.length} ${pk}${sk}`;
}
