import type { Finding } from '../../src/alerts/finding.ts';
import { withFinding } from '../../src/alerts/store/alert-states.ts';
import { putAlert } from '../../src/alerts/store/alert-store.ts';
import type { Table } from '../../src/table/table.ts';
import { NOW_MS } from './an-api.ts';
import { KEY, ROLE } from './fake-history.ts';

/** Puts an alert into a table. @returns its id */
export async function putAlertOf(table: Table, differing: Partial<Finding> = {}): Promise<string> {
  const timeMs = NOW_MS - 3_600_000;
  const finding: Finding = {
    rule: 'unexpected-principal',
    subject: { keyArn: KEY, principalId: ROLE },
    evidence: { count: 3, firstMs: timeMs, lastMs: timeMs + 60_000, events: ['first', 'second', 'last'] },
    ...differing,
  };
  const alert = withFinding(undefined, finding, new Date(timeMs).toISOString().slice(0, 10), NOW_MS);
  await putAlert(table, alert, undefined);
  return alert.id;
}
