import { type RuleId, SEVERITIES, type Severity } from './rule-id.ts';
import type { Subject } from './subject.ts';

export const ALERT_STATES = ['open', 'acknowledged', 'resolved'] as const;

export type AlertState = (typeof ALERT_STATES)[number];

/** The author of changes that Keytrail makes itself. */
export const KEYTRAIL = 'keytrail';

/** One entry of an alert's history, which only grows. */
export interface StateChange {
  /** 1 for the first. Deliveries name the change by it. */
  readonly number: number;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly state: AlertState;
  /** The verified caller, or `keytrail`. */
  readonly by: string;
  readonly reason: string;
  /** Only for an acknowledgement: new uses after this open the alert again. Epoch milliseconds. */
  readonly untilMs?: number;
  /** Caused by events that were already long past. It is not delivered, so it pages nobody. */
  readonly isPast?: boolean;
}

/** What the uses of one day show. Computed from all of them each time. Times are epoch milliseconds. */
export interface DayEvidence {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Up to 20 event ids, the first and the last among them, in the order of their times. */
  readonly events: readonly string[];
  /** Sentences about what else the records show. */
  readonly details?: readonly string[];
  /** When it differs from the rule's. */
  readonly severity?: Severity;
}

/** The state of the delivery of one change. */
export interface Delivery {
  readonly change: number;
  /** Channels that accepted it. */
  readonly done: readonly string[];
  /** Attempts that failed. */
  readonly attempts: number;
  /** Channels that failed at the last attempt. */
  readonly failing?: readonly string[];
  /** Not tried again before this, epoch milliseconds. */
  readonly notBeforeMs?: number;
  /** Until when a process has claimed it, epoch milliseconds. */
  readonly claimedUntilMs?: number;
  readonly claimedBy?: string;
}

/** A rule and a subject, with everything found about them. */
export interface Alert {
  readonly format: 1;
  readonly id: string;
  readonly rule: RuleId;
  readonly severity: Severity;
  /** One sentence. It may contain text from records, unescaped. */
  readonly title: string;
  readonly subject: Subject;
  /** Sentences about what else the records show. */
  readonly details?: readonly string[];
  readonly state: AlertState;
  /** Oldest first. The oldest may be stored in other items; see `alert-store.ts`. */
  readonly changes: readonly StateChange[];
  /** By UTC day. */
  readonly days: Readonly<Record<string, DayEvidence>>;
  /** Changes that not every channel has accepted yet. */
  readonly deliveries: readonly Delivery[];
  /**
   * Set when it no longer follows from the records before anybody was notified of it. Nothing shows it, until it is found
   * again.
   */
  readonly isWithdrawn?: true;
}

/** The most event ids that an alert shows. */
export const MAX_EVENTS = 20;

/** The evidence of all days together; undefined when there is none. */
export function evidenceOf(days: Alert['days']): DayEvidence | undefined {
  const list = Object.entries(days)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, evidence]) => evidence);
  const [first] = list;
  const last = list.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return {
    count: list.reduce((sum, { count }) => sum + count, 0),
    firstMs: first.firstMs,
    lastMs: Math.max(...list.map(({ lastMs }) => lastMs)),
    events: sampled(list.flatMap(({ events }) => events)),
  };
}

/**
 * Merges evidence of the same day. The two may share uses, and the events of neither need be complete.
 * @param usual the rule's severity, of evidence without its own
 */
export function mergedEvidence(known: DayEvidence, more: DayEvidence, usual: Severity): DayEvidence {
  const added = more.events.filter((event) => !known.events.includes(event));
  const severity = worstOf([known.severity ?? usual, more.severity ?? usual]);
  return {
    count: Math.max(known.count + added.length, more.count),
    firstMs: Math.min(known.firstMs, more.firstMs),
    lastMs: Math.max(known.lastMs, more.lastMs),
    events: sampled([...known.events, ...added]),
    ...(known.details === undefined && more.details === undefined
      ? {}
      : { details: [...new Set([...(known.details ?? []), ...(more.details ?? [])])].sort() }),
    ...(severity === undefined || severity === usual ? {} : { severity }),
  };
}

/** The severity of some evidence together: the worst of it. @param usual the rule's, of evidence without its own */
export function severityOf(days: Alert['days'], usual: Severity): Severity {
  return worstOf(Object.values(days).map(({ severity }) => severity ?? usual)) ?? usual;
}

/** The worst of some severities; undefined when none is given. */
export function worstOf(severities: readonly (Severity | undefined)[]): Severity | undefined {
  return SEVERITIES.find((severity) => severities.includes(severity));
}

/** The details of all days together. */
export function detailsOf(days: Alert['days']): Pick<Alert, 'details'> {
  const details = [...new Set(Object.values(days).flatMap((evidence) => evidence.details ?? []))].sort();
  return details.length === 0 ? {} : { details: details.slice(0, MAX_EVENTS) };
}

/** At most `MAX_EVENTS` of a list, in order, with its first and its last. */
function sampled(events: readonly string[]): readonly string[] {
  const last = events.at(-1);
  if (events.length <= MAX_EVENTS || last === undefined) return events;
  return [...events.slice(0, MAX_EVENTS - 1), last];
}

/** The newest change. */
export function currentChange(alert: Alert): StateChange | undefined {
  return alert.changes.at(-1);
}

/** After this many failed attempts a person should look at it. */
const MANY_ATTEMPTS = 5;

/** A sentence about deliveries that keep failing; undefined when there are none. */
export function deliveryProblemOf({ deliveries }: Alert): string | undefined {
  const late = deliveries.filter(({ attempts }) => attempts >= MANY_ATTEMPTS);
  if (late.length === 0) return undefined;
  const channels = [...new Set(late.flatMap(({ failing = [] }) => failing))].sort();
  const most = Math.max(...late.map(({ attempts }) => attempts));
  const what = late.length === 1 ? 'A change' : `${late.length} changes`;
  const where = channels.length === 0 ? '' : ` at ${channels.join(', ')}`;
  return `${what} could not be delivered${where} in ${most} attempts; the log of deliver says why, and it is tried again.`;
}
