/** ISO 8601 with `Z`; the milliseconds only where there are any. */
export function isoTime(timeMs: number): string {
  const text = new Date(timeMs).toISOString();
  return timeMs % 1000 === 0 ? `${text.slice(0, -5)}Z` : text;
}
