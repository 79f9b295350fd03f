import { accountOfKeyArn, regionOfKeyArn } from '../../kms/key-arn.ts';
import { isoTime } from '../../utc-time.ts';
import { type Alert, type AlertState, evidenceOf, type StateChange } from '../alert.ts';
import type { RuleId, Severity } from '../rule-id.ts';
import { ruleOf } from '../rules/rules.ts';
import type { Subject } from '../subject.ts';
import { safeSentence, safeTitle, safeValue } from './safe-text.ts';

const TITLE_LENGTH = 1_000;
const VALUE_LENGTH = 1_024;
const SENTENCE_LENGTH = 1_500;
const DETAIL_LENGTH = 400;

/**
 * One change of one alert, as every channel sends it: docs/alert-event.schema.json. Text from records is made safe by
 * `safe-text.ts`. Times are ISO 8601 with `Z`.
 */
export interface Notice {
  readonly version: 1;
  /** The alert's id and the change's number. It is the same when the notice is sent again. */
  readonly id: string;
  readonly alertId: string;
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly title: string;
  readonly state: AlertState;
  readonly change: {
    readonly number: number;
    readonly time: string;
    readonly by: string;
    readonly reason: string;
    readonly until?: string;
  };
  readonly keyArn?: string;
  readonly keyRef?: string;
  readonly principalId?: string;
  readonly family?: string;
  readonly jobArn?: string;
  readonly grantee?: string;
  readonly alias?: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly count: number;
  readonly firstSeen?: string;
  readonly lastSeen?: string;
  /** Up to 20 event ids. */
  readonly events: readonly string[];
  readonly details: readonly string[];
  readonly checkNext: readonly string[];
  readonly falsePositives: readonly string[];
  /** The alert's URL in the API; only a path when the API's address is not known. */
  readonly link: string;
}

/**
 * The notice of a change, with the current evidence of the alert.
 * @param baseUrl the API's address, which links begin with
 */
export function noticeOf(alert: Alert, change: StateChange, baseUrl?: string): Notice {
  const { checkNext, falsePositives } = ruleOf(alert.rule);
  const evidence = evidenceOf(alert.days);
  const sentence = (text: string) => safeSentence(text, SENTENCE_LENGTH);
  return {
    version: 1,
    id: `${alert.id}.${change.number}`,
    alertId: alert.id,
    rule: alert.rule,
    severity: alert.severity,
    title: safeTitle(alert.title, TITLE_LENGTH),
    state: change.state,
    change: {
      number: change.number,
      time: isoTime(change.timeMs),
      by: safeTitle(change.by, VALUE_LENGTH),
      reason: safeSentence(change.reason, TITLE_LENGTH),
      ...(change.untilMs === undefined ? {} : { until: isoTime(change.untilMs) }),
    },
    ...safeSubject({ ...placeOfKey(alert.subject), ...alert.subject }),
    count: evidence?.count ?? 0,
    ...(evidence === undefined
      ? {}
      : { firstSeen: isoTime(evidence.firstMs), lastSeen: isoTime(evidence.lastMs) }),
    events: (evidence?.events ?? []).map((event) => safeValue(event, 128)),
    details: (alert.details ?? []).map((detail) => safeTitle(detail, DETAIL_LENGTH)),
    checkNext: checkNext(alert).map((step) => sentence(withBaseUrl(step, baseUrl))),
    falsePositives: falsePositives.map(sentence),
    link: linkTo(alert.id, baseUrl),
  };
}

/** Many changes at once, for people: how many of each rule, and where to read them. */
export interface GroupNotice {
  readonly version: 1;
  /** A hash of the notice ids: the same notices give the same id. */
  readonly id: string;
  /** The number of changes. */
  readonly count: number;
  /** The number of alerts that changed. */
  readonly alerts: number;
  /** Worst severity first, then most changes first. */
  readonly groups: readonly {
    readonly rule: RuleId;
    readonly severity: Severity;
    readonly state: AlertState;
    readonly count: number;
  }[];
  /** Ids of the alerts, up to 1,000. */
  readonly alertIds: readonly string[];
  readonly link: string;
}

/** The URL of an alert, or of all alerts. */
export function linkTo(alertId: string | undefined, baseUrl = ''): string {
  const path = alertId === undefined ? '/v1/alerts' : `/v1/alerts/${encodeURIComponent(alertId)}`;
  return `${baseUrl.replace(/\/+$/, '')}${path}`;
}

function withBaseUrl(text: string, baseUrl = ''): string {
  return text.replace(/(?<=^|\s)\/v1\//g, `${baseUrl.replace(/\/+$/, '')}/v1/`);
}

/** A reader must not have to take an ARN apart to know whose key it is. */
function placeOfKey({ keyArn }: Subject): Subject {
  if (keyArn === undefined) return {};
  const [accountId, region] = [accountOfKeyArn(keyArn), regionOfKeyArn(keyArn)];
  return {
    ...(accountId === undefined ? {} : { accountId }),
    ...(region === undefined ? {} : { region }),
  };
}

function safeSubject(subject: Subject): Subject {
  return Object.fromEntries(
    Object.entries(subject).map(([name, value]) => [name, safeValue(value, VALUE_LENGTH)]),
  );
}
