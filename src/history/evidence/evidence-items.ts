import { zstdDecompressSync } from 'node:zlib';
import { appendToList } from '../../append-to-list.ts';
import type { JobFact } from '../../sagemaker/job-fact.ts';
import { contentName, MAX_BODY_BYTES, padded } from '../../table/content-name.ts';
import { corruptItem } from '../../table/corrupt-item.ts';
import type { Item, ItemKey, Table } from '../../table/table.ts';
import { compress } from '../../table/zstd.ts';
import { parseJson } from '../../text/parse-json.ts';
import { dayOf } from '../../utc-time.ts';

/**
 * Job facts in the table. They are a set that only grows: a batch puts its facts under a name made of them, and
 * from then on they are known. Whoever seals next takes them in, see `settle-evidence.ts`: each fact comes to lie
 * with those of its day.
 *
 * Facts of what lives for a bounded time lie by month, since nobody who asks of a day needs those of months far
 * away; those of what may live for ever, endpoints and models, lie together.
 */
const INCOMING = 'N';
const LASTING = 'J#lasting';
/** What aliases meant, which concerns jobs of any time. */
const ALIASES = 'J#aliases';
/**
 * Credentials that SageMaker was given, by month: of every role it takes on, most of which no job has. Who judges
 * takes those of the jobs' roles.
 */
const ISSUED = 'J#issued#';
/** The partitions that have any: a window may be of a thousand months. */
const PLACES = 'J';

/** Facts in an item: a few hundred bytes each before compression. */
const FACTS_IN_ITEM = 2_000;

/** Months before and after a day's own of which facts may concern its uses: no job runs for longer. */
const MONTHS_AROUND = 2;

/** Facts by their JSON, which is what makes two of them one. */
export type JobFacts = ReadonlyMap<string, JobFact>;

/** Makes a batch's facts durable. Doing it again changes nothing. */
export async function appendJobFacts(table: Table, facts: Iterable<JobFact>): Promise<void> {
  const texts = new Set([...facts].map((fact) => JSON.stringify(fact)));
  await table.write(cutItems(texts, (body) => ({ pk: INCOMING, sk: contentName(body) })));
}

/** What waits to be taken in. */
export async function readIncoming(table: Table): Promise<Item[]> {
  return table.query(INCOMING);
}

/** The partitions that hold the settled facts of some months, and of what is lasting. */
export async function placesOf(table: Table, months: Months): Promise<string[]> {
  return (await table.query(PLACES)).map(({ sk }) => sk).filter((place) => isPlaceIn(place, months));
}

/** The settled facts of some partitions. */
export async function readSettled(table: Table, places: readonly string[]): Promise<JobFacts> {
  return factsIn(await itemsOf(table, places));
}

/** Of some partitions those of credentials, whose facts count by their roles, and the others. */
export function issuedAmong(places: readonly string[]): { issued: string[]; others: string[] } {
  return {
    issued: places.filter((place) => place.startsWith(ISSUED)),
    others: places.filter((place) => !place.startsWith(ISSUED)),
  };
}

/** The partitions that some facts may be in already, and of what else may be known of their jobs. */
export async function placesTouchedBy(table: Table, facts: JobFacts): Promise<string[]> {
  const { issued, others } = issuedAmong(await placesOf(table, monthsTouchedBy(facts)));
  const own = new Set([...facts.values()].map(placeOf));
  return [...others, ...issued.filter((place) => own.has(place))];
}

/** The items of some partitions, as they are. */
export async function itemsOf(table: Table, places: readonly string[]): Promise<Item[]> {
  const items: Item[] = [];
  for (const place of places) items.push(...(await table.query(place)));
  return items;
}

/** What is known of aliases beforehand. */
export async function readAliasFacts(table: Table): Promise<JobFacts> {
  const incoming = await readIncoming(table);
  return new Map([...(await readSettled(table, [ALIASES])), ...factsIn(incoming)]);
}

/**
 * Lays facts with those of their days, and takes away what they were laid together from.
 *
 * A reader goes through a partition in the order of its names while this happens, and misses nothing: what
 * replaces an item sorts behind it.
 * @param version a number that nobody else was answered; what is laid is named by a greater one where need be
 */
export async function putSettled(
  table: Table,
  facts: Iterable<readonly [text: string, fact: JobFact]>,
  version: number,
): Promise<void> {
  const byPlace = new Map<string, string[]>();
  for (const [text, fact] of facts) {
    const place = `${placeOf(fact)}\n${dayOf(fact.timeMs)}`;
    appendToList(byPlace, place, text);
  }
  for (const [place, placed] of byPlace) {
    const [pk = '', day = ''] = place.split('\n');
    await table.put({ pk: PLACES, sk: pk });
    const before = await table.query(pk, { from: `${day}.`, to: `${day}.~` });
    const together = new Set([...before.flatMap(linesIn), ...placed]);
    // Somebody slower may come after one who began later.
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

/** `<day>.<version>.<hash>` */
function versionIn(sk: string): number {
  return Number.parseInt(sk.split('.')[1] ?? '', 16);
}

/** Every fact that may concern the uses of some days, both inclusive. */
export async function readFactsBetween(table: Table, firstDay: string, lastDay: string): Promise<JobFacts> {
  // Before what is settled: what leaves here meanwhile has come there.
  const incoming = await readIncoming(table);
  const places = await placesOf(table, monthsBetween(firstDay, lastDay));
  return new Map([...(await readSettled(table, places)), ...factsIn(incoming)]);
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

/** The months in which some facts may be among those of a day that one of the given facts concerns. */
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

function isPlaceIn(place: string, { from, to }: Months): boolean {
  const month = monthOf(place.slice(place.lastIndexOf('#') + 1));
  return place === LASTING || place === ALIASES || (month >= from && month <= to);
}

function monthPk(month: string): string {
  return `J#${month}`;
}

function placeOf(fact: JobFact): string {
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

/** Cut so that no item is too large, in an order that is the same for the same facts. */
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
 * The facts in some items, each once. An item has a line for each fact: its JSON, as it was first written, so that
 * what is the same is known without being read.
 */
export function factsIn(
  items: readonly Item[],
  isWanted: (fact: JobFact) => boolean = () => true,
): Map<string, JobFact> {
  const facts = new Map<string, JobFact>();
  for (const [text, fact] of eachFactIn(items)) if (isWanted(fact)) facts.set(text, fact);
  return facts;
}

/** The facts in some items one after the other, so that they need not be there together; some perhaps again. */
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
