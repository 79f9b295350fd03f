import type { CloudTrailRecord } from '../cloudtrail/cloud-trail-record.ts';
import { serviceOfSource } from '../cloudtrail/event-source.ts';
import { isObject, type Members, objectIn, textIn } from '../cloudtrail/json-members.ts';
import { type Quarantined, quarantined } from '../cloudtrail/quarantined.ts';
import { contradictionOf, type RecordPlace } from '../cloudtrail/record-place.ts';
import { sourceChangeOf } from '../cloudtrail/source-change.ts';
import { type KeyUsesOptions, keyUsesOfRecord } from '../kms/key-uses-of-record.ts';
import type { JobFact } from '../sagemaker/job-fact.ts';
import { jobFactsOfRecord } from '../sagemaker/job-facts-of-record.ts';
import { jobFactsOfStateChange } from '../sagemaker/job-facts-of-state-change.ts';
import { sessionFactOf } from '../sagemaker/session-fact.ts';
import { isWrapper } from './carried-values.ts';
import type { ParsedEvent } from './parsed-event.ts';
import { isNoticeWithoutRecord, whatItIs } from './what-it-is.ts';

export interface ParseEventOptions extends KeyUsesOptions {}

const other: ParsedEvent = { kind: 'other' };
const nowhere: readonly RecordPlace[] = [];

type Digest = Members<'digestS3Object' | 'digestStartTime' | 'logFiles'>;
type Envelope = Members<'account' | 'detail' | 'detail-type' | 'region' | 'resources' | 'time'>;
type LookupEvent = Members<'CloudTrailEvent' | 'EventSource'>;
type Notice = Members<'messageType' | 'Type'>;

/**
 * What one value out of `parseJson` is: a CloudTrail record by itself, in an EventBridge envelope or as an event
 * of LookupEvents; a SageMaker state change; or something that Keytrail has no use for. Never throws, whatever the
 * value, and changes nothing in it. A use may share objects with it.
 * @param place what holds of the account and Region of all records of its file
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/ref/event-delivery-level.html
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
 */
export function parseEvent(value: unknown, options: ParseEventOptions, place?: RecordPlace): ParsedEvent {
  const places = place === undefined ? nowhere : [place];
  if (
    !isObject<keyof CloudTrailRecord | keyof Digest | keyof Envelope | keyof LookupEvent | keyof Notice>(
      value,
    )
  ) {
    return notARecord('The value is not an object.');
  }
  if (isOfService(value)) {
    return parsedRecord(value, value.eventSource, options, places);
  }
  if (value['detail-type'] !== undefined) {
    return parsedEnvelope(value, options, places);
  }
  if (value.CloudTrailEvent !== undefined || value.EventSource !== undefined) {
    return parsedLookupEvent(value, options, places);
  }
  return isInsight(value) || isDigest(value) || isNoticeWithoutRecord(value)
    ? other
    : notARecord(whatItIs(value));
}

/** A record that says another account or Region than where it lies was put there by somebody else than CloudTrail. */
function parsedRecord(
  record: CloudTrailRecord,
  eventSource: string,
  options: ParseEventOptions,
  places: readonly RecordPlace[],
): ParsedEvent {
  const service = serviceOfSource(eventSource);
  const event = parsedRecordOf(service, record, eventSource, options);
  if (event.kind === 'other' || event.kind === 'quarantine') return event;
  for (const { accountId, region } of places) {
    // The global endpoint of STS is in us-east-1, and some trails have its records elsewhere.
    const place = service === 'sts.amazonaws.com' ? { accountId } : { accountId, region };
    const member = contradictionOf(record, place);
    if (member !== undefined) return contradiction(member, event.kind === 'key-use');
  }
  return event;
}

function contradiction(member: string, isKms: boolean): Quarantined {
  return quarantined(
    'contradicts-place',
    `The ${member} of the record is not that of its envelope or of the folder below AWSLogs that it lies in: see who wrote it.`,
    isKms,
  );
}

/** Only the exact names: another service's name may begin or end in one of these. */
function parsedRecordOf(
  service: string | undefined,
  record: CloudTrailRecord,
  eventSource: string,
  options: ParseEventOptions,
): ParsedEvent {
  if (service === undefined && isWrapper(record) && record.eventName === undefined)
    return notARecord(whatItIs(record));
  switch (service) {
    case 'kms.amazonaws.com': {
      const uses = keyUsesOfRecord(record, options);
      return 'kind' in uses ? uses : { kind: 'key-use', uses };
    }
    case 'sagemaker.amazonaws.com':
      return jobEventOf(jobFactsOfRecord(record));
    case 'cloudtrail.amazonaws.com':
    case 'events.amazonaws.com': {
      const change = sourceChangeOf(record, service);
      if (change === undefined) return other;
      return 'kind' in change ? change : { kind: 'source-change', change };
    }
    case undefined:
      return eventSource.startsWith('aws:') ? notARecord(whatItIs(record)) : other;
    default: {
      const session = sessionFactOf(record, service, options.hashAccessKey);
      return session === undefined ? other : { kind: 'session', facts: [session] };
    }
  }
}

/** Bytes of JSON of one fact that an item of the table surely takes. */
const maxFactBytes = 300_000;

/** Only a forged record has job facts that are too large for an item of the table. */
function jobEventOf(facts: readonly JobFact[]): ParsedEvent {
  return facts.some((fact) => Buffer.byteLength(JSON.stringify(fact)) > maxFactBytes)
    ? quarantined('too-large', `What it says of a job has more than ${maxFactBytes} bytes.`, false)
    : { kind: 'job-event', facts };
}

/**
 * An envelope's record decides by its own `eventSource`, not the envelope's `source`: the two differ in published
 * samples. Without a record it is a service's own event: those of SageMaker are recognised by their type, and those of
 * KMS (such as `KMS CMK Rotation`) repeat what a CloudTrail record says too.
 */
function parsedEnvelope(
  envelope: Envelope,
  options: ParseEventOptions,
  places: readonly RecordPlace[],
): ParsedEvent {
  const detail = objectIn<keyof CloudTrailRecord>(envelope.detail);
  if (detail !== undefined && isOfService(detail)) {
    const place = { accountId: textIn(envelope.account), region: textIn(envelope.region) };
    return parsedRecord(detail, detail.eventSource, options, [...places, place]);
  }
  const type = textIn(envelope['detail-type']);
  if (type === undefined) {
    return notARecord('The detail-type of the envelope is not a string.');
  }
  if (detail === undefined) {
    return notARecord('The envelope has no object as its detail.');
  }
  if (type.startsWith('SageMaker ')) {
    return jobEventOf(jobFactsOfStateChange(envelope));
  }
  return type.endsWith(' via CloudTrail') && !isInsight(detail)
    ? notARecord('The CloudTrail record in the envelope has no eventSource.')
    : other;
}

/** LookupEvents gives the record as JSON in a string; some tools have opened it. */
function parsedLookupEvent(
  event: LookupEvent,
  options: ParseEventOptions,
  places: readonly RecordPlace[],
): ParsedEvent {
  const isKms =
    typeof event.EventSource === 'string' && serviceOfSource(event.EventSource) === 'kms.amazonaws.com';
  const record = objectIn<keyof CloudTrailRecord>(event.CloudTrailEvent);
  if (record === undefined) {
    return typeof event.CloudTrailEvent === 'string'
      ? quarantined('not-json', 'The CloudTrailEvent is not a JSON object.', isKms)
      : quarantined('not-a-record', 'The event has no CloudTrailEvent.', isKms);
  }
  if (isOfService(record)) {
    return parsedRecord(record, record.eventSource, options, places);
  }
  return isInsight(record)
    ? other
    : quarantined('not-a-record', 'The CloudTrailEvent has no eventSource.', isKms);
}

function isOfService<Value extends CloudTrailRecord>(
  record: Value,
): record is Value & { readonly eventSource: string } {
  return typeof record.eventSource === 'string' && record.eventSource !== '';
}

/** CloudTrail Insights report unusual numbers of calls, not a call, and have no `eventSource` of their own. */
function isInsight(record: CloudTrailRecord): boolean {
  return (
    record.insightDetails !== undefined ||
    record.eventCategory === 'Insight' ||
    record.eventType === 'AwsCloudTrailInsight'
  );
}

/** An hour's digest of log files, which lies beside them. */
function isDigest(value: Digest): boolean {
  return (
    value.digestS3Object !== undefined ||
    (value.digestStartTime !== undefined && Array.isArray(value.logFiles))
  );
}

function notARecord(reason: string): Quarantined {
  return quarantined('not-a-record', reason, false);
}
