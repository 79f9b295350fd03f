import * as z from 'zod';
import { GROUP_DIMENSIONS } from '../../src/history/query/questions.ts';
import type { Answered } from './answered.ts';
import type { CliRun } from './checkout.ts';

/** Without it an answer covers 30 days. */
const EVER = '2000-01-01T00:00:00Z';
const EVENTS = 200;

const GROUPINGS = [
  ...GROUP_DIMENSIONS,
  'key,principal',
  'principal,operation',
  'job,status',
  'job,key,status',
  'key,day',
  'key,hour',
  'account,region',
  'category,outcome',
];

const FILTERS = [
  'outcome=denied',
  'outcome=failed&outcome=probe',
  'category=grant&category=management',
  'status=exact',
  'status=ambiguous',
  'status=none',
  'expected=no-rule',
];

/** As far as the questions need it: the rest of a page is compared as it is. */
const pageSchema = z.looseObject({
  items: z.array(z.looseObject({})).optional(),
  next: z.string().optional(),
});

/** Asks a server everything: whole lists, page after page, and each of their items. */
export async function askServed(origin: string): Promise<Answered[]> {
  const answered: Answered[] = [];
  const ask = async (path: string) => {
    const response = await fetch(`${origin}${path}`);
    const text = await response.text();
    const head = `${response.status} ${response.headers.get('content-type')}`;
    return { head, text };
  };
  const one = async (path: string) => {
    const { head, text } = await ask(path);
    answered.push({ question: path, text }, { question: `${path} (status and type)`, text: head });
  };
  const every = async (path: string) => {
    const items: object[] = [];
    for (let page = 1, next: string | undefined; page === 1 || next !== undefined; page++) {
      const limit = `${path.includes('?') ? '&' : '?'}limit=1000`;
      const { head, text } = await ask(`${path}${limit}${next === undefined ? '' : `&cursor=${next}`}`);
      if (!head.startsWith('200 ')) throw new Error(`${path}: ${head} ${text}`);
      const read = pageSchema.parse(JSON.parse(text));
      answered.push({ question: `${path}, page ${page}`, text });
      items.push(...(read.items ?? []));
      next = read.next === undefined ? undefined : encodeURIComponent(read.next);
    }
    return items;
  };

  const rows = await every(`/v1/usage?from=${EVER}`);
  await every('/v1/usage?order=desc');
  for (const filter of FILTERS) await every(`/v1/usage?from=${EVER}&${filter}`);
  await every(`/v1/usage/summary?from=${EVER}`);
  for (const groups of GROUPINGS) await every(`/v1/usage/summary?from=${EVER}&groupBy=${groups}`);
  for (const id of spread(textsOf(rows, 'eventId'))) await one(`/v1/usage/${encodeURIComponent(id)}`);
  for (const [list, member] of [
    ['keys', 'arn'],
    ['principals', 'id'],
    ['jobs', 'arn'],
    ['alerts', 'id'],
  ] as const) {
    const items = await every(list === 'jobs' ? `/v1/jobs?from=${EVER}` : `/v1/${list}`);
    for (const id of textsOf(items, member)) await one(`/v1/${list}/${encodeURIComponent(id)}`);
  }
  return answered;
}

/** Asks the command line. */
export async function askCommands(run: (args: readonly string[]) => Promise<CliRun>): Promise<Answered[]> {
  const commands = [
    ...['json', 'csv', 'ndjson'].map((format) => ['usage', '--from', EVER, '--format', format]),
    ['alerts', '--format', 'json'],
    ['alerts', '--format', 'csv'],
    ['quarantine', 'list'],
    ['expect', 'suggest'],
  ];
  const answered: Answered[] = [];
  for (const args of commands)
    answered.push({ question: `keytrail ${args.join(' ')}`, text: (await run(args)).text });
  return answered;
}

/** The values of one member, each once. */
function textsOf(items: readonly object[], member: string): string[] {
  const texts = items.map((item) => new Map(Object.entries(item)).get(member));
  return [...new Set(texts)].filter((text) => typeof text === 'string');
}

/** As many as are asked about, from the first to the last. */
function spread(ids: readonly string[]): string[] {
  const step = Math.max(1, ids.length / EVENTS);
  return Array.from({ length: Math.min(EVENTS, ids.length) }, (_, nth) => ids[Math.floor(nth * step)] ?? '');
}
