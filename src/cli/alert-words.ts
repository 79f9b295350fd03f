import { type Options, stringify } from 'csv-stringify/sync';
import type { AlertAnswer, AlertDetail } from '../alerts/store/alert-answer.ts';
import { terminalJson, terminalText } from '../text/terminal-text.ts';
import { inColumns } from './columns.ts';

export const ALERT_FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;

export type AlertFormat = (typeof ALERT_FORMATS)[number];

/** A spreadsheet would run a cell that begins like a formula. */
const CSV: Options = { escape_formulas: true };

const COLUMNS: Readonly<Record<string, (alert: AlertAnswer) => string | undefined>> = {
  id: ({ id }) => id,
  state: ({ state }) => state,
  severity: ({ severity }) => severity,
  rule: ({ rule }) => rule,
  title: ({ title }) => title,
  keyArn: ({ keyArn }) => keyArn,
  keyRef: ({ keyRef }) => keyRef,
  principalId: ({ principalId }) => principalId,
  family: ({ family }) => family,
  jobArn: ({ jobArn }) => jobArn,
  grantee: ({ grantee }) => grantee,
  alias: ({ alias }) => alias,
  accountId: ({ accountId }) => accountId,
  region: ({ region }) => region,
  firstSeen: ({ firstSeen }) => firstSeen,
  lastSeen: ({ lastSeen }) => lastSeen,
  count: ({ count }) => String(count),
  events: ({ events }) => events.join(' '),
  isPast: ({ isPast }) => (isPast === true ? 'true' : undefined),
};

/** Alerts as text. Characters that a terminal acts on are escaped in every format. */
export function alertsText(alerts: readonly AlertAnswer[], format: AlertFormat, columns?: number): string {
  const lines = alerts.map((alert) => terminalJson(JSON.stringify(alert)));
  switch (format) {
    case 'json':
      return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`;
    case 'ndjson':
      return lines.map((line) => `${line}\n`).join('');
    case 'csv': {
      const cells = Object.values(COLUMNS);
      const rows = alerts.map((alert) => cells.map((cell) => terminalText(cell(alert) ?? '')));
      return stringify([Object.keys(COLUMNS), ...rows], CSV);
    }
    case 'table':
      return alerts.length === 0 ? 'No alerts match.\n' : tableOf(alerts, columns);
    default:
      return format satisfies never;
  }
}

function tableOf(alerts: readonly AlertAnswer[], columns: number | undefined): string {
  const rows = alerts.map(({ id, state, isPast, severity, rule, count, lastSeen, title }) => [
    id,
    isPast === true ? `${state}, past` : state,
    severity,
    rule,
    String(count),
    lastSeen,
    terminalText(title),
  ]);
  return inColumns([['ID', 'STATE', 'SEVERITY', 'RULE', 'COUNT', 'LAST SEEN', 'TITLE'], ...rows], columns);
}

/** One alert in words. */
export function alertWords(alert: AlertDetail): string {
  const { id, rule, severity, state, isPast, count, firstSeen, lastSeen, events, deliveryProblem } = alert;
  return `${[
    terminalText(alert.title),
    '',
    `${severity}, ${state}${isPast === true ? ' (raised for events that were long past)' : ''}; ${rule}, ${id}`,
    `${count} uses from ${firstSeen} to ${lastSeen}: ${events.map(terminalText).join(' ')}`,
    ...(alert.details ?? []).map(terminalText),
    ...(deliveryProblem === undefined ? [] : [terminalText(deliveryProblem)]),
    '',
    'Check next:',
    ...alert.checkNext.map((step, place) => `  ${place + 1}. ${terminalText(step)}`),
    'It may be nothing:',
    ...alert.falsePositives.map((sentence) => `  - ${sentence}`),
    'History:',
    ...alert.history.map(({ time, state: changed, by, reason, until }) =>
      terminalText(
        `  ${time}  ${changed} by ${by}: ${reason}${until === undefined ? '' : ` (until ${until})`}`,
      ),
    ),
  ].join('\n')}\n`;
}
