import type { ExpectationVersion, StandingExpectation } from '../expectations/expectation-set.ts';
import { type ExpectationStatus, expectationStatus } from '../expectations/expectation-status.ts';
import type { Synced } from '../expectations/expectation-store.ts';
import { terminalJson, terminalText } from '../text/terminal-text.ts';
import { isoTime } from '../utc-time.ts';
import { inColumns } from './columns.ts';

/** An expectation as it is listed. */
export interface ListedExpectation {
  readonly version: StandingExpectation;
  readonly status: ExpectationStatus;
  /** Epoch milliseconds. */
  readonly lastNeededMs?: number;
}

export function listed(
  standing: readonly StandingExpectation[],
  needs: ReadonlyMap<string, number>,
  nowMs: number,
): ListedExpectation[] {
  return standing.map((version) => {
    const lastNeededMs = needs.get(version.id);
    const status = expectationStatus(version, lastNeededMs, nowMs);
    return { version, status, ...(lastNeededMs === undefined ? {} : { lastNeededMs }) };
  });
}

/** One JSON object a line: the expectation, its version, how it stands. */
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

export function listTable(all: readonly ListedExpectation[]): string {
  const rows = all.map(({ version: { id, source, expectation }, status, lastNeededMs }) => [
    id,
    status,
    source,
    lastNeededMs === undefined ? 'never' : isoTime(lastNeededMs),
    expectation.expires ?? '-',
    terminalText(expectation.owner),
    expectation.keys.join(' '),
  ]);
  return inColumns([['ID', 'STATUS', 'SOURCE', 'LAST NEEDED', 'EXPIRES', 'OWNER', 'KEYS'], ...rows]);
}

/** What a person should know of them, a sentence each. */
export function warningsOf(all: readonly ListedExpectation[]): string[] {
  return all.flatMap(({ version: { id, expectation }, status }) => {
    if (status === 'ends-soon')
      return [`${id} ends at ${expectation.expires}; give it a later end, or let it.`];
    return status === 'ended' ? [`${id} ended at ${expectation.expires}, and allows nothing since.`] : [];
  });
}

export function versionJson({ previous: _, timeMs, expectation, ...version }: ExpectationVersion): string {
  return jsonLine({
    ...version,
    time: isoTime(timeMs),
    ...(expectation === undefined ? { isRemoved: true } : { expectation }),
  });
}

export function versionLine({ number, timeMs, by, source, expectation }: ExpectationVersion): string {
  const what = expectation === undefined ? 'removed' : `put: ${JSON.stringify(expectation)}`;
  return `${terminalText(`${number}  ${isoTime(timeMs)}  ${by} (${source})  ${what}`)}\n`;
}

export function syncWords({ added, changed, removed, unchanged }: Synced): string {
  const lines = [
    ...added.map((id) => `added ${id}`),
    ...changed.map((id) => `changed ${id}`),
    ...removed.map((id) => `removed ${id}`),
  ];
  return `${[...lines, `${unchanged.length} unchanged.`].join('\n')}\n`;
}

export function jsonLine(value: object): string {
  return `${terminalJson(JSON.stringify(value))}\n`;
}
