/** What stands in quarantined bytes for an access key id, with its keyed hash behind it. */
const STAND_IN = 'hashed-access-key-';

/** A letter or digit of an id, also as an escape of JSON, in a text in a text perhaps. */
const SIGN = String.raw`(?:[A-Z0-9]|\\+u00[345][0-9A-Fa-f])`;
/** "Unique identifiers", IAM User Guide: what begins so is an access key id. */
const KEY_ID = /^(?:AKIA|ASIA|ABIA|ACCA)/;
const LIKE_KEY_ID = new RegExp(`(?<![A-Za-z0-9])${SIGN}{16,128}(?![A-Za-z0-9])`, 'g');
/** The member that holds one, whatever it looks like: anonymised ids look like none. */
const MEMBER = /(access_?key_?id\\*["']\s*[:=]\s*\\*["'])((?:[^"'\\]|\\+u[0-9a-fA-F]{4})+)/gi;

/**
 * Bytes without any whole access key id: a keyed hash stands for each, the one that a use of it would have.
 * @param hash the keyed hash of an id, of letters, digits, `-` and `_`
 */
export function withoutAccessKeys(bytes: Uint8Array, hash: (accessKeyId: string) => string): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const hashed = text
    .replace(MEMBER, (_, before: string, id: string) => before + standInFor(decoded(id), hash))
    .replace(LIKE_KEY_ID, (found) =>
      KEY_ID.test(decoded(found)) ? standInFor(decoded(found), hash) : found,
    );
  return hashed === text ? bytes : Buffer.from(hashed, 'latin1');
}

function standInFor(accessKeyId: string, hash: (accessKeyId: string) => string): string {
  return STAND_IN + hash(accessKeyId);
}

/** The hash that stands for an access key id in bytes out of quarantine; undefined for an id. */
export function hashInStandIn(accessKeyId: string): string | undefined {
  return accessKeyId.startsWith(STAND_IN) ? accessKeyId.slice(STAND_IN.length) : undefined;
}

function decoded(text: string): string {
  return text.replace(/\\+u([0-9a-fA-F]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
