import type { Principal } from '../cloudtrail/identity.ts';
import { accountOfArn } from '../cloudtrail/identity-arn.ts';

type Identity = Pick<Principal, 'id' | 'type' | 'accountId'>;

/** Identity Center names the roles of a permission set `AWSReservedSSO_<permission set>_<16 hexadecimal digits>`. */
const PERMISSION_SET =
  /:role\/aws-reserved\/sso\.amazonaws\.com\/(?:[^/]+\/)?AWSReservedSSO_(.+)_[0-9a-f]{16}$/;

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
const UNIQUE_ID = /\bA(?:ROA|IDA|GPA|IPA|NPA|NVA|SIA|PKA|SCA|CCA|BIA|KIA)[A-Z0-9]{12,}\b/g;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/**
 * The family of a principal: its account, type, path, and its name without runs of digits, hexadecimal digits and ids, as
 * deployments and autoscaling make them. Users of IAM Identity Center are one family for each permission set, or one for
 * all users where the record has only the user.
 * @returns undefined when no record names the principal
 */
export function familyOf({ id, type, accountId }: Identity): string | undefined {
  if (id === undefined) return undefined;
  const account = accountOfArn(id) ?? accountId ?? '';
  if (type === 'identity-center') return `${account} identity-center`;
  if (type === 'account') return `${account} account`;
  const set = PERMISSION_SET.exec(id)?.[1];
  if (set !== undefined) return `${account} permission-set ${set}`;
  const resource = id.startsWith('arn:') ? id.split(':').slice(5).join(':') : id;
  const path = resource.slice(resource.indexOf('/') + 1, resource.lastIndexOf('/') + 1);
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  return `${account} ${type} ${path}${stemOf(name)}`;
}

/** A name without what differs between the members of a family. */
function stemOf(name: string): string {
  const words = name
    .replace(UUID, ' ')
    .replace(UNIQUE_ID, ' ')
    .split(/[^\p{L}\p{N}]+/u)
    .map(stemOfWord)
    .filter((word) => word !== '');
  // A name of ids alone stands for itself, but for its digits: otherwise all such names were one family.
  return words.length > 0 ? words.join('-') : name.replace(/\d+/g, '#');
}

function stemOfWord(word: string): string {
  if (isHexadecimal(word) || isRandom(word)) return '';
  return word.replace(/[0-9A-F]{6,}(?![a-z])/g, (run) => (/\d/.test(run) ? '' : run)).replace(/\d+/g, '');
}

/** At least four hexadecimal digits with a decimal one among them, or eight of any kind: `3f9a`, `deadbeef`. */
function isHexadecimal(word: string): boolean {
  return /^[0-9a-f]+$/i.test(word) && word.length >= (/\d/.test(word) ? 4 : 8);
}

/** Whether letters and digits alternate as in a random suffix: `1XK9Q2ZP7LMN`, `x7Hq2LmPq9Ab`. */
function isRandom(word: string): boolean {
  const changes = word.match(/\d(?=\D)|\D(?=\d)/g)?.length ?? 0;
  return word.length >= 8 && changes >= 3;
}
