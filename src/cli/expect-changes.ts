import type { Expectation } from '../expectations/expectation.ts';
import { readExpectationSet } from '../expectations/expectation-set.ts';
import { putExpectation, removeExpectation, syncExpectations } from '../expectations/expectation-store.ts';
import { unmatchedParts } from '../expectations/unmatched.ts';
import { History } from '../history/query/history.ts';
import { KeytrailError } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';
import type { CommandContext } from './command-context.ts';
import { everyItem } from './every-item.ts';
import { type AddFlags, expectationOfFlags } from './expect-add-flags.ts';
import { readFileOfExpectations } from './expect-file.ts';
import { jsonLine, listed, syncWords, warningsOf, writeWarnings } from './expect-words.ts';

/**
 * Adds the expectations of a file, or the one that flags describe.
 * @throws KeytrailError `bad-usage`, `path-unreadable`, `bad-expectation`, `expectation-owned-elsewhere`
 */
export async function addExpectations(
  { stderr, userName, now }: CommandContext,
  table: Table,
  file: string | undefined,
  flags: AddFlags,
): Promise<void> {
  if (file !== undefined && Object.keys(flags).length > 0)
    throw new KeytrailError('bad-usage', 'Give a file or flags, not both.');
  const nowMs = now();
  const expectations =
    file === undefined
      ? [expectationOfFlags(flags, nowMs).expectation]
      : (await readFileOfExpectations(stderr, file, await readExpectationSet(table), nowMs)).expectations;
  const editor = { by: userName(), source: 'cli' as const };
  for (const expectation of expectations) await putExpectation(table, expectation, editor, nowMs);
  writeWarnings(stderr, await unmatchedIn(table, expectations, ({ id }) => `${id}:`));
}

/** @throws KeytrailError `not-found`, `expectation-owned-elsewhere` */
export async function removeExpectations(
  { userName, now }: CommandContext,
  table: Table,
  ids: readonly string[],
): Promise<void> {
  const editor = { by: userName(), source: 'cli' as const };
  const nowMs = now();
  for (const id of ids) await removeExpectation(table, id, editor, nowMs);
}

/**
 * Makes the expectations that come from the file equal to it.
 * @throws KeytrailError `path-unreadable`, `bad-expectation`
 */
export async function syncFile(
  { stdout, stderr, userName, now }: CommandContext,
  table: Table,
  file: string,
  isJson: boolean,
): Promise<void> {
  const nowMs = now();
  const read = await readFileOfExpectations(stderr, file, await readExpectationSet(table), nowMs);
  const synced = await syncExpectations(table, read.expectations, userName(), nowMs);
  stdout.write(isJson ? jsonLine(synced) : syncWords(synced));
  const { current } = await readExpectationSet(table);
  writeWarnings(stderr, warningsOf(listed(current, new Map(), nowMs)));
  const placeOf = ({ id }: { readonly id: string }) => `${file}:${read.lineOf.get(id) ?? 1}: \`${id}\`:`;
  writeWarnings(stderr, await unmatchedIn(table, read.expectations, placeOf));
}

/** A warning for each part that names nothing in the history. */
async function unmatchedIn(
  table: Table,
  expectations: readonly Expectation[],
  placeOf: (expectation: { readonly id: string }) => string,
): Promise<string[]> {
  const questions = new History(table);
  const keys = await everyItem((page) => questions.keys(page));
  const principals = await everyItem((page) => questions.principals(page));
  return unmatchedParts(expectations, { keys, principals }).map(
    (part) => `${placeOf(part)} ${part.sentence}.`,
  );
}
