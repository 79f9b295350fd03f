const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

let cachedDay = Number.NaN;
let cachedDayText = '';

/** CloudTrail's form of a time, whole seconds: `2026-03-01T10:00:00Z`. The day's text is kept from call to call. */
export function timeText(timeMs: number): string {
  const day = Math.floor(timeMs / DAY_MS);
  if (day !== cachedDay) {
    cachedDay = day;
    cachedDayText = new Date(day * DAY_MS).toISOString().slice(0, 11);
  }
  const second = Math.floor((timeMs - day * DAY_MS) / SECOND_MS);
  const hour = Math.floor(second / 3600);
  const minute = Math.floor((second - hour * 3600) / 60);
  return `${cachedDayText}${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[second % 60]}Z`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The English form that KMS writes into response members: `Mar 1, 2026, 10:00:00 AM`. */
export function englishTime(timeMs: number): string {
  const date = new Date(timeMs);
  const hour = date.getUTCHours();
  const clock = `${hour % 12 || 12}:${TWO_DIGITS[date.getUTCMinutes()]}:${TWO_DIGITS[date.getUTCSeconds()]}`;
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}, ${clock} ${hour < 12 ? 'AM' : 'PM'}`;
}
