import {
  type Alert,
  type AlertState,
  currentChange,
  detailsOf,
  evidenceOf,
  KEYTRAIL,
  mergedEvidence,
  type StateChange,
  severityOf,
} from '../alert.ts';
import type { Finding } from '../finding.ts';
import type { RuleId } from '../rule-id.ts';
import { ruleOf } from '../rules/rules.ts';
import { alertIdOf } from '../subject.ts';

/** Events that were already older than this when they were found come from a replay, and page nobody. */
const PAST_AFTER_MS = 24 * 3_600_000;

/**
 * The alert with a finding of a day, which replaces its evidence of that day. New uses open the alert when it is new,
 * resolved, acknowledged until a time before the uses, or was opened only by events of the past.
 * @param nowMs epoch milliseconds
 * @returns the same object when nothing changes
 */
export function withFinding(alert: Alert | undefined, finding: Finding, day: string, nowMs: number): Alert {
  const isPast = (finding.trueMs ?? finding.evidence.lastMs) < nowMs - PAST_AFTER_MS;
  const { rule, subject } = finding;
  const title = ruleOf(rule).titleOf(subject);
  if (alert === undefined || alert.isWithdrawn === true) {
    const opened: Alert = {
      format: 1,
      id: alertIdOf(rule, subject),
      ...{ rule, title, subject },
      ...summaryOf(rule, { [day]: finding.evidence }),
      state: 'open',
      changes: [],
      days: { [day]: finding.evidence },
      deliveries: [],
    };
    return changed(opened, { timeMs: nowMs, state: 'open', by: KEYTRAIL, reason: 'found', isPast });
  }
  const hadEvidence = JSON.stringify(alert.days[day]) === JSON.stringify(finding.evidence);
  const isKnown = hadEvidence && alert.title === title;
  const reason = isKnown && alert.state === 'resolved' ? undefined : reasonToOpen(alert, finding, isPast);
  if (isKnown && reason === undefined) return alert;
  const days = { ...counted(alert.days), [day]: finding.evidence };
  const updated = { ...withDays(alert, days), title, subject };
  return reason === undefined
    ? updated
    : changed(updated, { timeMs: nowMs, state: 'open', by: KEYTRAIL, reason, isPast });
}

/**
 * The alert with a finding of the streaming detector. Its day may have more uses, so counts are left to the detection
 * over the day, and the alert changes only when the uses open it.
 * @returns the same object, or undefined again, when nothing changes
 */
export function withStreamedFinding(
  alert: Alert | undefined,
  finding: Finding,
  day: string,
  nowMs: number,
): Alert | undefined {
  const known = alert?.days[day];
  const evidence =
    known === undefined
      ? finding.evidence
      : mergedEvidence(known, finding.evidence, ruleOf(finding.rule).severity);
  const next = withFinding(alert, { ...finding, evidence }, day, nowMs);
  return next.changes.length === alert?.changes.length ? alert : next;
}

/** Why an alert loses the evidence of a day. */
export interface Explanation {
  /** As a sentence. */
  readonly reason: string;
  /** Whether the records alone explain it, so that it would never have been found had they come first. */
  readonly isByRecords: boolean;
}

/**
 * The alert without its evidence of a day. An alert without any other evidence is resolved; one that nobody was notified
 * of, and nobody has acknowledged, is withdrawn where the records explain it: alerts do not depend on their order.
 */
export function withoutDay(
  alert: Alert,
  day: string,
  { reason, isByRecords }: Explanation,
  nowMs: number,
): Alert {
  const gone = alert.days[day];
  if (gone === undefined || gone.count === 0) return alert;
  const days = counted({ ...alert.days, [day]: { ...gone, count: 0 } });
  if (evidenceOf(days) !== undefined) return withDays(alert, days);
  const isSilent = alert.changes.every(({ isPast, by }) => isPast === true && by === KEYTRAIL);
  if (isByRecords && isSilent)
    return { ...alert, isWithdrawn: true, state: 'resolved', changes: [], days: {}, deliveries: [] };
  // The day stays, with a count of 0, so that the alert still shows when it happened.
  return resolved(withDays(alert, { [day]: { ...gone, count: 0 } }), reason, nowMs);
}

/** The days that have evidence. */
function counted(days: Alert['days']): Alert['days'] {
  return Object.fromEntries(Object.entries(days).filter(([, { count }]) => count > 0));
}

function withDays({ details: _, ...alert }: Alert, days: Alert['days']): Alert {
  return { ...alert, ...summaryOf(alert.rule, days), days };
}

function summaryOf(rule: RuleId, days: Alert['days']): Pick<Alert, 'severity' | 'details'> {
  return { severity: severityOf(days, ruleOf(rule).severity), ...detailsOf(days) };
}

/** The alert, resolved by Keytrail. */
export function resolved(alert: Alert, reason: string, nowMs: number): Alert {
  if (alert.state === 'resolved') return alert;
  const isPast = currentChange(alert)?.isPast === true;
  return changed(alert, { timeMs: nowMs, state: 'resolved', by: KEYTRAIL, reason, isPast });
}

/** The alert, acknowledged by a person. @param untilMs new uses after it open the alert again */
export function acknowledged(
  alert: Alert,
  by: string,
  reason: string,
  nowMs: number,
  untilMs?: number,
): Alert {
  const until = untilMs === undefined ? {} : { untilMs };
  return changed(alert, { timeMs: nowMs, state: 'acknowledged', by, reason, ...until, isPast: false });
}

function reasonToOpen(alert: Alert, { evidence }: Finding, isPast: boolean): string | undefined {
  const current = currentChange(alert);
  switch (alert.state) {
    case 'open':
      return current?.isPast === true && !isPast ? 'found again, and not only in the past' : undefined;
    case 'acknowledged':
      return current?.untilMs !== undefined && evidence.lastMs > current.untilMs
        ? 'found again after the time it was acknowledged for'
        : undefined;
    case 'resolved':
      return 'found again';
    default:
      return alert.state satisfies never;
  }
}

function changed(
  alert: Alert,
  { isPast, ...change }: Omit<StateChange, 'number'> & { readonly state: AlertState },
): Alert {
  const number = (currentChange(alert)?.number ?? 0) + 1;
  return {
    ...alert,
    state: change.state,
    changes: [...alert.changes, { number, ...change, ...(isPast === true ? { isPast } : {}) }],
    deliveries:
      isPast === true ? alert.deliveries : [...alert.deliveries, { change: number, done: [], attempts: 0 }],
  };
}
