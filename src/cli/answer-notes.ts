import type { UnmatchedValue, WindowPage } from '../history/query/questions.ts';
import { terminalText } from '../text/terminal-text.ts';
import { timeWriter } from './table-times.ts';

type Notes = Pick<WindowPage<never>, 'window' | 'unmatched' | 'expiredBefore'>;

/**
 * What a reader must know of an answer: how much it is, what it covers, what it cannot know, and which values of the
 * question are nowhere in the history. A line each.
 * @param what it lists, in the plural: `rows`
 */
export function answerNotes(
  count: number,
  what: string,
  { window, unmatched, expiredBefore }: Notes,
  zone = 'UTC',
): string[] {
  const at = timeWriter(zone);
  const isEmptyHistory = window.from === window.to;
  const counted = count === 0 ? `No ${what}` : `${count.toLocaleString('en-US')} ${what}`;
  const lines = [`${counted} from ${at(window.from)} to ${at(window.to)} (${zone}).`];
  if (isEmptyHistory && count === 0) lines[0] = `No ${what}: nothing was read into this history yet.`;
  lines.push(...(unmatched ?? []).map(unmatchedSentence));
  if (expiredBefore !== undefined) {
    lines.push(`Rows of days before ${at(expiredBefore)} have expired; uses on those days are not printed.`);
  }
  if (count === 0 && !isEmptyHistory && unmatched === undefined) {
    lines.push('It has records of what was asked for, but none that match all of it.');
  }
  return lines;
}

function unmatchedSentence({ parameter, value, closest }: UnmatchedValue): string {
  const nearest =
    closest.length === 0 ? '' : `; the nearest ${closest.length === 1 ? 'is' : 'are'} ${closest.join(', ')}`;
  return terminalText(`Nothing in the history has the ${parameter} ${value}${nearest}.`);
}
