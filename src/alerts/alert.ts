import type { RuleId, Severity } from './rule-id.ts';
import type { Subject } from './subject.ts';

export const ALERT_STATES = ['open', 'acknowledged', 'resolved'] as const;

export type AlertState = (typeof ALERT_STATES)[number];

/** Who changes an alert where no person does. */
export const KEYTRAIL = 'keytrail';

/** One line of an alert's history, which is only ever appended to. */
export interface StateChange {
  /** 1 for the first; names the change for whoever delivers it. */
  readonly number: number;
  /** When it was made, epoch milliseconds. */
  readonly timeMs: number;
  readonly state: AlertState;
  /** The verified caller, or `keytrail`. */
  readonly by: string;
  readonly reason: string;
  /** Of an acknowledgement: new uses after this open the alert again. Epoch milliseconds. */
  readonly untilMs?: number;
  /** Made over events that were long past by then: nobody is paged for it. */
  readonly isPast?: boolean;
}

/** What a day's uses gave a matter, worked out from all of them each time. Times are epoch milliseconds. */
export interface DayEvidence {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Up to 20 event ids, the first and the last among them, in the order of their times. */
  readonly events: readonly string[];
  /** What more the records show, in sentences. */
  readonly details?: readonly string[];
}

/** How far the telling of a change has come. */
export interface Delivery {
  readonly change: number;
  /** Channels that took it. */
  readonly done: readonly string[];
  /** How often it was tried to no avail. */
  readonly attempts: number;
  /** Channels that did not take it the last time. */
  readonly failing?: readonly string[];
  /** When it is tried again, epoch milliseconds. */
  readonly notBeforeMs?: number;
  /** Until when somebody is at it, epoch milliseconds. */
  readonly claimedUntilMs?: number;
  readonly claimedBy?: string;
}

/** One matter: a rule, its subject, and all that was found of it. */
export interface Alert {
  readonly format: 1;
  readonly id: string;
  readonly rule: RuleId;
  readonly severity: Severity;
  /** One sentence; texts of records are in it as they came. */
  readonly title: string;
  readonly subject: Subject;
  /** What more the records of its days show, in sentences. */
  readonly details?: readonly string[];
  readonly state: AlertState;
  /** Oldest first; earlier ones may lie apart, see `alert-store.ts`. */
  readonly changes: readonly StateChange[];
  /** By UTC day. */
  readonly days: Readonly<Record<string, DayEvidence>>;
  /** Changes that not every channel has taken yet. */
  readonly deliveries: readonly Delivery[];
}

/** Ids of events that an alert shows: as many as the contract allows. */
export const MAX_EVENTS = 20;

/** Count, first and last, and sample events over all days; undefined where no day has any. */
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

/** Of the same day, where some uses are among both and the rest of neither is known. */
export function mergedEvidence(known: DayEvidence, more: DayEvidence): DayEvidence {
  const added = more.events.filter((event) => !known.events.includes(event));
  return {
    count: Math.max(known.count + added.length, more.count),
    firstMs: Math.min(known.firstMs, more.firstMs),
    lastMs: Math.max(known.lastMs, more.lastMs),
    events: sampled([...known.events, ...added]),
    ...(known.details === undefined && more.details === undefined
      ? {}
      : { details: [...new Set([...(known.details ?? []), ...(more.details ?? [])])].sort() }),
  };
}

/** What the records of some days show beside their number. */
export function detailsOf(days: Alert['days']): Pick<Alert, 'details'> {
  const details = [...new Set(Object.values(days).flatMap((evidence) => evidence.details ?? []))].sort();
  return details.length === 0 ? {} : { details: details.slice(0, MAX_EVENTS) };
}

/** At most 20 of a list in order, its first and its last among them. */
function sampled(events: readonly string[]): readonly string[] {
  const last = events.at(-1);
  if (events.length <= MAX_EVENTS || last === undefined) return events;
  return [...events.slice(0, MAX_EVENTS - 1), last];
}

/** The change that made the alert what it is. */
export function currentChange(alert: Alert): StateChange | undefined {
  return alert.changes.at(-1);
}

/** From so many attempts on somebody should look at it. */
const MANY_ATTEMPTS = 5;

/** What the API says of deliveries that keep failing. */
export function deliveryProblemOf({ deliveries }: Alert): string | undefined {
  const late = deliveries.filter(({ attempts }) => attempts >= MANY_ATTEMPTS);
  if (late.length === 0) return undefined;
  const channels = [...new Set(late.flatMap(({ failing = [] }) => failing))].sort();
  const most = Math.max(...late.map(({ attempts }) => attempts));
  const what = late.length === 1 ? 'A change' : `${late.length} changes`;
  const where = channels.length === 0 ? '' : ` at ${channels.join(', ')}`;
  return `${what} could not be delivered${where} in ${most} attempts; the log of deliver says why, and it is tried again.`;
}
