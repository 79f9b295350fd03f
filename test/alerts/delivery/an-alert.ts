import type { Alert } from '../../../src/alerts/alert.ts';
import type { Finding } from '../../../src/alerts/finding.ts';
import type { RuleId } from '../../../src/alerts/rule-id.ts';
import { withFinding } from '../../../src/alerts/store/alert-states.ts';
import { putAlert } from '../../../src/alerts/store/alert-store.ts';
import type { Subject } from '../../../src/alerts/subject.ts';
import type { Table } from '../../../src/table/table.ts';

export const NOON_MS = Date.parse('2026-11-20T12:00:00Z');
export const DAY = '2026-11-20';
export const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555';

export interface AnAlert {
  readonly rule?: RuleId;
  readonly subject?: Subject;
  readonly atMs?: number;
  readonly details?: readonly string[];
}

export function aFinding({ rule = 'root-use', subject, atMs = NOON_MS, details }: AnAlert = {}): Finding {
  return {
    rule,
    subject: subject ?? { keyArn: KEY_ARN, accountId: '111122223333' },
    evidence: {
      count: 2,
      firstMs: atMs - 60_000,
      lastMs: atMs,
      events: ['9d3c4f2a-0000-4000-8000-000000000001', '9d3c4f2a-0000-4000-8000-000000000002'],
      ...(details === undefined ? {} : { details }),
    },
  };
}

/** One that was just opened, and is to be delivered. */
export function anAlert(what: AnAlert = {}): Alert {
  return withFinding(undefined, aFinding(what), DAY, what.atMs ?? NOON_MS);
}

/** So many that were just opened, each of another key. */
export function alertsOfKeys(count: number, what: AnAlert = {}): readonly Alert[] {
  return Array.from({ length: count }, (_, index) =>
    anAlert({ ...what, subject: { keyArn: `${KEY_ARN}-${index}`, accountId: '111122223333' } }),
  );
}

export async function putAlerts(table: Table, alerts: readonly Alert[]): Promise<readonly string[]> {
  for (const alert of alerts) await putAlert(table, alert, undefined);
  return alerts.map(({ id }) => id);
}
