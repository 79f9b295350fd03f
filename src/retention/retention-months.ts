import { KeytrailError } from '../keytrail-error.ts';

/**
 * Rows are kept for 13 months at the least: a year that is audited, and the month in which it is.
 */
export const LEAST_MONTHS = 13;

/**
 * For how long rows are kept.
 * @param text of a setting; empty or absent is the least
 * @returns months, undefined for ever
 * @throws KeytrailError `bad-usage`
 */
export function retentionMonthsOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return LEAST_MONTHS;
  if (text === 'forever') return undefined;
  const months = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (months >= LEAST_MONTHS) return months;
  throw new KeytrailError(
    'bad-usage',
    `KEYTRAIL_RETENTION_MONTHS must be a number of months from ${LEAST_MONTHS}, or forever; nothing expires until it is.`,
  );
}

/** The first day that is kept: whole months back from a time, in UTC. */
export function firstKeptDay(nowMs: number, months: number): string {
  const now = new Date(nowMs);
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
  const lastOfMonth = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(now.getUTCDate(), lastOfMonth));
  return first.toISOString().slice(0, 10);
}
