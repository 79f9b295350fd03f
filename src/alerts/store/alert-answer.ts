import { isoTime } from '../../utc-time.ts';
import {
  type Alert,
  type AlertState,
  currentChange,
  deliveryProblemOf,
  evidenceOf,
  type StateChange,
} from '../alert.ts';
import type { RuleId, Severity } from '../rule-id.ts';
import { ruleOf } from '../rules/rules.ts';
import type { Subject } from '../subject.ts';

/** An entry of an alert's history in answers. */
interface AnsweredChange {
  readonly number: number;
  readonly time: string;
  readonly state: AlertState;
  readonly by: string;
  readonly reason: string;
  readonly until?: string;
  readonly isPast?: true;
}

/** What a rule found about a subject, in answers. */
export interface FindingAnswer extends Subject {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly title: string;
  readonly details?: readonly string[];
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly count: number;
  /** Up to 20 event ids, with the first and the last. */
  readonly events: readonly string[];
}

/** An alert in lists. */
export interface AlertAnswer extends FindingAnswer {
  readonly id: string;
  readonly state: AlertState;
  /** Raised for events that were already long past: nobody was paged. */
  readonly isPast?: true;
  readonly deliveryProblem?: string;
  readonly history: readonly AnsweredChange[];
}

/** One alert, with what a person needs to assess it. */
export interface AlertDetail extends AlertAnswer {
  readonly checkNext: readonly string[];
  readonly falsePositives: readonly string[];
}

/** The alert as lists answer it. @param changes oldest first; by default those in the alert's own item */
export function answerAlert(alert: Alert, changes: readonly StateChange[] = alert.changes): AlertAnswer {
  const { id, rule, severity, title, details, subject, state, days } = alert;
  const { count = 0, firstMs = 0, lastMs = 0, events = [] } = evidenceOf(days) ?? {};
  const problem = deliveryProblemOf(alert);
  return {
    ...{ id, rule, severity, title },
    ...(details === undefined ? {} : { details }),
    ...subject,
    ...{ firstSeen: isoTime(firstMs), lastSeen: isoTime(lastMs), count, events, state },
    ...(currentChange(alert)?.isPast === true ? { isPast: true } : {}),
    ...(problem === undefined ? {} : { deliveryProblem: problem }),
    history: changes.map(answerChange),
  };
}

/** The alert with its steps to check next. @param changes all of them, oldest first */
export function answerAlertDetail(alert: Alert, changes: readonly StateChange[]): AlertDetail {
  const { checkNext, falsePositives } = ruleOf(alert.rule);
  return { ...answerAlert(alert, changes), checkNext: checkNext(alert), falsePositives };
}

function answerChange({ number, timeMs, state, by, reason, untilMs, isPast }: StateChange): AnsweredChange {
  return {
    ...{ number, time: isoTime(timeMs), state, by, reason },
    ...(untilMs === undefined ? {} : { until: isoTime(untilMs) }),
    ...(isPast === true ? { isPast: true } : {}),
  };
}
