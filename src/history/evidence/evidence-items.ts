import { zstdDecompressSync } from 'node:zlib';
import { appendToList } from '../../append-to-list.ts';
import type { Aliases } from '../../kms/alias-timeline.ts';
import type { JobFact } from '../../sagemaker/job-fact.ts';
import { contentName, MAX_BODY_BYTES, padded } from '../../table/content-name.ts';
import { corruptItem } from '../../table/corrupt-item.ts';
import type { Item, ItemKey, Table } from '../../table/table.ts';
import { compress } from '../../table/zstd.ts';
import { parseJson } from '../../text/parse-json.ts';
import { dayOf } from '../../utc-time.ts';
import { aliasesOf, jobFactsOf, newAliasFacts } from './alias-facts.ts';

/**
 * Job facts in the table. They are a set that only grows: a batch puts its facts in an item named by its content, and
 * from then on they are known. The next sealer settles them (`settle-evidence.ts`): each fact moves to those of its
 * day.
 *
 * Facts of resources that live for a bounded time are stored by month, since a question about a day does not need those
 * of distant months. Facts of endpoints and models, which may live for ever, are stored together.
 */
const INCOMING = 'N';
const LASTING = 'J#lasting';
/** Facts of aliases, which concern uses and jobs of any time; of each day those that say something new. */
const ALIASES = 'J#aliases';
/**
 * Credentials that SageMaker was given, by month. It assumes many roles that no job has; only those of the jobs' roles
 * are used.
 */
const ISSUED = 'J#issued#';
/** The partition keys that have settled facts: a window may have a thousand months. */
const SETTLED_PKS = 'J';

/** Facts in an item: a few hundred bytes each before compression. */
const FACTS_IN_ITEM = 2_000;

/** Facts of this many months before and after may concern the uses of a day: no job runs for longer. */
const MONTHS_AROUND = 2;

/** Facts by their JSON: facts with the same JSON are one. */
export type JobFacts = ReadonlyMap<string, JobFact>;

/** Makes the facts of a batch durable. A retry changes nothing. */
export async function appendJobFacts(table: Table, facts: Iterable<JobFact>): Promise<void> {
  const texts = new Set([...facts].map((fact) => JSON.stringify(fact)));
  await table.write(cutItems(texts, (body) => ({ pk: INCOMING, sk: contentName(body) })));
}

/** The items of facts that wait to be settled. */
export async function readIncoming(table: Table): Promise<Item[]> {
  return table.query(INCOMING);
}

/** The partition keys of the settled facts of some months, and of lasting facts. */
export async function settledPks(table: Table, months: Months): Promise<string[]> {
  return (await table.query(SETTLED_PKS)).map(({ sk }) => sk).filter((pk) => isPkIn(pk, months));
}

/** Names the facts of a part of the evidence: a month of jobs (`2026-03`), or all that may live for ever (`lasting`). */
export type EvidenceVersions = ReadonlyMap<string, string>;

/** Equal versions mean equal facts. Facts that wait to be settled count with those of their days. */
export async function readEvidenceVersions(table: Table): Promise<EvidenceVersions> {
  // Read before the settled facts: facts that are settled in between are found there.
  const incoming = await readIncoming(table);
  const versions = new Map<string, string>();
  for (const { sk, fields } of await table.query(SETTLED_PKS)) {
    const part = partOf(sk);
    if (part !== undefined) versions.set(part, String(fields?.['version'] ?? ''));
  }
  for (const item of incoming) {
    const parts = new Set([...eachFactIn([item])].map(([, fact]) => partOf(pkOf(fact))));
    for (const part of parts)
      if (part !== undefined) versions.set(part, `${versions.get(part) ?? ''}+${item.sk}`);
  }
  return versions;
}

/** Credentials and aliases are no part: they are evidence about uses, not about jobs. */
function partOf(pk: string): string | undefined {
  if (pk === LASTING) return 'lasting';
  return /^J#(\d{4}-\d{2})$/.exec(pk)?.[1];
}

/** The settled facts under some partition keys. */
export async function readSettled(table: Table, pks: readonly string[]): Promise<JobFacts> {
  return factsIn(await itemsOf(table, pks));
}

/** Divides partition keys into those of credentials, which are used by their roles, and the others. */
export function issuedAmong(pks: readonly string[]): { issued: string[]; others: string[] } {
  return {
    issued: pks.filter((pk) => pk.startsWith(ISSUED)),
    others: pks.filter((pk) => !pk.startsWith(ISSUED)),
  };
}

/** The partition keys under which some facts may be stored already, and other facts of the same jobs. */
export async function pksTouchedBy(table: Table, facts: JobFacts): Promise<string[]> {
  const { issued, others } = issuedAmong(await settledPks(table, monthsTouchedBy(facts)));
  const own = new Set([...facts.values()].map(pkOf));
  return [...others, ...issued.filter((pk) => own.has(pk))];
}

/** The items under some partition keys. */
export async function itemsOf(table: Table, pks: readonly string[]): Promise<Item[]> {
  const items: Item[] = [];
  for (const pk of pks) items.push(...(await table.query(pk)));
  return items;
}

/** The settled facts of aliases. */
export async function readSettledAliases(table: Table): Promise<Aliases> {
  return aliasesOf((await readSettled(table, [ALIASES])).values());
}

/**
 * Stores facts with those of their days, and deletes the items that these replace.
 *
 * A reader that queries a partition key meanwhile misses nothing: it reads in the order of sort keys, and an item sorts
 * behind the one it replaces.
 * @param version a number that nobody else uses; items are named by a greater one where a later version exists
 */
export async function putSettled(
  table: Table,
  facts: Iterable<readonly [text: string, fact: JobFact]>,
  version: number,
): Promise<void> {
  const byPkAndDay = new Map<string, string[]>();
  for (const [text, fact] of facts) {
    appendToList(byPkAndDay, `${pkOf(fact)}\n${dayOf(fact.timeMs)}`, text);
  }
  for (const [pkAndDay, texts] of byPkAndDay) {
    const [pk = '', day = ''] = pkAndDay.split('\n');
    // Until all are settled they are incoming facts too, so nobody takes a part of them for the version.
    await table.put({ pk: SETTLED_PKS, sk: pk, fields: { version } });
    const before = await table.query(pk, { from: `${day}.`, to: `${day}.~` });
    const known = new Set(before.flatMap(linesIn));
    const together = pk === ALIASES ? compacted([...known, ...texts]) : new Set([...known, ...texts]);
    if (together.size === known.size && [...together].every((text) => known.has(text))) continue;
    // Somebody with a greater version may have been faster.
    const after = Math.max(version, ...before.map(({ sk }) => versionIn(sk) + 1));
    const items = cutItems(together, (body) => ({
      pk,
      sk: `${day}.${padded(after)}.${contentName(body)}`,
    }));
    await table.write(items);
    const written = new Set(items.map(({ sk }) => sk));
    await table.write(
      [],
      before.filter(({ sk }) => !written.has(sk)),
    );
  }
}

/** Facts of aliases without those that say nothing new. */
function compacted(texts: readonly string[]): Set<string> {
  const aliases = aliasesOf(texts.map((text) => parseJson(text) as JobFact));
  return new Set(jobFactsOf(newAliasFacts(new Map(), aliases)).map((fact) => JSON.stringify(fact)));
}

/** `<day>.<version>.<hash>` */
function versionIn(sk: string): number {
  return Number.parseInt(sk.split('.')[1] ?? '', 16);
}

/** Every fact that may concern the uses of some days, both inclusive. */
export async function readFactsBetween(table: Table, firstDay: string, lastDay: string): Promise<JobFacts> {
  // Read before the settled facts: facts that are settled in between are found there.
  const incoming = await readIncoming(table);
  const pks = await settledPks(table, monthsBetween(firstDay, lastDay));
  return new Map([...(await readSettled(table, pks)), ...factsIn(incoming)]);
}

/** Months since year 0, both inclusive. */
export interface Months {
  readonly from: number;
  readonly to: number;
}

/** The months of which facts may concern the uses of some days, both inclusive. */
export function monthsBetween(firstDay: string, lastDay: string): Months {
  return { from: monthOf(firstDay) - MONTHS_AROUND, to: monthOf(lastDay) + MONTHS_AROUND };
}

/** The months whose facts may be needed to judge a day that one of the given facts concerns. */
function monthsTouchedBy(facts: JobFacts): Months {
  const months = [...facts.values()].map((fact) => monthOf(dayOf(fact.timeMs)));
  const first = months.reduce((least, month) => Math.min(least, month), Number.POSITIVE_INFINITY);
  const last = months.reduce((most, month) => Math.max(most, month), Number.NEGATIVE_INFINITY);
  return { from: first - 2 * MONTHS_AROUND, to: last + 2 * MONTHS_AROUND };
}

/** @param day or month: `2026-03-01`, `2026-03` */
function monthOf(day: string): number {
  const [year = 0, month = 1] = day.split('-').map(Number);
  return year * 12 + month - 1;
}

function isPkIn(pk: string, { from, to }: Months): boolean {
  const month = monthOf(pk.slice(pk.lastIndexOf('#') + 1));
  return pk === LASTING || pk === ALIASES || (month >= from && month <= to);
}

function monthPk(month: string): string {
  return `J#${month}`;
}

function pkOf(fact: JobFact): string {
  if (fact.kind === 'alias') return ALIASES;
  if (isLasting(fact)) return LASTING;
  const month = dayOf(fact.timeMs).slice(0, 7);
  return fact.kind === 'session' && fact.is === 'issued' ? `${ISSUED}${month}` : monthPk(month);
}

function isLasting(fact: JobFact): boolean {
  switch (fact.kind) {
    case 'model':
    case 'endpoint-config':
      return true;
    case 'resource':
      return fact.type !== 'job' && !fact.type.endsWith('-job');
    case 'pipeline-step':
    case 'grant':
    case 'session':
    case 'alias':
      return false;
    default:
      return fact satisfies never;
  }
}

/** Facts as items, none too large, in an order that is the same for the same facts. */
function cutItems(facts: ReadonlySet<string>, name: (body: Uint8Array) => ItemKey): Item[] {
  const texts = [...facts].sort();
  const items: Item[] = [];
  const put = (part: readonly string[]) => {
    const body = compress(Buffer.from(part.join('\n')));
    if (body.length > MAX_BODY_BYTES && part.length > 1) {
      put(part.slice(0, part.length >>> 1));
      put(part.slice(part.length >>> 1));
      return;
    }
    items.push({ ...name(body), body });
  };
  for (let start = 0; start < texts.length; start += FACTS_IN_ITEM) {
    put(texts.slice(start, start + FACTS_IN_ITEM));
  }
  return items;
}

/**
 * The facts in some items, each once. An item has a line for each fact: its JSON as it was first written, so that equal
 * facts are found without parsing.
 */
export function factsIn(
  items: readonly Item[],
  isWanted: (fact: JobFact) => boolean = () => true,
): Map<string, JobFact> {
  const facts = new Map<string, JobFact>();
  for (const [text, fact] of eachFactIn(items)) if (isWanted(fact)) facts.set(text, fact);
  return facts;
}

/** The facts in some items one after the other, so that not all are in memory; some may occur twice. */
export function* eachFactIn(items: readonly Item[]): Generator<[text: string, fact: JobFact]> {
  for (const item of items) {
    // What this file wrote.
    for (const text of linesIn(item)) yield [text, parseJson(text) as JobFact];
  }
}

function linesIn(item: Item): string[] {
  try {
    return zstdDecompressSync(item.body ?? new Uint8Array())
      .toString()
      .split('\n');
  } catch (cause) {
    throw corruptItem('An item of job facts', item, cause);
  }
}
