import type { Hono } from 'hono';
import { DEFAULT_DETECTION_SETTINGS } from '../../src/alerts/detect/detection-settings.ts';
import { ExpectationQuestions } from '../../src/alerts/detect/expectation-questions.ts';
import { AlertQuestions } from '../../src/alerts/store/alert-questions.ts';
import { type ApiParts, createApi } from '../../src/api/app.ts';
import type { UsageRow } from '../../src/history/query/questions.ts';
import { SealQuestions } from '../../src/proof/seal-questions.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { aJob, type FakeHistory, fakeHistory } from './fake-history.ts';

/** When it is, for who changes something. */
export const NOW_MS = Date.parse('2026-03-10T00:00:00Z');

export const CORRELATION_ID = '3f0c8a52-5b0e-4c53-9c8e-0d6d4c1f8b11';

export interface AnApi {
  readonly app: Hono;
  readonly history: FakeHistory;
  /** Where alerts and expectations lie. */
  readonly table: MemoryTable;
  readonly reported: [error: unknown, correlationId: string][];
}

/** The API over a fake history of these rows. */
export function anApi(rows: readonly UsageRow[] = [], parts: Partial<ApiParts> = {}): AnApi {
  const table = new MemoryTable();
  const history = fakeHistory(rows, [aJob()]);
  const reported: [unknown, string][] = [];
  const app = createApi({
    questions: history,
    alerts: new AlertQuestions(table),
    expectations: new ExpectationQuestions(table, DEFAULT_DETECTION_SETTINGS),
    seals: new SealQuestions(table),
    now: () => NOW_MS,
    operator: 'tester',
    randomUuid: () => CORRELATION_ID,
    reportFailure: (error, correlationId) => reported.push([error, correlationId]),
    ...parts,
  });
  return { app, history, table, reported };
}
