import { isObject, objectIn, textIn } from '../cloudtrail/json-members.ts';
import { type ObjectAddress, unescapedKey } from '../s3/object-url.ts';
import { parseJson } from '../text/parse-json.ts';

/** An SNS topic's message has S3's in a string, and that may have been sent on to another topic. */
const MAX_WRAPPINGS = 3;

/** What a message tells of. */
interface ToldObjects {
  readonly objects: readonly ObjectAddress[];
  /** Whether there may be others in what could not be understood. */
  readonly isUnderstood: boolean;
}

const nothing: ToldObjects = { objects: [], isUnderstood: true };
const notUnderstood: ToldObjects = { objects: [], isUnderstood: false };

/**
 * The objects that a message tells of: as S3 sent it, through an SNS topic, as CloudTrail tells its own topic of log
 * files, or as EventBridge's `Object Created`. None where it tells of something else, such as S3's test event.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
 */
export function logObjectsOfMessage(body: string): ToldObjects {
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
    if (Array.isArray(value.Records)) return toldBy(value.Records, objectOfRecord);
    if (value.Event === 's3:TestEvent') return nothing;
    if (value['detail-type'] !== undefined) {
      return value['detail-type'] === 'Object Created' ? toldBy([value.detail], objectOfDetail) : nothing;
    }
    if (Array.isArray(value.s3ObjectKey)) {
      const bucket = textIn(value.s3Bucket);
      return toldBy(value.s3ObjectKey, (key) => address(bucket, textIn(key)));
    }
    text = textIn(value.Message);
  }
  return notUnderstood;
}

/** @param objectOf answers undefined where an entry is not understood, and `none` where it tells of no new object */
function toldBy(
  entries: readonly unknown[],
  objectOf: (entry: unknown) => ObjectAddress | 'none' | undefined,
): ToldObjects {
  const found = entries.map(objectOf);
  return {
    objects: found.filter((each) => each !== undefined && each !== 'none'),
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
