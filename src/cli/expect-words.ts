import type { CurrentVersion, ExpectationVersion } from '../expectations/expectation-set.ts';
import { type ExpectationStatus, expectationStatus } from '../expectations/expectation-status.ts';
import type { Synced } from '../expectations/expectation-store.ts';
import { terminalJson, terminalText } from '../text/terminal-text.ts';
import { isoTime } from '../utc-time.ts';
import { inColumns } from './columns.ts';
import type { Output } from './command-context.ts';

/** An expectation in a list. */
export interface ListedExpectation {
  readonly version: CurrentVersion;
  readonly status: ExpectationStatus;
  /** Epoch milliseconds. */
  readonly lastNeededMs?: number;
}

/** Current expectations with their statuses. @param needs by id, when each was last needed, epoch milliseconds */
export function listed(
  current: readonly CurrentVersion[],
  needs: ReadonlyMap<string, number>,
  nowMs: number,
): ListedExpectation[] {
  return current.map((version) => {
    const lastNeededMs = needs.get(version.id);
    const status = expectationStatus(version, lastNeededMs, nowMs);
    return { version, status, ...(lastNeededMs === undefined ? {} : { lastNeededMs }) };
  });
}

/** A line of JSON: the expectation, its version and its status. */
export function listJson({ version, status, lastNeededMs }: ListedExpectation): string {
  const { expectation, number, by, source, timeMs } = version;
  return jsonLine({
    ...expectation,
    status,
    ...(lastNeededMs === undefined ? {} : { lastNeeded: isoTime(lastNeededMs) }),
    version: number,
    changedBy: by,
    changedTime: isoTime(timeMs),
    source,
  });
}

/** Expectations as a table. */
export function listTable(all: readonly ListedExpectation[], columns?: number): string {
  if (all.length === 0) {
    return 'There are no expectations yet; `keytrail expect suggest` proposes some from the uses so far.\n';
  }
  const rows = all.map(({ version: { id, source, expectation }, status, lastNeededMs }) => [
    id,
    status,
    source,
    lastNeededMs === undefined ? 'never' : isoTime(lastNeededMs),
    expectation.expires ?? '-',
    terminalText(expectation.owner),
    expectation.keys.join(' '),
  ]);
  return inColumns([['ID', 'STATUS', 'SOURCE', 'LAST NEEDED', 'EXPIRES', 'OWNER', 'KEYS'], ...rows], columns);
}

/** A sentence for each expectation that has ended or ends soon. */
export function warningsOf(all: readonly ListedExpectation[]): string[] {
  return all.flatMap(({ version: { id, expectation }, status }) => {
    if (status === 'ends-soon')
      return [`${id} ends at ${expectation.expires}; give it a later end if it is still needed.`];
    return status === 'ended' ? [`${id} ended at ${expectation.expires} and no longer allows anything.`] : [];
  });
}

/** A version as a line of JSON. */
export function versionJson({ previous: _, timeMs, expectation, ...version }: ExpectationVersion): string {
  return jsonLine({
    ...version,
    time: isoTime(timeMs),
    ...(expectation === undefined ? { isRemoved: true } : { expectation }),
  });
}

/** A version as a line of text. */
export function versionLine({ number, timeMs, by, source, expectation }: ExpectationVersion): string {
  const what = expectation === undefined ? 'removed' : `put: ${JSON.stringify(expectation)}`;
  return `${terminalText(`${number}  ${isoTime(timeMs)}  ${by} (${source})  ${what}`)}\n`;
}

/** What a sync changed. */
export function syncWords({ added, changed, removed, unchanged }: Synced): string {
  const lines = [
    ...added.map((id) => `added ${id}`),
    ...changed.map((id) => `changed ${id}`),
    ...removed.map((id) => `removed ${id}`),
  ];
  return `${[...lines, `${unchanged.length} unchanged.`].join('\n')}\n`;
}

/** A line of JSON that is safe for a terminal. */
export function jsonLine(value: object): string {
  return `${terminalJson(JSON.stringify(value))}\n`;
}

/** Writes each sentence as a line. */
export function writeWarnings(stderr: Output, sentences: readonly string[]): void {
  for (const sentence of sentences) stderr.write(`Warning: ${terminalText(sentence)}\n`);
}
