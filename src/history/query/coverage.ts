import { dayStart, HOUR_MS } from '../../utc-time.ts';
import type { Coverage } from './questions.ts';
import type { SeenDay } from './seen-days.ts';

/** Which accounts and Regions a question is about; where nothing is said, all that the history has. */
export interface AskedPlaces {
  /** Those of keys, as `<account>/<region>`; then nothing else counts. */
  readonly ofKeys?: ReadonlySet<string>;
  readonly account?: readonly string[];
  readonly region?: readonly string[];
}

interface Span {
  /** Hours since 1970. */
  readonly first: number;
  observed: number;
}

/**
 * How much of a window the history knows: account × Region × hours of event time, those counted that the window touches.
 * The hours of an account and Region begin with its first row and end with the newest of the whole history.
 * @param days every day of the history, oldest first
 */
export function coverageOf(
  days: readonly SeenDay[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  asked: AskedPlaces,
): Coverage {
  const from = Math.floor(fromMs / HOUR_MS);
  const to = Math.ceil(toMs / HOUR_MS);
  const spans = new Map<string, Span>();
  let newest = Number.NEGATIVE_INFINITY;
  for (const { day, seen } of days) {
    const start = dayStart(day) / HOUR_MS;
    for (const { accountId, region, hours } of seen.places) {
      newest = Math.max(newest, start + 31 - Math.clz32(hours));
      if (!isAsked(asked, accountId, region)) continue;
      const place = `${accountId}/${region}`;
      const first = start + 31 - Math.clz32(hours & -hours);
      const span = spans.get(place) ?? { first, observed: 0 };
      spans.set(place, span);
      span.observed += bitsBetween(hours, from - start, to - start);
    }
  }
  let hours = 0;
  let observed = 0;
  for (const span of spans.values()) {
    hours += Math.max(0, Math.min(to, newest + 1) - Math.max(from, span.first));
    observed += span.observed;
  }
  return { hours, observed, silent: hours - observed };
}

function isAsked(
  { ofKeys, account, region }: AskedPlaces,
  accountOfRow: string,
  regionOfRow: string,
): boolean {
  if (ofKeys !== undefined) return ofKeys.has(`${accountOfRow}/${regionOfRow}`);
  return (account?.includes(accountOfRow) ?? true) && (region?.includes(regionOfRow) ?? true);
}

/** How many bits of a mask are set from one number on and below another. */
function bitsBetween(mask: number, from: number, to: number): number {
  let count = 0;
  for (let bit = Math.max(0, from); bit < Math.min(24, to); bit++) count += (mask >>> bit) & 1;
  return count;
}
