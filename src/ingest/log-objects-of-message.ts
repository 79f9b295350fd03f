import { isObject, objectIn, textIn } from '../cloudtrail/json-members.ts';
import { parseJson } from '../cloudtrail/parse-json.ts';
import type { ObjectAddress } from '../s3/object-url.ts';

/** An SNS topic's message has S3's in a string, and that may have been sent on to another topic. */
const MAX_WRAPPINGS = 3;

/**
 * The objects that a message of S3 tells of: as S3 sent it, through an SNS topic, or as EventBridge's `Object
 * Created`. None where it tells of something else, such as S3's test event.
 * @returns undefined where the message is not understood
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function logObjectsOfMessage(body: string): readonly ObjectAddress[] | undefined {
  let text: string | undefined = body;
  for (let wrapping = 0; wrapping < MAX_WRAPPINGS && text !== undefined; wrapping++) {
    const value = jsonIn(text);
    if (!isObject<'Records' | 'Event' | 'Message' | 'detail' | 'detail-type'>(value)) return undefined;
    if (Array.isArray(value.Records)) return objectsOfRecords(value.Records);
    if (value.Event === 's3:TestEvent') return [];
    if (value['detail-type'] !== undefined) {
      return value['detail-type'] === 'Object Created' ? objectOfDetail(value.detail) : [];
    }
    text = textIn(value.Message);
  }
  return undefined;
}

function jsonIn(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Each has an object that came to be; S3 escapes keys here as a form's values are. */
function objectsOfRecords(records: readonly unknown[]): readonly ObjectAddress[] | undefined {
  const objects: ObjectAddress[] = [];
  for (const record of records) {
    if (!isObject<'eventName' | 's3'>(record)) return undefined;
    if (textIn(record.eventName)?.startsWith('ObjectCreated:') === false) continue;
    const s3 = objectIn<'bucket' | 'object'>(record.s3);
    const address = addressIn(s3, unescapedKey);
    if (address === undefined) return undefined;
    objects.push(address);
  }
  return objects;
}

function objectOfDetail(detail: unknown): readonly ObjectAddress[] | undefined {
  const address = addressIn(objectIn<'bucket' | 'object'>(detail), (key) => key);
  return address === undefined ? undefined : [address];
}

function addressIn(
  parts: { readonly bucket?: unknown; readonly object?: unknown } | undefined,
  keyOf: (text: string) => string | undefined,
): ObjectAddress | undefined {
  const bucket = textIn(objectIn<'name'>(parts?.bucket)?.name);
  const text = textIn(objectIn<'key'>(parts?.object)?.key);
  const key = text === undefined ? undefined : keyOf(text);
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

function unescapedKey(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
