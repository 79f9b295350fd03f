/** An object in S3, or a prefix of several. */
export interface ObjectAddress {
  readonly bucket: string;
  /** The key as S3 stores it, without any escaping. */
  readonly key: string;
}

const SCHEME = 's3://';
/** Buckets created before 2018 may have other characters: S3 User Guide, "General purpose bucket naming rules". */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;

export function isObjectUrl(path: string): boolean {
  return path.startsWith(SCHEME);
}

/** @returns undefined if the URL has no valid bucket name */
export function addressOfObject(url: string): ObjectAddress | undefined {
  const slash = url.indexOf('/', SCHEME.length);
  const bucket = url.slice(SCHEME.length, slash === -1 ? undefined : slash);
  if (!isObjectUrl(url) || !BUCKET.test(bucket)) return undefined;
  return { bucket, key: slash === -1 ? '' : url.slice(slash + 1) };
}

/**
 * A key that S3 form-encoded, as in listings and notifications.
 * @throws URIError if the escaping is invalid
 */
export function unescapedKey(escaped: string): string {
  return decodeURIComponent(escaped.replaceAll('+', '%20'));
}

export function objectUrl({ bucket, key }: ObjectAddress): string {
  return `${SCHEME}${bucket}/${key}`;
}
