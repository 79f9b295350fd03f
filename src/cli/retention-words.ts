import type { ExpiryPlan } from '../retention/expiry-plan.ts';
import type { ExpiryRun } from '../retention/expiry-run.ts';
import type { LegalHold } from '../retention/legal-hold.ts';
import { terminalText } from '../text/terminal-text.ts';
import { isoTime } from '../utc-time.ts';

/** A hold as one sentence. */
export function holdWords({ id, from, to, placed, released }: LegalHold): string {
  const days = `${from === undefined ? '' : ` from ${from}`}${to === undefined ? '' : ` to ${to}`}`;
  const end =
    released === undefined
      ? 'it is in force'
      : `released by ${released.by} at ${isoTime(released.timeMs)}: ${released.reason}`;
  return terminalText(
    `Hold ${id} on all days${days}, by ${placed.by} at ${isoTime(placed.timeMs)}: ${placed.reason}; ${end}.`,
  );
}

/** A run of the retention as one line. */
export function runWords({
  startedMs,
  by,
  cutoff,
  days,
  late,
  held,
  unsealed,
  finishedMs,
}: ExpiryRun): string {
  const rows = days.reduce((sum, day) => sum + day.rows, 0);
  const events = late.reduce((sum, day) => sum + day.events, 0);
  const tooLate = events === 0 ? '' : ` ${events} events that came too late were removed.`;
  const waiting = unsealed.length === 0 ? '' : ` ${unsealed.length} days are still to be sealed.`;
  const end = finishedMs === undefined ? ' It was cut off; the next run continues it.' : '';
  return terminalText(
    `Run at ${isoTime(startedMs)} by ${by}: ${rows} rows of ${days.length} days before ${cutoff} expired, ${held.length} days are held.${waiting}${tooLate}${end}`,
  );
}

/** What a run would do, a line each. */
export function planWords({ cutoff, days, held, unsealed, leftOver }: ExpiryPlan): string {
  const rows = days.reduce((sum, day) => sum + day.rows, 0);
  const range = days.length === 0 ? '' : `, from ${days[0]?.day} to ${days.at(-1)?.day}`;
  const lines = [`${rows} rows of ${days.length} days before ${cutoff} are to be deleted for good${range}.`];
  if (held.length > 0) {
    const ids = [...new Set(held.flatMap((day) => day.holds))];
    lines.push(`${held.length} days are held by ${ids.join(', ')} and stay.`);
  }
  if (unsealed.length > 0) lines.push(`${unsealed.length} days are still to be sealed and stay until then.`);
  if (leftOver.length > 0)
    lines.push(`What is left of ${leftOver.length} expired days is to be deleted too.`);
  return `${lines.map(terminalText).join('\n')}\n`;
}

/** How many days of a new hold expired before it was placed; empty when none did. */
export function expiredBeforeHold(days: readonly string[]): string {
  if (days.length === 0) return '';
  return ` ${days.length} of its days had already expired, from ${days[0]} to ${days.at(-1)}.`;
}
