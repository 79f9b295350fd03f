import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { appendSegments, type Segment, SegmentBuilder } from '../../src/history/append/append.ts';
import { shardOf } from '../../src/history/append/write-shards.ts';
import { appendJobFacts } from '../../src/history/evidence/evidence-items.ts';
import { History } from '../../src/history/query/history.ts';
import type {
  KeySummary,
  Order,
  PrincipalSummary,
  UsageFilter,
  UsageRow,
} from '../../src/history/query/questions.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import { grantFactOf } from '../../src/sagemaker/grant-fact.ts';
import type { JobFact } from '../../src/sagemaker/job-fact.ts';
import type { Table } from '../../src/table/table.ts';
import type { Json } from '../oracle/json.ts';
import { comparable, Oracle, sortGroups } from '../oracle/oracle.ts';
import { MemoryTable } from '../table/memory-table.ts';

const options = {
  hashAccessKey: (id: string) => createHash('sha256').update(id).digest('base64url').slice(0, 16),
};

/** All there is, whatever its time. */
export const EVERYTHING = { fromMs: 0, toMs: Date.parse('2100-01-01T00:00:00Z') };

/** What one batch of records makes. */
function batchOf(records: readonly unknown[]): {
  segments: Segment[];
  jobFacts: JobFact[];
  aliasFacts: JobFact[];
} {
  const builder = new SegmentBuilder();
  const jobFacts: JobFact[] = [];
  for (const record of records) {
    const parsed = parseEvent(record, options);
    if (parsed.kind === 'job-event' || parsed.kind === 'session') jobFacts.push(...parsed.facts);
    if (parsed.kind !== 'key-use') continue;
    for (const use of parsed.uses) {
      builder.add(use);
      const grant = grantFactOf(use);
      if (grant !== undefined) jobFacts.push(grant);
    }
  }
  const aliasFacts = builder.aliasFacts();
  return { segments: builder.finish(), jobFacts, aliasFacts };
}

export async function append(
  table: Table,
  records: readonly unknown[],
  origin: string,
  batch?: string,
): Promise<void> {
  const { segments, jobFacts, aliasFacts } = batchOf(records);
  await appendJobFacts(table, [...jobFacts, ...aliasFacts]);
  await appendSegments(table, segments, origin, batch);
}

/** Appends so that few uses, too, go to any of the write shards, as only large segments do. */
export async function appendToAllShards(
  table: Table,
  records: readonly unknown[],
  origin: string,
  batch?: string,
): Promise<void> {
  const { jobFacts, aliasFacts } = batchOf(records);
  await appendJobFacts(table, [...jobFacts, ...aliasFacts]);
  await appendUsesToAllShards(table, records, origin, batch);
}

/** The same of the uses alone, so that only seals learn of aliases. */
export async function appendUsesToAllShards(
  table: Table,
  records: readonly unknown[],
  origin: string,
  batch?: string,
): Promise<void> {
  const { segments } = batchOf(records);
  await appendSegments(table, segments, origin, batch, (_, name) => shardOf(LARGE_BODY, name));
}

const LARGE_BODY = new Uint8Array(65_536);

export async function everyRow(
  history: History,
  filter: UsageFilter = EVERYTHING,
  { order = 'asc' as Order, limit = 1_000 } = {},
): Promise<UsageRow[]> {
  const rows: UsageRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await history.usage(filter, { order, limit, ...(cursor === undefined ? {} : { cursor }) });
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return rows;
}

export function oracleOf(records: readonly unknown[]): Oracle {
  const oracle = new Oracle();
  for (const record of records) oracle.add(record);
  return oracle;
}

const withoutAliases = ({ aliases, jobs, ...rest }: KeySummary) => rest;
const withoutAccount = ({ accountId, jobs, ...rest }: PrincipalSummary) => rest;

async function directoryOf(history: History) {
  const keys = (await history.keys({ limit: 1_000 })).items;
  const principals = (await history.principals({ limit: 1_000 })).items;
  return { keys, principals };
}

/** A history to which all came at once and nothing went wrong. */
async function historyOfOneBatch(records: readonly Json[]): Promise<History> {
  const table = new MemoryTable();
  await append(table, records, 'me');
  await sealAll(table, 'me', 'test');
  return new History(table);
}

/** Every kind of answer of a history that is sealed, against the oracle's. */
export async function expectAnswersOf(table: Table, records: readonly Json[]): Promise<void> {
  const oracle = oracleOf(records);
  const history = new History(table);
  const rows = oracle.rows();
  expect((await everyRow(history)).map(comparable)).toEqual(rows.map(comparable));
  expect((await everyRow(history, {})).map(({ eventId }) => eventId)).toEqual(
    rows.map(({ eventId }) => eventId),
  );
  const { items: groups } = await history.summary(EVERYTHING, ['key', 'principal', 'outcome', 'hour'], {
    limit: 1_000,
  });
  expect(sortGroups([...groups])).toEqual(
    sortGroups([...oracle.summary(EVERYTHING, ['key', 'principal', 'outcome', 'hour'])]),
  );
  const directory = await directoryOf(history);
  expect(directory.keys.map(withoutAliases)).toEqual(oracle.keys().map(withoutAliases));
  expect(directory.principals.map(withoutAccount)).toEqual(oracle.principals().map(withoutAccount));
  // What a folded row teaches of an alias, and whose a service is, the oracle settles by itself; of jobs it knows nothing.
  expect(directory).toEqual(await directoryOf(await historyOfOneBatch(records)));
  const arns = [...new Set(rows.flatMap(({ keyArn }) => keyArn ?? []))];
  const byKey = await everyRow(history, { ...EVERYTHING, key: arns });
  if (arns.length > 0)
    expect(byKey.map(comparable)).toEqual(rows.filter(({ keyArn }) => keyArn !== undefined).map(comparable));
  for (const { eventId } of rows.slice(0, 3)) {
    expect((await history.event(eventId)).map(comparable)).toEqual(oracle.event(eventId).map(comparable));
  }
}
