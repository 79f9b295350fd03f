import {
  type Alert,
  type AlertState,
  currentChange,
  detailsOf,
  evidenceOf,
  KEYTRAIL,
  mergedEvidence,
  type StateChange,
} from '../alert.ts';
import type { Finding } from '../finding.ts';
import { ruleOf } from '../rules/rules.ts';
import { alertIdOf } from '../subject.ts';

/** Events older than this by the time they are found page nobody: they come of a replay. */
const PAST_AFTER_MS = 24 * 3_600_000;

/**
 * The alert with what a day gave of its matter, in place of what the day had given before. New uses open it: where there
 * was none, where it was resolved, where it was acknowledged for a time that is over, and where it was opened only for
 * the record.
 * @param nowMs epoch milliseconds
 * @returns the same object where nothing is new
 */
export function withFinding(alert: Alert | undefined, finding: Finding, day: string, nowMs: number): Alert {
  const isPast = (finding.trueMs ?? finding.evidence.lastMs) < nowMs - PAST_AFTER_MS;
  if (alert === undefined) {
    const { rule, subject } = finding;
    const { severity, titleOf } = ruleOf(rule);
    const opened: Alert = {
      format: 1,
      id: alertIdOf(rule, subject),
      rule,
      severity,
      title: titleOf(subject),
      subject,
      ...detailsOf({ [day]: finding.evidence }),
      state: 'open',
      changes: [],
      days: { [day]: finding.evidence },
      deliveries: [],
    };
    return changed(opened, { timeMs: nowMs, state: 'open', by: KEYTRAIL, reason: 'found', isPast });
  }
  const isKnown = JSON.stringify(alert.days[day]) === JSON.stringify(finding.evidence);
  const reason = isKnown && alert.state === 'resolved' ? undefined : reasonToOpen(alert, finding, isPast);
  if (isKnown && reason === undefined) return alert;
  const told = withDays(alert, { ...counted(alert.days), [day]: finding.evidence });
  return reason === undefined
    ? told
    : changed(told, { timeMs: nowMs, state: 'open', by: KEYTRAIL, reason, isPast });
}

/**
 * The alert with uses that just came in, of which there may be more in their day: what it says of them is worked out
 * anew when the day is watched. So it changes only where the uses open it.
 * @returns the same object, also undefined, where it needs no change
 */
export function withStreamedFinding(
  alert: Alert | undefined,
  finding: Finding,
  day: string,
  nowMs: number,
): Alert | undefined {
  const known = alert?.days[day];
  const evidence = known === undefined ? finding.evidence : mergedEvidence(known, finding.evidence);
  const next = withFinding(alert, { ...finding, evidence }, day, nowMs);
  return next.changes.length === alert?.changes.length ? alert : next;
}

/**
 * The alert without what a day had given: late records or an expectation explain it. Where no day is left it is
 * resolved.
 * @param reason why, as a sentence
 */
export function withoutDay(alert: Alert, day: string, reason: string, nowMs: number): Alert {
  const gone = alert.days[day];
  if (gone === undefined || gone.count === 0) return alert;
  const days = counted({ ...alert.days, [day]: { ...gone, count: 0 } });
  if (evidenceOf(days) !== undefined) return withDays(alert, days);
  // What was found stays in sight: an alert tells when it was about something.
  return resolved(withDays(alert, { [day]: { ...gone, count: 0 } }), reason, nowMs);
}

/** The days that have anything left. */
function counted(days: Alert['days']): Alert['days'] {
  return Object.fromEntries(Object.entries(days).filter(([, { count }]) => count > 0));
}

function withDays({ details: _, ...alert }: Alert, days: Alert['days']): Alert {
  return { ...alert, ...detailsOf(days), days };
}

/** What Keytrail finds to be over. */
export function resolved(alert: Alert, reason: string, nowMs: number): Alert {
  if (alert.state === 'resolved') return alert;
  const isPast = currentChange(alert)?.isPast === true;
  return changed(alert, { timeMs: nowMs, state: 'resolved', by: KEYTRAIL, reason, isPast });
}

/** What a person has looked at. @param untilMs from then on new uses open it again */
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
