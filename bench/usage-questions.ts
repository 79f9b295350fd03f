import type { History } from '../src/history/query/history.ts';
import type { UsageFilter } from '../src/history/query/questions.ts';
import type { BuiltHistory } from './built-history.ts';

/** One question, as the history, its API and DuckDB are asked it. */
export interface UsageQuestion {
  /** @returns how many rows or groups were answered */
  ask(history: History): Promise<number>;
  readonly path: string;
  /** Over the view `usage`; absent where that cannot tell. */
  readonly sql?: string;
}

export interface QuestionKind {
  readonly name: string;
  /** Milliseconds that the 95th percentile is to stay under, where there is such a figure. */
  readonly figureMs: number | undefined;
  readonly questions: readonly UsageQuestion[];
}

const PAGE = { limit: 100, order: 'asc' } as const;
const HOUR_MS = 3_600_000;

/** Every kind of question of the figures, in up to `many` variants. */
export function questionKinds(history: BuiltHistory, many: number): QuestionKind[] {
  const { options } = history;
  const some = <T>(items: readonly T[]): T[] => {
    const step = Math.max(1, items.length / many);
    return Array.from(
      { length: Math.min(many, items.length) },
      (_, nth) => items[Math.floor(nth * step)] as T,
    );
  };
  const hours = options.days * 24;
  const times = Array.from(
    { length: many },
    (_, nth) => options.startMs + Math.floor((nth * hours) / many) * HOUR_MS,
  );
  const denied = { outcome: ['denied'] as const };
  return [
    {
      name: 'summary of a key over all days',
      figureMs: 50,
      questions: some(history.keys).map(
        (key): UsageQuestion => ({
          ask: async (asked) =>
            (await asked.summary({ key: [key] }, ['principal', 'operation'], PAGE)).items.length,
          path: `/v1/usage/summary?${query({ key, groupBy: 'principal,operation' })}`,
          sql: `SELECT principal, operation, count(*), min(eventTime), max(eventTime) FROM usage
          WHERE keyArn = ${literal(key)} GROUP BY ALL ORDER BY ALL LIMIT 100`,
        }),
      ),
    },
    {
      name: 'first page by key',
      figureMs: 20,
      questions: some(history.keys).map((key) => page({ key: [key] }, { key }, `keyArn = ${literal(key)}`)),
    },
    {
      name: 'first page by principal',
      figureMs: 20,
      questions: some(history.principals).map((principal) =>
        page({ principal: [principal] }, { principal }, `principal = ${literal(principal)}`),
      ),
    },
    {
      name: 'first page by job',
      figureMs: 20,
      questions: some(history.jobs).map((job) =>
        page({ job: [job] }, { job }, `list_contains(jobs, ${literal(job)})`),
      ),
    },
    {
      name: 'summary of a key by job',
      figureMs: undefined,
      questions: some(history.keys).map(
        (key): UsageQuestion => ({
          ask: async (asked) => (await asked.summary({ key: [key] }, ['job'], PAGE)).items.length,
          path: `/v1/usage/summary?${query({ key, groupBy: 'job' })}`,
          sql: `SELECT job, count(*), count(*) FILTER (many > 1), min(eventTime), max(eventTime) FROM (
            SELECT unnest(coalesce(jobs, [NULL])) AS job, len(jobs) AS many, eventTime FROM usage
            WHERE keyArn = ${literal(key)}) GROUP BY job ORDER BY job LIMIT 100`,
        }),
      ),
    },
    {
      name: 'page of jobs, from a time',
      figureMs: undefined,
      questions: times.map((fromMs) => ({
        ask: async (asked) => (await asked.jobs({ fromMs }, PAGE)).items.length,
        path: `/v1/jobs?${query({ from: iso(fromMs) })}`,
      })),
    },
    {
      name: 'first page of denied, from a time',
      figureMs: 50,
      questions: times.map((fromMs) =>
        page(
          { ...denied, fromMs },
          { outcome: 'denied', from: iso(fromMs) },
          `outcome = 'denied' AND ${since(fromMs)}`,
        ),
      ),
    },
    {
      name: 'first page of all, from a time',
      figureMs: 50,
      questions: times.map((fromMs) => page({ fromMs }, { from: iso(fromMs) }, since(fromMs))),
    },
    { name: 'an event by its id', figureMs: 50, questions: some(history.eventIds).map(event) },
    {
      name: 'an event id that is not there',
      figureMs: 50,
      questions: some(history.eventIds).map((id) => event(`${id.slice(0, 9)}0bad-4bad-8bad-${id.slice(24)}`)),
    },
  ];
}

function page(
  filter: UsageFilter,
  parameters: Readonly<Record<string, string>>,
  where: string,
): UsageQuestion {
  return {
    ask: async (history) => (await history.usage(filter, PAGE)).items.length,
    path: `/v1/usage?${query(parameters)}`,
    sql: `SELECT * FROM usage WHERE ${where} ORDER BY eventTime, eventId LIMIT 100`,
  };
}

function event(id: string): UsageQuestion {
  return {
    ask: async (history) => (await history.event(id)).length,
    path: `/v1/usage/${id}`,
    sql: `SELECT * FROM usage WHERE eventId = ${literal(id)}::UUID`,
  };
}

function query(parameters: Readonly<Record<string, string>>): string {
  return new URLSearchParams(parameters).toString();
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

function since(timeMs: number): string {
  return `eventTime >= epoch_ms(${timeMs})`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
