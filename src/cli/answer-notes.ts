import type { Coverage, UnmatchedValue, WindowPage } from '../history/query/questions.ts';
import { terminalText } from '../text/terminal-text.ts';
import { timeWriter } from './table-times.ts';

type Notes = Omit<WindowPage<never>, 'items' | 'next'>;

/** How many things a command printed, and whether `--limit` left others out. */
interface Printed {
  readonly count: number;
  /** In the plural: `rows`. */
  readonly what: string;
  readonly isCut?: boolean;
  /** Heads of the columns that the terminal has no room for. */
  readonly leftOut?: readonly string[];
}

/**
 * What a reader must know of an answer: how much it is, what it covers, what it cannot know, and which values of the
 * question are nowhere in the history. A line each.
 */
export function answerNotes(printed: Printed, notes: Notes, zone = 'UTC'): string[] {
  const { window, coverage, unmatched, expiredBefore } = notes;
  const at = timeWriter(zone);
  const lines = [headline(printed, window, at, zone)];
  if (coverage.silent > 0) lines.push(silenceSentence(coverage));
  lines.push(...(unmatched ?? []).map(unmatchedSentence));
  if (expiredBefore !== undefined) {
    lines.push(`Rows of days before ${at(expiredBefore)} have expired; uses on those days are not printed.`);
  }
  if (printed.count === 0 && window.from !== window.to && unmatched === undefined) {
    lines.push('It has records of what was asked for, but none that match all of it.');
  }
  const { leftOut = [] } = printed;
  if (leftOut.length > 0) {
    lines.push(`No room for ${leftOut.join(', ')}: a wider terminal or --json shows all.`);
  }
  return lines;
}

function headline(
  { count, what, isCut = false }: Printed,
  { from, to }: Notes['window'],
  at: (time: string) => string,
  zone: string,
): string {
  if (from === to && count === 0) {
    return Date.parse(from) === 0
      ? `No ${what}: no KMS record was read into this history yet.`
      : `No ${what}: the history has nothing from ${at(from)} (${zone}) on.`;
  }
  const one = what.slice(0, -1);
  const counted = count === 0 ? `No ${what}` : `${counting(count)} ${count === 1 ? one : what}`;
  return `${counted} from ${at(from)} to ${at(to)} (${zone})${isCut ? '; --limit left out others' : ''}.`;
}

/** Silence may be a gap of the logs, and is not said where there is none. */
function silenceSentence({ hours, observed }: Coverage): string {
  return `KMS records came in ${counting(observed)} of the ${counting(hours)} hours of its accounts and Regions.`;
}

function counting(number: number): string {
  return number.toLocaleString('en-US');
}

/** Which value is nowhere, and the nearest that are somewhere. */
export function unmatchedSentence({ parameter, value, closest }: UnmatchedValue): string {
  const nearest =
    closest.length === 0 ? '' : `; the nearest ${closest.length === 1 ? 'is' : 'are'} ${closest.join(', ')}`;
  return terminalText(`Nothing in the history has the ${parameter} ${value}${nearest}.`);
}
