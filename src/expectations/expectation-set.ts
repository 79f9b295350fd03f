import { KeytrailError } from '../keytrail-error.ts';
import { contentName, padded } from '../table/content-name.ts';
import { decodeJson, encodeJson } from '../table/json-body.ts';
import type { Item, Table } from '../table/table.ts';
import type { Expectation } from './expectation.ts';

/*
 * All current expectations are in one item, which never changes. A change writes its versions and a new set beside the
 * old one, and then points the revision to it by one conditional put. Only that put makes the change visible: a writer
 * that dies before it has changed nothing, and nobody reads what it left. A reader checks by one small item whether the
 * set it holds is still current.
 */

const SETS = 'expectation';
/** Under the partition key of the sets, so that an editor needs no other permission. It sorts after them. */
const REVISION = { pk: SETS, sk: 'revision' };
/** DynamoDB limits an item to 400 KB. */
const MAX_SET_BYTES = 390_000;

/** Where an expectation comes from. It can be edited only there. */
export type ExpectationSource = 'api' | 'cli' | 'file';

/** One version of an expectation, as it was put or removed. */
export interface ExpectationVersion {
  readonly id: string;
  /** 1 for the first. It goes on counting if a removed one is put again. */
  readonly number: number;
  /** Who made it, as verified. */
  readonly by: string;
  readonly source: ExpectationSource;
  /** When, epoch milliseconds. */
  readonly timeMs: number;
  /** Absent if this version removed it. */
  readonly expectation?: Expectation;
  /** The sort key of the previous version. */
  readonly previous?: string;
}

/** A version that has not been removed. */
export type CurrentVersion = ExpectationVersion & { readonly expectation: Expectation };

export interface ExpectationSet {
  /** Counts changes: two sets of one revision are the same. 0 before the first. */
  readonly revision: number;
  /** In the order of ids. */
  readonly current: readonly CurrentVersion[];
  /** The last version of each expectation by id, removed ones included. */
  readonly heads: ReadonlyMap<string, ExpectationVersion>;
}

const NOTHING: ExpectationSet = { revision: 0, current: [], heads: new Map() };

/**
 * Reads the current expectations.
 * @param known the set read before, which is returned if nothing has changed
 * @throws KeytrailError `store-unavailable`, `corrupt-item`, `unsupported-format`
 */
export async function readExpectationSet(table: Table, known?: ExpectationSet): Promise<ExpectationSet> {
  for (let last: string | undefined; ; ) {
    const pointer = await table.get(REVISION);
    if (pointer === undefined) return NOTHING;
    const revision = pointer.version ?? 0;
    if (known?.revision === revision) return known;
    const sk = String(pointer.fields?.['set'] ?? '');
    const item = await table.get({ pk: SETS, sk });
    if (item !== undefined) return decodeSet(revision, item);
    // A missing set was swept because there is a newer one, unless the revision still points to it.
    if (last === sk) throw new KeytrailError('corrupt-item', 'The set of expectations is not in the table.');
    last = sk;
  }
}

/**
 * Replaces the set that was read.
 * @param changes new versions, which become the heads of their ids
 * @returns the new set; undefined if another change came first
 */
export async function replaceExpectationSet(
  table: Table,
  read: ExpectationSet,
  changes: readonly ExpectationVersion[],
): Promise<ExpectationSet | undefined> {
  const heads = new Map(read.heads);
  for (const version of changes) heads.set(version.id, version);
  const body = encodeJson({ format: 1, heads: [...heads.values()] });
  if (body.length > MAX_SET_BYTES) {
    throw new KeytrailError(
      'bad-expectation',
      'These are more expectations than one table takes; put keys and principals of one reason together, or remove some that have ended.',
    );
  }
  const sk = `${padded(read.revision)}.${contentName(body)}`;
  const versions = changes.map((version) => ({
    pk: versionsPk(version.id),
    sk: versionName(version),
    body: encodeJson(version),
  }));
  await table.write([...versions, { pk: SETS, sk, body }]);
  const revision = read.revision + 1;
  const pointer = { ...REVISION, version: revision, fields: { set: sk } };
  if (!(await table.putIf(pointer, read.revision === 0 ? undefined : read.revision))) return undefined;
  await sweepSets(table, read.revision, sk);
  return setOf(revision, heads);
}

/** Deletes the sets made from this revision or earlier ones. None of them can become current any more. */
async function sweepSets(table: Table, revision: number, current: string): Promise<void> {
  const old = await table.query(SETS, { to: `${padded(revision)}.~` });
  await table.write(
    [],
    old.filter(({ sk }) => sk !== current).map(({ pk, sk }) => ({ pk, sk })),
  );
}

/**
 * Every version of an expectation, oldest first; empty if there never was one.
 * @throws KeytrailError `store-unavailable`, `corrupt-item`, `unsupported-format`
 */
export async function everyVersion(table: Table, id: string): Promise<readonly ExpectationVersion[]> {
  const { heads } = await readExpectationSet(table);
  let version = heads.get(id);
  if (version === undefined) return [];
  const items = new Map((await table.query(versionsPk(id))).map((item) => [item.sk, item]));
  const versions: ExpectationVersion[] = [version];
  // Failed changes leave versions there too, but no `previous` leads to them.
  while (version?.previous !== undefined) {
    version = decodeJson<ExpectationVersion>(
      items.get(version.previous) ?? { pk: versionsPk(id), sk: version.previous },
      'A version of an expectation',
    );
    versions.unshift(version);
  }
  return versions;
}

/** The sort key of a version: its number and its content. */
export function versionName(version: ExpectationVersion): string {
  return `${padded(version.number)}.${contentName(Buffer.from(JSON.stringify(version)))}`;
}

function versionsPk(id: string): string {
  return `expectation#${id}`;
}

function decodeSet(revision: number, item: Item): ExpectationSet {
  const { format, heads } = decodeJson<{ format: number; heads: ExpectationVersion[] }>(
    item,
    'The set of expectations',
  );
  if (format !== 1) {
    throw new KeytrailError(
      'unsupported-format',
      `The expectations were written by a newer Keytrail (format ${format}); use that version.`,
    );
  }
  return setOf(revision, new Map(heads.map((version) => [version.id, version])));
}

function setOf(revision: number, heads: ReadonlyMap<string, ExpectationVersion>): ExpectationSet {
  const current = [...heads.values()].filter(isCurrent).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { revision, current, heads };
}

function isCurrent(version: ExpectationVersion): version is CurrentVersion {
  return version.expectation !== undefined;
}
