import { partitionOfRegion } from '../cloudtrail/partition-of-region.ts';
import type { KeyArn } from './key-use.ts';

/**
 * Longer than any key's ARN, whose parts are all short. What AWS itself wrote above this is a broken record, what
 * a caller passed above it is no key's ARN.
 */
export const maxKeyArnLength = 512;

/**
 * Whether a text is `arn:<partition>:kms:<region>:<account>:key/<id>`, whatever the id looks like: samples and
 * anonymised records have ids that KMS would not make. Only visible ASCII passes.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN
 */
export function isKeyArn(text: string): text is KeyArn {
  const key = resourceOfKmsArn(text);
  return key !== undefined && text.startsWith('key/', key) && isPlain(text, 4) && isOneName(text, key + 4);
}

/** An alias's ARN, `arn:<partition>:kms:<region>:<account>:alias/<name>`. */
export function isAliasArn(text: string): boolean {
  const at = resourceOfKmsArn(text);
  return at !== undefined && text.startsWith('alias/', at);
}

/**
 * Whether a text is a key's id alone: a UUID, or `mrk-` and 32 digits for a multi-Region key. Letters are not
 * held to hexadecimal, which anonymised ids are not.
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

/** The ARN of a key in an account and Region, `undefined` where either is not known. */
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

/** The key of `arn:<partition>:kms:<region>:<account>:<id>`, an ARN that lacks its `key/`, as some samples have. */
export function keyArnOfBareArn(text: string): KeyArn | undefined {
  const at = resourceOfKmsArn(text);
  if (at === undefined || !isKeyId(text.slice(at))) {
    return undefined;
  }
  const arn = `${text.slice(0, at)}key/${text.slice(at)}`;
  return isKeyArn(arn) ? arn : undefined;
}

/** Whether the ARN is of the key that a caller named so: by the ARN itself or by its id. */
export function isArnOf(arn: KeyArn, name: string | undefined): boolean {
  return name !== undefined && (arn === name || (arn.endsWith(name) && arn.at(-name.length - 1) === '/'));
}

/** Where the resource of a KMS ARN begins. */
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
