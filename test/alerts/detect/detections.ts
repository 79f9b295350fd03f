import { createHash } from 'node:crypto';
import { evidenceOf } from '../../../src/alerts/alert.ts';
import type { DetectionResult } from '../../../src/alerts/detect/detection-inputs.ts';
import { DEFAULT_DETECTION_SETTINGS } from '../../../src/alerts/detect/detection-settings.ts';
import { FirstSeenIndex } from '../../../src/alerts/detect/first-seen-index.ts';
import { type Preview, previewExpectations } from '../../../src/alerts/detect/preview.ts';
import { runDetection } from '../../../src/alerts/detect/run-detection.ts';
import { StreamingDetector } from '../../../src/alerts/detect/streaming-detector.ts';
import { listAlerts } from '../../../src/alerts/store/alert-store.ts';
import type { ExpectationJudge } from '../../../src/expectations/verdict.ts';
import { History } from '../../../src/history/query/history.ts';
import { parseEvent } from '../../../src/ingest/parse-event.ts';
import type { KeyUse } from '../../../src/kms/key-use.ts';
import type { Table } from '../../../src/table/table.ts';
import { aJudge } from './a-judge.ts';

interface DetectedBy {
  readonly judge?: ExpectationJudge;
  /** ISO 8601. */
  readonly now?: string;
  /** Whether a day's open generation is closed however little is in it. */
  readonly closesAll?: boolean;
}

/** Runs one detection over the whole history. */
export function detect(
  table: Table,
  { judge = aJudge(), now = LATER, closesAll = false }: DetectedBy = {},
): Promise<DetectionResult> {
  const inputs = {
    table,
    history: new History(table),
    seen: new FirstSeenIndex(table, DEFAULT_DETECTION_SETTINGS.learningMs),
    expectations: async () => judge,
    recordNeeded: async () => {},
    settings: DEFAULT_DETECTION_SETTINGS,
    now: () => Date.parse(now),
  };
  return runDetection(inputs, closesAll ? { isToBeClosed: ({ openBytes }) => openBytes > 0 } : {});
}

/** When nothing of the first days of March 2026 is young any more. */
const LATER = '2026-03-20T00:00:00Z';

export function streamingDetector(
  table: Table,
  { judge = aJudge(), now = LATER }: DetectedBy = {},
): StreamingDetector {
  return new StreamingDetector({
    table,
    expectations: async () => judge,
    settings: DEFAULT_DETECTION_SETTINGS,
    now: () => Date.parse(now),
  });
}

/** What the expectations would give, over everything, where now there are none. */
export function preview(table: Table, { judge = aJudge(), now = LATER }: DetectedBy = {}): Promise<Preview> {
  const nowMs = Date.parse(now);
  const previewing = {
    table,
    history: new History(table),
    settings: DEFAULT_DETECTION_SETTINGS,
    nowMs,
  };
  return previewExpectations(previewing, aJudge(), judge, 0, nowMs);
}

export function usesOf(records: readonly unknown[]): KeyUse[] {
  return records.flatMap((record) => {
    const parsed = parseEvent(record, {
      hashAccessKey: (id) => createHash('sha256').update(id).digest('base64url').slice(0, 16),
    });
    return parsed.kind === 'key-use' ? parsed.uses : [];
  });
}

/** The open alerts, without their changes and deliveries. */
export async function openAlerts(table: Table) {
  return (await listAlerts(table))
    .filter(({ state }) => state === 'open')
    .map(({ rule, subject, title, details, days }) => ({
      ...{ rule, subject, title, details, days },
      count: evidenceOf(days)?.count,
    }));
}

/** Rules of what is open, sorted. */
export async function openRules(table: Table): Promise<string[]> {
  return (await openAlerts(table)).map(({ rule }) => rule).sort();
}
