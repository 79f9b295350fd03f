import { parseArgs } from 'node:util';
import { DayDependencies } from '../src/alerts/detect/day-dependencies.ts';
import { detectDay } from '../src/alerts/detect/detect-day.ts';
import { DEFAULT_DETECTION_SETTINGS } from '../src/alerts/detect/detection-settings.ts';
import { FirstSeenIndex } from '../src/alerts/detect/first-seen-index.ts';
import { readJobFacts } from '../src/alerts/detect/job-parts.ts';
import { previewExpectations } from '../src/alerts/detect/preview.ts';
import { runDetection } from '../src/alerts/detect/run-detection.ts';
import { compileExpectations } from '../src/expectations/compile-expectations.ts';
import type { Expectation } from '../src/expectations/expectation.ts';
import { appendSegments, SegmentBuilder } from '../src/history/append/append.ts';
import { appendJobFacts } from '../src/history/evidence/evidence-items.ts';
import { History } from '../src/history/query/history.ts';
import { inspectDays } from '../src/history/query/inspected-day.ts';
import { sealAll } from '../src/history/seal/seal-day.ts';
import { DecodedItems } from '../src/table/decoded-items.ts';
import { MemoryTable } from '../test/table/memory-table.ts';
import { factsOfJob, listed } from './facts-of-jobs.ts';
import { printResult, printTable, say } from './print.ts';
import { RealisticUses } from './realistic-uses.ts';
import { rounded } from './statistics.ts';

/**
 * What the alert rules cost a use, and how long a preview takes, with 1,000 expectations over a month of a million uses.
 * `node bench/alert-rules.ts --uses 1000000`
 */
const { values } = parseArgs({ options: { uses: { type: 'string', default: '1000000' } } });
const START_MS = Date.parse('2026-03-01T00:00:00Z');
const DAYS = 30;
const BATCH_ROWS = 50_000;
const ROUNDS = 3;

const made = new RealisticUses({
  seed: 1,
  startMs: START_MS,
  days: DAYS,
  uses: Number(values.uses),
  keys: 200,
  principals: 500,
  jobs: 2_000,
  skew: 'zipf',
});
const table = new MemoryTable();
const users = new Map<string, Set<string>>();
let rows = 0;
await appendJobFacts(
  table,
  made.jobs.flatMap((job) => listed(factsOfJob(job))),
);
for (let day = 0; day < DAYS; day++) {
  const builder = new SegmentBuilder();
  for (const hour of made.day(day)) {
    for (const use of hour) {
      builder.add(use);
      rows++;
      if (use.keyArn === undefined || use.principal.id === undefined) continue;
      users.set(use.keyArn, (users.get(use.keyArn) ?? new Set()).add(use.principal.id));
    }
    if (builder.rows >= BATCH_ROWS) await appendSegments(table, builder.finish(), 'bench');
  }
  await appendSegments(table, builder.finish(), 'bench');
}
await sealAll(table, 'bench', 'bench');
say(`${rows.toLocaleString('en')} rows are sealed.`);

/** A thousand: what each key is truly used by in five parts, a few of a thousand left out. */
const expectations = [...users].flatMap(([key, principals]) =>
  Array.from({ length: 5 }, (_, part): Expectation => {
    const some = [...principals]
      .sort()
      .filter((_principal, number) => number % 5 === part && number % 97 !== 96);
    return {
      id: `${key.slice(-12)}-${part}`,
      keys: [key],
      principals: some.length === 0 ? ['account:111122223333'] : some,
      operations: ['cryptographic', 'grant', 'management'],
      ...(part === 4 ? { only: { networks: ['0.0.0.0/0'] } } : {}),
      owner: 'the team',
      reason: 'it is measured',
    };
  }),
);
const judge = compileExpectations(expectations);
const nowMs = START_MS + (DAYS + 2) * 86_400_000;
// Too small to keep the month's rows: each round decodes them, as a first one does.
const history = new History(table, {}, new DecodedItems(16 * 1024 * 1024));
const parts = {
  seen: new FirstSeenIndex(table, DEFAULT_DETECTION_SETTINGS.learningMs),
  table,
  history,
  settings: DEFAULT_DETECTION_SETTINGS,
};

const whole = new DayDependencies(await readJobFacts(table), () => false, new Map());
const reading = await timed(async () => {
  const view = await history.open();
  for (const day of await inspectDays(view, view.days())) for await (const _ of day.rows());
});
const judging = await timed(async () => {
  const view = await history.open();
  const seen = new FirstSeenIndex(table, DEFAULT_DETECTION_SETTINGS.learningMs);
  for (const day of await inspectDays(view, view.days())) {
    await seen.load((await day.pairUses()).map(({ keyName }) => keyName));
    const knowledge = await history.knowledge(day.day);
    const { settings } = parts;
    const only = { dated: [], records: false };
    await detectDay({ view, day, knowledge, seen, whole, settings, nowMs, ...only }, [judge]);
  }
});
const detecting = await timed((round) =>
  runDetection({
    ...parts,
    // Another name each time: every day is checked again.
    expectations: async () => ({ ...judge, ...bound(judge), name: `${judge.name} ${round}` }),
    recordNeeded: async () => {},
    now: () => nowMs,
  }),
);
const previewing = await timed(() =>
  previewExpectations({ ...parts, nowMs }, compileExpectations([]), judge, START_MS, nowMs),
);
printTable(
  ['what', 'seconds', 'µs a use', 'µs a use, reading aside'],
  [
    ['reading the rows', rounded(reading), perUse(reading), ''],
    ['the rules alone', rounded(judging), perUse(judging), perUse(judging - reading)],
    ['detection over the whole month', rounded(detecting), perUse(detecting), perUse(detecting - reading)],
    ['a preview, of two sets', rounded(previewing), perUse(previewing), perUse(previewing - reading)],
  ],
);
printResult('alert-rules', {
  rows,
  expectations: expectations.length,
  reading,
  judging,
  detecting,
  previewing,
});

/** The best of some rounds, in seconds. */
async function timed(work: (round: number) => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await work(round);
    best = Math.min(best, (performance.now() - started) / 1000);
  }
  return best;
}

function perUse(seconds: number): number {
  return rounded((seconds * 1e6) / rows);
}

/** The methods of a judge, on their own. */
function bound(of: typeof judge): Omit<typeof judge, 'name'> {
  return {
    setName: of.setName,
    judge: (use) => of.judge(use),
    judgeAtAnyTime: (use) => of.judgeAtAnyTime(use),
    namesKey: (keyArn, keyRef, timeMs) => of.namesKey(keyArn, keyRef, timeMs),
    isRetired: (use) => of.isRetired(use),
    allowsPrincipal: (keyArn, principalId, timeMs) => of.allowsPrincipal(keyArn, principalId, timeMs),
  };
}
