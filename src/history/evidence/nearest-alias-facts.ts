import { type AliasFact, compareAliasFacts } from '../../kms/alias-timeline.ts';
import type { PlaceDay } from './alias-items.ts';

/**
 * The last fact of an alias before a day and the first one after it. With the day's own facts they say what the alias
 * means in the day.
 */
export function nearestAliasFacts(others: readonly PlaceDay[], alias: string, day: string): AliasFact[] {
  let before: AliasFact | undefined;
  let after: AliasFact | undefined;
  for (const other of others) {
    for (const fact of other.facts[alias] ?? []) {
      if (other.day < day && (before === undefined || compareAliasFacts(fact, before) > 0)) before = fact;
      if (other.day > day && (after === undefined || compareAliasFacts(fact, after) < 0)) after = fact;
    }
  }
  return [before, after].filter((fact) => fact !== undefined);
}
