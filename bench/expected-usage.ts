// Run by hand: node bench/expected-usage.ts [--rows 1000000] [--questions 10] [--input DIR | --keep]
// How long questions by verdict take of a month's history, with an expectation for each of 200 keys that allows half of
// the principals, a fourth of them at some hours only; beside them the same questions without a verdict.
import { parseArgs } from 'node:util';
import { openEmbeddedStore } from '../src/embedded/embedded-store.ts';
import { compileExpectations } from '../src/expectations/compile-expectations.ts';
import type { Expectation } from '../src/expectations/expectation.ts';
import type { ExpectationJudge } from '../src/expectations/verdict.ts';
import { History } from '../src/history/query/history.ts';
import type { GroupDimension, UsageFilter } from '../src/history/query/questions.ts';
import { type BuiltHistory, builtHistory } from './built-history.ts';
import { printResult, printTable, say } from './print.ts';
import { median, percentile, rounded } from './statistics.ts';
import { inWorkFolder, WORK_FOLDER_OPTIONS } from './work-folder.ts';

const { values } = parseArgs({
  options: {
    ...WORK_FOLDER_OPTIONS,
    rows: { type: 'string', default: '1000000' },
    questions: { type: 'string', default: '10' },
  },
});

type Ask = (history: History, key: string) => Promise<readonly { readonly count?: number }[]>;

const page = { limit: 1_000, order: 'asc' } as const;
const summary =
  (filter: UsageFilter, ...groupBy: readonly GroupDimension[]): Ask =>
  async (history) =>
    (await history.summary(filter, groupBy, page)).items;
const ofKey =
  (filter: UsageFilter): Ask =>
  async (history, key) =>
    (await history.summary({ ...filter, key: [key] }, ['principal'], page)).items;
const rows =
  (filter: UsageFilter): Ask =>
  async (history) =>
    (await history.usage(filter, { limit: 100, order: 'asc' })).items.map(() => ({ count: 1 }));
const no = { expected: ['no'] } as const;

const KINDS: readonly (readonly [name: string, ask: Ask])[] = [
  ['summary of all by key', summary({}, 'key')],
  ['summary of all by key, expected=no', summary(no, 'key')],
  ['summary of all by job and hour, expected=no', summary(no, 'job', 'hour')],
  ['summary of a key by principal', ofKey({})],
  ['summary of a key by principal, expected=no', ofKey(no)],
  ['first page', rows({})],
  ['first page, expected=no', rows(no)],
];

function judgeOf({ keys, principals }: BuiltHistory): ExpectationJudge {
  const half = principals.filter((_, nth) => nth % 2 === 0).slice(0, 500);
  return compileExpectations(
    keys.map(
      (key, nth): Expectation => ({
        id: `e-${nth}`,
        keys: [key],
        principals: half,
        operations: ['cryptographic', 'grant'],
        ...(nth % 4 === 0 ? { only: { times: [{ from: '06:00', to: '20:00' }] } } : {}),
        owner: 'team',
        reason: 'It is measured',
      }),
    ),
  );
}

await inWorkFolder('expected', values, async (folder) => {
  const uses = Number(values.rows);
  const built = await builtHistory(folder, {
    seed: 1,
    startMs: Date.parse('2026-03-01T00:00:00Z'),
    days: 30,
    uses,
    keys: 200,
    principals: 500,
    jobs: Math.max(1, Math.round(uses / 500)),
    skew: 'zipf',
  });
  const judge = judgeOf(built);
  const store = await openEmbeddedStore(built.store, { mode: 'change' });
  try {
    const results = [];
    for (const [name, ask] of KINDS) {
      const cold: number[] = [];
      const warm: number[] = [];
      let counted = 0;
      const history = () => new History(store.table, { expectations: async () => judge });
      const kept = history();
      for (let nth = 0; nth < Number(values.questions); nth++) {
        const key = built.keys[Math.floor((nth * built.keys.length) / Number(values.questions))] ?? '';
        const timed = async (asked: History) => {
          const started = performance.now();
          const items = await ask(asked, key);
          counted = items.reduce((sum, { count = 0 }) => sum + count, 0);
          return performance.now() - started;
        };
        cold.push(await timed(history()));
        await timed(kept);
        warm.push(await timed(kept));
      }
      say(`asked: ${name}`);
      results.push({ name, cold, warm, counted });
    }
    const of = (ms: readonly number[]) => [rounded(median(ms), 1), rounded(percentile(ms, 0.95), 1)];
    printTable(
      ['milliseconds', 'cold p50', 'p95', 'warm p50', 'p95', 'rows counted by the last'],
      results.map(({ name, cold, warm, counted }) => [name, ...of(cold), ...of(warm), counted]),
    );
    printResult('expected-usage', {
      rows: built.rows,
      questions: results.map(({ name, cold, warm }) => ({ name, cold: of(cold), warm: of(warm) })),
    });
  } finally {
    await store.close();
  }
});
