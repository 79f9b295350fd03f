import type { CloudTrailRecord } from './cloud-trail-record.ts';
import { eventTimeMs } from './event-time.ts';
import type { EventId } from './identity.ts';
import type { QuarantineCode } from './quarantined.ts';
import { type Quarantined, quarantined } from './quarantined.ts';

/** The members that every row needs. */
export interface RecordHeading {
  readonly eventId: EventId;
  readonly eventTimeMs: number;
  readonly operation: string;
}

/** Limits above anything that AWS writes. Rows are keyed and folded by these members, so they are never cut. */
const maxLength = { eventID: 256, awsRegion: 64, recipientAccountId: 64, sharedEventID: 256 } as const;

/**
 * The id, time and name of a record, or why the record cannot be a row. Other members may be missing. But a member of
 * the wrong type that decides the outcome, account, Region or counting would make the row wrong, so the record is
 * rejected.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function recordHeading(record: CloudTrailRecord): RecordHeading | Quarantined {
  const { eventID, eventName } = record;
  if (isAbsent(eventID)) {
    return refused('missing-event-id', 'The record has no eventID.');
  }
  if (isAbsent(eventName)) {
    return refused('missing-event-name', 'The record has no eventName.');
  }
  if (typeof eventID !== 'string') {
    return notText('eventID');
  }
  if (typeof eventName !== 'string') {
    return notText('eventName');
  }
  const time = eventTimeMs(record.eventTime);
  if (time === undefined) {
    return refused('bad-event-time', 'The eventTime of the record is missing or is not a time.');
  }
  if (!isEventId(eventID)) {
    return notUnicode('eventID');
  }
  const problem =
    (eventID.length > maxLength.eventID ? tooLong('eventID') : undefined) ??
    problemWith(record, 'awsRegion') ??
    problemWith(record, 'recipientAccountId') ??
    problemWith(record, 'sharedEventID') ??
    (typeof record.errorCode === 'string' || isAbsent(record.errorCode) ? undefined : notText('errorCode'));
  return problem ?? { eventId: eventID, eventTimeMs: time, operation: eventName };
}

function problemWith(
  record: CloudTrailRecord,
  member: 'awsRegion' | 'recipientAccountId' | 'sharedEventID',
): Quarantined | undefined {
  const value = record[member];
  if (typeof value !== 'string') {
    return isAbsent(value) ? undefined : notText(member);
  }
  if (value.length > maxLength[member]) {
    return tooLong(member);
  }
  return value.isWellFormed() ? undefined : notUnicode(member);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** UTF-8 cannot encode a lone surrogate, so two ids that differ in one would be stored as one. */
function isEventId(eventId: string): eventId is EventId {
  return eventId.isWellFormed();
}

function refused(code: QuarantineCode, reason: string): Quarantined {
  return quarantined(code, reason, true);
}

function notText(member: string): Quarantined {
  return refused('bad-member-type', `The ${member} of the record is not a string.`);
}

function notUnicode(member: string): Quarantined {
  return refused('bad-member-type', `The ${member} of the record is not well-formed Unicode.`);
}

function tooLong(member: keyof typeof maxLength): Quarantined {
  return refused('too-large', `The ${member} of the record has more than ${maxLength[member]} characters.`);
}
