import { KeytrailError } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';
import { canonicalText } from '../text/text-order.ts';
import { checkTogether } from './check-together.ts';
import type { Expectation } from './expectation.ts';
import {
  type CurrentVersion,
  type ExpectationSet,
  type ExpectationSource,
  type ExpectationVersion,
  readExpectationSet,
  replaceExpectationSet,
  versionName,
} from './expectation-set.ts';

/** Who changes expectations, and where. */
export interface Editor {
  /** As verified; locally the operating-system user. */
  readonly by: string;
  readonly source: ExpectationSource;
}

/**
 * Adds an expectation, or replaces the one of its id. An equal one stays as it is.
 * @param expectation as `checkExpectation` returned it
 * @param nowMs epoch milliseconds
 * @throws KeytrailError `expectation-owned-elsewhere` if it comes from the file, `bad-expectation` if it contradicts
 *   another
 */
export async function putExpectation(
  table: Table,
  expectation: Expectation,
  editor: Editor,
  nowMs: number,
): Promise<CurrentVersion> {
  const set = await changeSet(table, (read) => {
    assertNotOfFile(read.heads.get(expectation.id));
    return changesTo(read, [expectation], editor, nowMs);
  });
  const put = set.current.find(({ id }) => id === expectation.id);
  if (put === undefined) throw new Error('an expectation that was put does not stand');
  return put;
}

/**
 * Removes an expectation; its versions stay.
 * @throws KeytrailError `not-found`, `expectation-owned-elsewhere`
 */
export async function removeExpectation(
  table: Table,
  id: string,
  editor: Editor,
  nowMs: number,
): Promise<void> {
  await changeSet(table, (read) => {
    const head = read.heads.get(id);
    if (head?.expectation === undefined)
      throw new KeytrailError('not-found', `There is no expectation \`${id}\`; list the existing ones.`);
    assertNotOfFile(head);
    return [next(head, { id, ...editor, timeMs: nowMs })];
  });
}

/** Sorted ids. */
export interface Synced {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
}

/**
 * Makes the expectations that come from the file equal to it, in one change.
 * @param expectations as `readExpectationFile` returned them, without a fault
 * @throws KeytrailError `expectation-owned-elsewhere`, `bad-expectation`
 */
export async function syncExpectations(
  table: Table,
  expectations: readonly Expectation[],
  by: string,
  nowMs: number,
): Promise<Synced> {
  const editor: Editor = { by, source: 'file' };
  let before: ExpectationSet | undefined;
  let changes: readonly ExpectationVersion[] = [];
  await changeSet(table, (read) => {
    const others = expectations.filter(({ id }) => isOf(read.heads.get(id), 'api', 'cli'));
    if (others.length > 0) {
      throw new KeytrailError(
        'expectation-owned-elsewhere',
        `These ids belong to expectations that do not come from the file: ${others.map(({ id }) => `\`${id}\``).join(', ')}; remove those, or choose other ids in the file.`,
      );
    }
    const inFile = new Set(expectations.map(({ id }) => id));
    const gone = read.current.filter(({ id, source }) => source === 'file' && !inFile.has(id));
    before = read;
    changes = [
      ...changesTo(read, expectations, editor, nowMs),
      ...gone.map((head) => next(head, { id: head.id, ...editor, timeMs: nowMs })),
    ];
    return changes;
  });
  const isNew = (id: string) => before?.heads.get(id)?.expectation === undefined;
  const put = changes.filter(({ expectation }) => expectation !== undefined).map(({ id }) => id);
  return {
    added: put.filter(isNew).sort(),
    changed: put.filter((id) => !isNew(id)).sort(),
    removed: changes.flatMap(({ id, expectation }) => (expectation === undefined ? [id] : [])).sort(),
    unchanged: expectations.flatMap(({ id }) => (put.includes(id) ? [] : [id])).sort(),
  };
}

/** Changes the set, and tries again if another change came first. `decide` returns the new versions for a set. */
async function changeSet(
  table: Table,
  decide: (read: ExpectationSet) => readonly ExpectationVersion[],
): Promise<ExpectationSet> {
  for (;;) {
    const read = await readExpectationSet(table);
    const changes = decide(read);
    if (changes.length === 0) return read;
    assertNoFaults(read, changes);
    const changed = await replaceExpectationSet(table, read, changes);
    if (changed !== undefined) return changed;
  }
}

function changesTo(
  { heads }: ExpectationSet,
  expectations: readonly Expectation[],
  editor: Editor,
  timeMs: number,
): ExpectationVersion[] {
  return expectations.flatMap((expectation) => {
    const { id } = expectation;
    const head = heads.get(id);
    const isSame =
      head?.expectation !== undefined && canonicalText(head.expectation) === canonicalText(expectation);
    return isSame ? [] : [next(head, { id, ...editor, timeMs, expectation })];
  });
}

function next(
  head: ExpectationVersion | undefined,
  version: Omit<ExpectationVersion, 'number' | 'previous'>,
): ExpectationVersion {
  return {
    ...version,
    number: (head?.number ?? 0) + 1,
    ...(head === undefined ? {} : { previous: versionName(head) }),
  };
}

function assertNotOfFile(head: ExpectationVersion | undefined): void {
  if (!isOf(head, 'file')) return;
  throw new KeytrailError(
    'expectation-owned-elsewhere',
    `\`${head?.id}\` comes from the file of expectations; change it there and run keytrail expect sync.`,
  );
}

function isOf(head: ExpectationVersion | undefined, ...sources: readonly ExpectationSource[]): boolean {
  return head?.expectation !== undefined && sources.includes(head.source);
}

/** Checks the set in combination with its changes. */
function assertNoFaults(read: ExpectationSet, changes: readonly ExpectationVersion[]): void {
  const changed = new Set(changes.map(({ id }) => id));
  const together = [
    ...read.current.filter(({ id }) => !changed.has(id)).map(({ expectation }) => expectation),
    ...changes.flatMap(({ expectation }) => (expectation === undefined ? [] : [expectation])),
  ];
  const [fault] = checkTogether(together);
  if (fault === undefined) return;
  throw new KeytrailError('bad-expectation', `\`${together[fault.place]?.id}\`: ${fault.sentence}.`);
}
