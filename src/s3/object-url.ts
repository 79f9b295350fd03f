/** An object of S3, or what the names of several begin with. */
export interface ObjectAddress {
  readonly bucket: string;
  /** As S3 has it: not escaped, and nothing in it means anything. */
  readonly key: string;
}

const SCHEME = 's3://';
/** Buckets made before 2018 may have more in their names than today's: S3 User Guide, "General purpose bucket naming rules". */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;

export function isObjectUrl(path: string): boolean {
  return path.startsWith(SCHEME);
}

/** @returns undefined where the URL names no bucket that there could be */
export function addressOfObject(url: string): ObjectAddress | undefined {
  const slash = url.indexOf('/', SCHEME.length);
  const bucket = url.slice(SCHEME.length, slash === -1 ? undefined : slash);
  if (!isObjectUrl(url) || !BUCKET.test(bucket)) return undefined;
  return { bucket, key: slash === -1 ? '' : url.slice(slash + 1) };
}

/**
 * A key that S3 has escaped as a form's values are, in listings and notifications.
 * @throws URIError where it is not escaped so
 */
export function unescapedKey(escaped: string): string {
  return decodeURIComponent(escaped.replaceAll('+', '%20'));
}

export function objectUrl({ bucket, key }: ObjectAddress): string {
  return `${SCHEME}${bucket}/${key}`;
}
