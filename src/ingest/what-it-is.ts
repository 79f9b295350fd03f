import { jsonOf } from '../text/json-of.ts';

/** How much of a value's JSON is looked at. */
const LOOKED_AT = 64 * 1024;

const LOGS = 'import the log files of the trail';

/** Shapes that people import and that hold no record as CloudTrail wrote it, by their JSON; the first that fits. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [
    /"(?:s3ObjectKey|s3SchemaVersion)":|"Event":"s3:TestEvent"/,
    'It is a notification of S3, which names log files and holds none: import these.',
  ],
  [
    /"eventSource":"aws:|"EventSource":"aws:/,
    'It is an event of Lambda, and no record is in it: import what it was made of.',
  ],
  [
    /"CloudTrailEvent"|"EventName":.*"EventId":|"EventId":.*"EventName":/s,
    'It is an event of LookupEvents without its record: run lookup-events without --query, or with CloudTrailEvent in it.',
  ],
  [
    /"class_uid":|"api":\{[^{}]*"operation":/,
    `It is a record in OCSF, as Security Lake writes them, and not as CloudTrail did: ${LOGS}.`,
  ],
  [
    /"(?:aws\.cloudtrail[."]|cloudtrail":\{|provider":"[a-z0-9-]+\.amazonaws\.com")/,
    `It is a record as Elastic has rewritten it: export it with event.original, or ${LOGS}.`,
  ],
  [
    /"(?:eventsource|eventname|useridentity)":/,
    `It has the members of a record in lower case, as Athena and Glue write them: ${LOGS}.`,
  ],
  [
    /"userIdentity\.|"requestParameters\./,
    `It has the members of a record flattened, without its original: export _raw, or ${LOGS}.`,
  ],
  [/"(?:eventSource|eventName)":\{"S":/, `It is a record in DynamoDB's JSON: ${LOGS}.`],
  [/"logEvents":|"@message":/, `It is of CloudWatch Logs, and no record of CloudTrail is in it: ${LOGS}.`],
  [/"configurationItems?":/, `It is of AWS Config: ${LOGS}.`],
  [/"(?:eventName|eventVersion|eventID)":/, `It has members of a record, but no eventSource: ${LOGS}.`],
];

/** What an object is that is no record and in which none was found, and what to do: a sentence that quotes nothing. */
export function whatItIs(value: object): string {
  const json = jsonOf(value)?.slice(0, LOOKED_AT);
  if (json === undefined) return 'It nests too deeply to be a record of CloudTrail: see what wrote it.';
  const known = SHAPES.find(([shape]) => shape.test(json));
  return (
    known?.[1] ??
    `The object is no CloudTrail record, and none is in it: it has no eventSource. If it comes from a trail, ${LOGS}.`
  );
}

/** What services send beside records, and that is all there is to say of it. */
export function isNoticeWithoutRecord(value: {
  readonly messageType?: unknown;
  readonly Type?: unknown;
}): boolean {
  return (
    // "CWL CONTROL MESSAGE: Checking health of destination": CloudWatch Logs User Guide, subscription filters.
    value.messageType === 'CONTROL_MESSAGE' ||
    value.Type === 'SubscriptionConfirmation' ||
    value.Type === 'UnsubscribeConfirmation'
  );
}
