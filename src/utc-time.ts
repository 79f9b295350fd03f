/** ISO 8601 with `Z`, and milliseconds only if they are not zero. */
export function isoTime(timeMs: number): string {
  const text = new Date(timeMs).toISOString();
  return timeMs % 1000 === 0 ? `${text.slice(0, -5)}Z` : text;
}

export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

export function dayStart(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export const HOUR_MS = 3_600_000;

export const DAY_MS = 86_400_000;

/** A bit for each of the hours `[from, to)`. */
export function hourMask(from: number, to: number): number {
  return (2 ** to - 2 ** from) | 0;
}

const DAY = String.raw`\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const CLOCK = String.raw`([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?`;
const ZONE = String.raw`([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)`;
const INSTANT =
  /^(?<day>[\d-]{10})([Tt ](?<clock>\d\d:\d\d)(?<second>:\d\d)?(\.(?<fraction>\d+))?(?<zone>[Zz]|(?<sign>[+-])(?<hours>\d\d):(?<minutes>\d\d))?)?$/;

/** The two forms that `readInstant` accepts, as patterns for JSON Schema. */
export const INSTANT_PATTERNS = { time: `^${DAY}[Tt ]${CLOCK}${ZONE}?$`, day: `^${DAY}$` } as const;

const ACCEPTED = new RegExp(`${INSTANT_PATTERNS.time}|${INSTANT_PATTERNS.day}`);

/** The end of a message about a text that `readInstant` rejects. */
export const NO_INSTANT =
  'must be a time such as 2026-03-01T10:00:00Z, 2026-03-01T19:00+09:00 or 2026-03-01T10:00 (UTC), or a day such as 2026-03-01';

/**
 * A time of RFC 3339 with any offset; without one, or without seconds, in UTC; or a day, which means its midnight in
 * UTC. A fraction finer than milliseconds is rounded up, so that `>=` and `<` on rows in whole milliseconds decide as
 * they would by the exact time.
 * @returns epoch milliseconds; undefined where the text is neither
 */
export function readInstant(text: string): number | undefined {
  // In a URL a plus sign that was not encoded stands for a space.
  const written = text.replace(/ (?=\d\d:\d\d$)(?<=:\d\d.*)/, '+');
  const parts = ACCEPTED.test(written) ? INSTANT.exec(written)?.groups : undefined;
  if (parts === undefined) return undefined;
  const { day = '', clock = '00:00', second = ':00', fraction = '', sign, hours, minutes } = parts;
  const localMs = Date.parse(`${day}T${clock}${second}Z`);
  // Date.parse takes the 30th of February for a day of March.
  if (Number.isNaN(localMs) || new Date(localMs).toISOString().slice(0, 10) !== day) return undefined;
  const offsetMs = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  const roundUp = /[1-9]/.test(fraction.slice(3)) ? 1 : 0;
  const utcMs = localMs + (sign === '+' ? -offsetMs : offsetMs);
  return utcMs + Number(fraction.slice(0, 3).padEnd(3, '0')) + roundUp;
}
