import { partitionOfRegion } from '../cloudtrail/partition-of-region.ts';
import type { KeyArn } from './key-use.ts';

/**
 * Longer than any key ARN. A longer one that AWS wrote means a broken record; a longer one that a caller passed is no
 * key ARN.
 */
export const maxKeyArnLength = 512;

/**
 * Whether a text is `arn:<partition>:kms:<region>:<account>:key/<id>`. The id may look unlike those of KMS, because
 * samples and anonymised records have such ids. Only visible ASCII is accepted.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN
 */
export function isKeyArn(text: string): text is KeyArn {
  const key = resourceOfKmsArn(text);
  return key !== undefined && text.startsWith('key/', key) && isPlain(text, 4) && isOneName(text, key + 4);
}

/** Whether a text is the ARN of an alias, `arn:<partition>:kms:<region>:<account>:alias/<name>`. */
export function isAliasArn(text: string): boolean {
  const at = resourceOfKmsArn(text);
  return at !== undefined && text.startsWith('alias/', at);
}

/**
 * Whether a text is a bare key id: a UUID, or `mrk-` and 32 digits for a multi-Region key. Letters beyond hexadecimal are
 * accepted, because anonymised ids have them.
 */
export function isKeyId(text: string): boolean {
  if (text.length === 36 && text.charCodeAt(8) === 0x2d) {
    return uuid.test(text);
  }
  return text.length === 36 && text.startsWith('mrk-') && multiRegionId.test(text);
}

const uuid = /^[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}$/i;
const multiRegionId = /^mrk-[0-9a-z]{32}$/i;
const accountId = /^\d{12}$/;

/** The ARN of a key in an account and Region; `undefined` if either is unknown. */
export function keyArnOfId(
  id: string,
  account: string | undefined,
  region: string | undefined,
): KeyArn | undefined {
  if (account === undefined || region === undefined || !accountId.test(account)) {
    return undefined;
  }
  const arn = `arn:${partitionOfRegion(region)}:kms:${region}:${account}:key/${id}`;
  return isKeyArn(arn) ? arn : undefined;
}

/** The key ARN for `arn:<partition>:kms:<region>:<account>:<id>`, which lacks `key/`, as in some samples. */
export function keyArnOfBareArn(text: string): KeyArn | undefined {
  const at = resourceOfKmsArn(text);
  if (at === undefined || !isKeyId(text.slice(at))) {
    return undefined;
  }
  const arn = `${text.slice(0, at)}key/${text.slice(at)}`;
  return isKeyArn(arn) ? arn : undefined;
}

/** Whether a caller's name for a key is this ARN or its id. */
export function isArnOf(arn: KeyArn, name: string | undefined): boolean {
  return name !== undefined && (arn === name || (arn.endsWith(name) && arn.at(-name.length - 1) === '/'));
}

/** The offset of the resource in a KMS ARN. */
function resourceOfKmsArn(text: string): number | undefined {
  if (!text.startsWith('arn:')) {
    return undefined;
  }
  const service = text.indexOf(':', 4);
  if (service === -1 || !text.startsWith(':kms:', service)) {
    return undefined;
  }
  const account = text.indexOf(':', service + 5);
  const resource = account === -1 ? -1 : text.indexOf(':', account + 1);
  const isWhole = service > 4 && account > service + 5 && resource > account + 1;
  return isWhole && resource + 1 < text.length ? resource + 1 : undefined;
}

function isPlain(text: string, from: number): boolean {
  for (let index = from; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit <= 0x20 || unit >= 0x7f) {
      return false;
    }
  }
  return true;
}

function isOneName(text: string, from: number): boolean {
  return from < text.length && text.indexOf('/', from) === -1 && text.indexOf(':', from) === -1;
}

/** The account in a key ARN, `arn:<partition>:kms:<region>:<account>:key/<id>`. */
export function accountOfKeyArn(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** The Region in a key ARN. */
export function regionOfKeyArn(arn: string): string {
  return arn.split(':')[3] ?? '';
}
