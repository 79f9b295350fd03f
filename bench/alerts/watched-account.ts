import { gunzipSync } from 'node:zlib';
import { evidenceOf } from '../../src/alerts/alert.ts';
import { listAlerts } from '../../src/alerts/alert-store.ts';
import type { RuleId } from '../../src/alerts/rule-id.ts';
import type { Subject } from '../../src/alerts/subject.ts';
import type { ExpectationJudge } from '../../src/expectations/verdict.ts';
import { DecodedItems } from '../../src/history/decoded-items.ts';
import { EvidenceBook } from '../../src/history/evidence-book.ts';
import { sealAll } from '../../src/history/seal-day.ts';
import type { Table } from '../../src/history/table.ts';
import { makeDurable } from '../../src/ingest/make-durable.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import type { SimulatedFile } from '../../src/local/simulate/delivery.ts';
import { simulate } from '../../src/local/simulate/simulate.ts';
import type { SimulationOptions } from '../../src/local/simulate/simulation-options.ts';
import type { IncidentTruth } from '../../src/local/simulate/truth.ts';
import { watchHistory } from '../../src/watch/watch-history.ts';
import { DEFAULT_WATCH_SETTINGS } from '../../src/watch/watch-settings.ts';
import { MemoryTable } from '../../test/history/memory-table.ts';

/** An alert, as far as it is held against the truth. */
export interface RaisedAlert {
  readonly rule: RuleId;
  readonly subject: Subject;
  readonly count: number;
  /** Epoch milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** A simulated account that was watched whole. */
export interface WatchedAccount {
  readonly name: string;
  readonly incidents: readonly IncidentTruth[];
  readonly alerts: readonly RaisedAlert[];
  /** Distinct uses after the first day, which is for learning. */
  readonly uses: number;
  readonly watchSeconds: number;
}

const ROWS_IN_BATCH = 20_000;

/** Simulates an account, records its logs, seals them and watches them. */
export async function watchedAccount(
  name: string,
  options: SimulationOptions,
  expectations: (table: Table) => Promise<ExpectationJudge>,
): Promise<WatchedAccount> {
  const incidents: IncidentTruth[] = [];
  const learnedMs = Date.parse(options.startTime) + 86_400_000;
  let uses = 0;
  const files = simulate(options, {
    onTruth: (line) => {
      if (line.truth === 'incident') incidents.push(line);
      else if (line.truth === 'kms' && line.duplicateOf === undefined && line.delivered > 0) {
        if (Date.parse(line.eventTime) >= learnedMs) uses++;
      }
    },
  });
  const table = new MemoryTable();
  const gatherer = new RecordGatherer(Buffer.from('alerts'));
  const keeping = { table, keepLarge: async () => {} };
  for (const file of files) {
    for (const value of valuesOf(file)) gatherer.take(value);
    if (gatherer.rows >= ROWS_IN_BATCH) await makeDurable(gatherer.finish(), keeping);
  }
  await makeDurable(gatherer.finish(), keeping);
  await sealAll(table, 'bench', 'import');
  const started = performance.now();
  const endMs = Date.parse(options.startTime) + options.days * 86_400_000;
  const judge = await expectations(table);
  await watchHistory({
    table,
    decoded: new DecodedItems(),
    evidence: new EvidenceBook(table),
    expectations: async () => judge,
    tellNeeded: async () => {},
    settings: DEFAULT_WATCH_SETTINGS,
    now: () => endMs + 86_400_000,
  });
  const watchSeconds = (performance.now() - started) / 1000;
  const alerts = (await listAlerts(table))
    .filter(({ state }) => state === 'open')
    .flatMap(({ rule, subject, days }) => {
      const evidence = evidenceOf(days);
      return evidence === undefined ? [] : [{ rule, subject, ...evidence }];
    });
  return { name, incidents, alerts, uses, watchSeconds };
}

function valuesOf(file: SimulatedFile): readonly unknown[] {
  const text = (file.path.endsWith('.gz') ? gunzipSync(file.bytes) : file.bytes).toString('utf8');
  if (file.kind === 'eventbridge') {
    return text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
  }
  const log: { readonly Records: readonly unknown[] } = JSON.parse(text);
  return log.Records;
}
