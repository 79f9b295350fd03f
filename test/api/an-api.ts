import type { Hono } from 'hono';
import { type ApiParts, createApi } from '../../src/api/app.ts';
import type { UsageRow } from '../../src/history/usage-row.ts';
import { aJob, type FakeHistory, fakeHistory } from './fake-history.ts';

export const CORRELATION_ID = '3f0c8a52-5b0e-4c53-9c8e-0d6d4c1f8b11';

export interface AnApi {
  readonly app: Hono;
  readonly history: FakeHistory;
  readonly reported: [error: unknown, correlationId: string][];
}

/** The API over a fake history of these rows. */
export function anApi(rows: readonly UsageRow[] = [], parts: Partial<ApiParts> = {}): AnApi {
  const history = fakeHistory(rows, [aJob()]);
  const reported: [unknown, string][] = [];
  const app = createApi({
    questions: history,
    randomUuid: () => CORRELATION_ID,
    reportFailure: (error, correlationId) => reported.push([error, correlationId]),
    ...parts,
  });
  return { app, history, reported };
}
