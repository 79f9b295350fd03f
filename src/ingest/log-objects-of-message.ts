import { isObject, objectIn, textIn } from '../cloudtrail/json-members.ts';
import { type ObjectAddress, unescapedKey } from '../s3/object-url.ts';
import { parseJson } from '../text/parse-json.ts';

/** A message of an SNS topic has S3's in a string, and may itself have been forwarded to another topic. */
const MAX_WRAPPINGS = 3;

/** The objects that a message announces. */
interface AnnouncedObjects {
  readonly objects: readonly ObjectAddress[];
  /** How often it says that nothing is new: a test, an object that was deleted. */
  readonly others: number;
  /** Whether there may be others in what could not be understood. */
  readonly isUnderstood: boolean;
}

const nothing: AnnouncedObjects = { objects: [], others: 1, isUnderstood: true };
const notUnderstood: AnnouncedObjects = { objects: [], others: 0, isUnderstood: false };

/**
 * The objects that a message announces: a notification of S3, directly or through an SNS topic, one of CloudTrail's own
 * topic, or EventBridge's `Object Created`. None where it is about something else, such as S3's test event.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
 */
export function logObjectsOfMessage(body: string): AnnouncedObjects {
  let text: string | undefined = body;
  for (let wrapping = 0; wrapping < MAX_WRAPPINGS && text !== undefined; wrapping++) {
    const value = jsonIn(text);
    if (
      !isObject<'Records' | 'Event' | 'Message' | 'detail' | 'detail-type' | 's3Bucket' | 's3ObjectKey'>(
        value,
      )
    ) {
      return notUnderstood;
    }
    if (Array.isArray(value.Records)) return announcedIn(value.Records, objectOfRecord);
    if (value.Event === 's3:TestEvent') return nothing;
    const type = textIn(value['detail-type']);
    if (type === 'Object Created') return announcedIn([value.detail], objectOfDetail);
    // Amazon S3 User Guide, "EventBridge": Object Deleted, Object Tags Added and so on.
    if (type?.startsWith('Object ') === true) return nothing;
    if (type !== undefined) return notUnderstood;
    if (Array.isArray(value.s3ObjectKey)) {
      const bucket = textIn(value.s3Bucket);
      return announcedIn(value.s3ObjectKey, (key) => address(bucket, textIn(key)));
    }
    text = textIn(value.Message);
  }
  return notUnderstood;
}

/** @param objectOf answers undefined where an entry is not understood, and `none` where it announces no new object */
function announcedIn(
  entries: readonly unknown[],
  objectOf: (entry: unknown) => ObjectAddress | 'none' | undefined,
): AnnouncedObjects {
  const found = entries.map(objectOf);
  return {
    objects: found.filter((each) => each !== undefined && each !== 'none'),
    others: found.filter((each) => each === 'none').length,
    isUnderstood: !found.includes(undefined),
  };
}

/** S3 escapes keys here as a form's values are. */
function objectOfRecord(record: unknown): ObjectAddress | 'none' | undefined {
  if (!isObject<'eventName' | 's3'>(record)) return undefined;
  if (textIn(record.eventName)?.startsWith('ObjectCreated:') === false) return 'none';
  return addressIn(record.s3, keyIn);
}

function objectOfDetail(detail: unknown): ObjectAddress | undefined {
  return addressIn(detail, (key) => key);
}

function addressIn(value: unknown, keyOf: (text: string) => string | undefined): ObjectAddress | undefined {
  const parts = objectIn<'bucket' | 'object'>(value);
  const key = textIn(objectIn<'key'>(parts?.object)?.key);
  return address(textIn(objectIn<'name'>(parts?.bucket)?.name), key === undefined ? undefined : keyOf(key));
}

function address(bucket: string | undefined, key: string | undefined): ObjectAddress | undefined {
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

function jsonIn(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function keyIn(text: string): string | undefined {
  try {
    return unescapedKey(text);
  } catch {
    return undefined;
  }
}
