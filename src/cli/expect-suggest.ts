import { type Suggested, suggestExpectations } from '../alerts/suggest.ts';
import { compileExpectations } from '../expectations/compile-expectations.ts';
import { readExpectationSet } from '../expectations/expectation-set.ts';
import { readAliases } from '../history/evidence/alias-items.ts';
import { History } from '../history/query/history.ts';
import type { KeySummary } from '../history/query/questions.ts';
import { KeytrailError } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';
import { everyItem } from './every-item.ts';

/**
 * Suggests expectations for the keys that none speaks of; of one key where it is named.
 * @throws KeytrailError `not-found` for a key that the history does not know
 */
export async function suggestFor(
  table: Table,
  reference: string | undefined,
  learningMs: number,
  nowMs: number,
): Promise<Suggested> {
  const history = new History(table);
  const all = await everyItem((page) => history.keys(page));
  const chosen = reference === undefined ? all : [await theKey(history, reference)];
  const { standing } = await readExpectationSet(table);
  const judge = compileExpectations(
    standing.map(({ expectation }) => expectation),
    {
      aliases: await readAliases(table),
      mlKeys: new Set(all.filter(({ jobs }) => jobs > 0).map(({ arn }) => arn)),
    },
  );
  const isSpokenOf = ({ arn, lastSeen }: KeySummary) =>
    judge.namesKey(arn, undefined, nowMs) || judge.namesKey(arn, undefined, Date.parse(lastSeen));
  const unspoken = chosen.filter((key) => !isSpokenOf(key));
  const keys = reference === undefined ? unspoken.filter((key) => !isAwsManagedKey(key)) : unspoken;
  const suggested = await suggestExpectations(
    history,
    keys,
    learningMs,
    new Set(standing.map(({ id }) => id)),
  );
  if (keys.length === unspoken.length) return suggested;
  const left = `${unspoken.length - keys.length} keys that AWS manages (alias/aws/…); --key names one.`;
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
