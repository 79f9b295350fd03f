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

/** A line of an alert's history, as it is answered. */
interface AnsweredChange {
  readonly number: number;
  readonly time: string;
  readonly state: AlertState;
  readonly by: string;
  readonly reason: string;
  readonly until?: string;
  readonly isPast?: true;
}

/** What a rule found of a subject, as answers tell it. */
export interface FindingAnswer extends Subject {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly title: string;
  readonly details?: readonly string[];
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly count: number;
  /** Up to 20 event ids, the first and the last among them. */
  readonly events: readonly string[];
}

/** An alert as lists answer it. */
export interface AlertAnswer extends FindingAnswer {
  readonly id: string;
  readonly state: AlertState;
  /** Raised over what was long past by then: nobody was paged. */
  readonly isPast?: true;
  readonly deliveryProblem?: string;
  readonly history: readonly AnsweredChange[];
}

/** One alert, with what a person needs to judge it. */
export interface AlertDetail extends AlertAnswer {
  readonly checkNext: readonly string[];
  readonly falsePositives: readonly string[];
}

/** @param changes oldest first; those that the alert's own item holds unless more are given */
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
