import { type Suggested, suggestExpectations } from '../alerts/suggest.ts';
import { suggestionYaml } from '../alerts/suggestion-yaml.ts';
import { wholeNumber } from '../api/parameter-kinds.ts';
import { compileExpectations } from '../expectations/compile-expectations.ts';
import { readExpectationSet } from '../expectations/expectation-set.ts';
import { readAliases } from '../history/evidence/alias-items.ts';
import { History } from '../history/query/history.ts';
import type { KeySummary } from '../history/query/questions.ts';
import { KeytrailError } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';
import { terminalText } from '../text/terminal-text.ts';
import { HOUR_MS } from '../utc-time.ts';
import type { CommandContext } from './command-context.ts';
import { everyItem } from './every-item.ts';

const LEARNING_HOURS = wholeNumber(1, 24 * 366);

/** The flags of `expect suggest`. */
export interface SuggestFlags {
  readonly key?: string;
  readonly learningHours: string;
}

/**
 * Prints suggested expectations for the keys that have none, or for one key.
 * @throws KeytrailError `bad-usage`; `not-found` for a key that the history does not know
 */
export async function printSuggestions(
  { stdout, now }: CommandContext,
  table: Table,
  { key, learningHours }: SuggestFlags,
): Promise<void> {
  const hours = LEARNING_HOURS.read('learning-hours', learningHours);
  if (hours.kind === 'bad') throw new KeytrailError('bad-usage', `--learning-hours ${hours.reason}.`);
  const suggested = await suggestFor(table, key, hours.value * HOUR_MS, now());
  stdout.write(suggestionYaml(suggested, terminalText));
}

async function suggestFor(
  table: Table,
  reference: string | undefined,
  learningMs: number,
  nowMs: number,
): Promise<Suggested> {
  const history = new History(table);
  const all = await everyItem((page) => history.keys(page));
  const chosen = reference === undefined ? all : [await theKey(history, reference)];
  const { current } = await readExpectationSet(table);
  const judge = compileExpectations(
    current.map(({ expectation }) => expectation),
    {
      aliases: await readAliases(table),
      mlKeys: new Set(all.filter(({ jobs }) => jobs > 0).map(({ arn }) => arn)),
    },
  );
  const isNamed = ({ arn, lastSeen }: KeySummary) =>
    judge.namesKey(arn, undefined, nowMs) || judge.namesKey(arn, undefined, Date.parse(lastSeen));
  const unnamed = chosen.filter((key) => !isNamed(key));
  const keys = reference === undefined ? unnamed.filter((key) => !isAwsManagedKey(key)) : unnamed;
  const suggested = await suggestExpectations(
    history,
    keys,
    learningMs,
    new Set(current.map(({ id }) => id)),
  );
  if (keys.length === unnamed.length) return suggested;
  const left = `${unnamed.length - keys.length} keys that AWS manages (alias/aws/…); --key names one.`;
  return { ...suggested, leftOut: [...suggested.leftOut, left] };
}

async function theKey(history: History, reference: string): Promise<KeySummary> {
  const key = await history.key(reference);
  if (key === undefined)
    throw new KeytrailError(
      'not-found',
      `The history knows no key ${reference}; give an ARN, an id or an alias.`,
    );
  return key;
}

function isAwsManagedKey({ aliases }: KeySummary): boolean {
  return aliases.some((alias) => alias.startsWith('alias/aws/'));
}
