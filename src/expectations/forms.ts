import { AWS_DNS_SUFFIX } from '../cloudtrail/aws-dns-suffix.ts';
import { isKeyId } from '../kms/key-arn.ts';

/** The forms of keys and principals in an expectation, and the messages for other texts. */

const PARTITION = 'arn:aws[a-z-]*';
const ACCOUNT = String.raw`\d{12}`;
const KEY_ID = '(?:[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}|mrk-[0-9a-z]{32})';
const ALIAS = 'alias/[a-zA-Z0-9/_-]{1,250}';
/** A role's or user's name, as IAM takes it. */
const NAME = '[a-zA-Z0-9_+=,.@-]{1,128}';
/** Its path: any visible ASCII, here without the asterisk. */
const PATH = String.raw`(?:[!-)+-~]{1,510}\/)?`;
const HOST = String.raw`[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}`;

export const ACCOUNT_ID = new RegExp(`^${ACCOUNT}$`);

export const KEY_FORM = new RegExp(
  `^(?:ml|account:${ACCOUNT}|${ALIAS}|${PARTITION}:kms:[a-z0-9-]{1,32}:${ACCOUNT}:(?:key/${KEY_ID}|${ALIAS}))$`,
);

export const PRINCIPAL_FORM = new RegExp(
  `^(?:account:${ACCOUNT}|service:${HOST}|id:[^\\p{C}\\s](?:[^\\p{C}]{0,500}[^\\p{C}\\s])?|` +
    `${PARTITION}:iam::${ACCOUNT}:(?:root|(?:role|user)/${PATH}(?:${NAME}|\\*))|` +
    `${PARTITION}:sts::${ACCOUNT}:federated-user/${NAME})$`,
  'u',
);

const SERVICE_HOST = new RegExp(String.raw`\.${AWS_DNS_SUFFIX}$`);

export const HOST_FORM = new RegExp(`^${HOST}$`);

/** What is wrong with a text that is no key, and how to correct it, as the end of a sentence. */
export function keyFault(text: string): string {
  if (ACCOUNT_ID.test(text)) return `is an account; write account:${text} for its keys`;
  if (isKeyId(text))
    return "is a key's id; give its whole ARN, since ids are unique in an account and Region only";
  if (text.startsWith('account:')) return 'is no account: an account id has 12 digits';
  if (/^(?:aliases?[:/]|Alias\/)/.test(text))
    return 'is no alias: it is written alias/<name>, with letters, digits, `/`, `_` and `-`';
  if (/^ml$/i.test(text)) return 'is written ml';
  if (text.includes('*')) return 'has an asterisk; name keys one by one, or all of an account: account:<id>';
  if (!text.startsWith('arn:')) return FORMS_OF_KEYS;
  const [, , service, region, account = '', ...resource] = text.split(':');
  if (service !== 'kms') return 'is not the ARN of a KMS key or alias';
  if (region === '' || region === undefined) return 'names no Region';
  if (!ACCOUNT_ID.test(account)) return `names the account \`${account}\`, and an account id has 12 digits`;
  if (resource.join(':').startsWith('key/'))
    return "ends in no key's id: that is a UUID, or mrk- and 32 digits";
  return FORMS_OF_KEYS;
}

const FORMS_OF_KEYS =
  "is no key: give a key's ARN, alias/<name>, an alias's ARN, account:<12 digits>, or ml for the keys of SageMaker jobs";

/** What is wrong with a text that is no principal, and how to correct it, as the end of a sentence. */
export function principalFault(text: string): string {
  if (ACCOUNT_ID.test(text)) return `is an account; write account:${text} for all its principals`;
  if (text.startsWith('account:')) return 'is no account: an account id has 12 digits';
  if (text.startsWith('service:'))
    return 'is no service: write its whole name, such as service:s3.amazonaws.com';
  if (SERVICE_HOST.test(text)) return `is a service; write service:${text}`;
  if (/^arn:aws[a-z-]*:sts:.*:assumed-role\//.test(text))
    return 'is a session; name the role itself, with its path: arn:aws:iam::<account>:role/<path>/<name>';
  if (text.startsWith('arn:')) {
    const [, , , , account = ''] = text.split(':');
    if (!ACCOUNT_ID.test(account)) return `names the account \`${account}\`, and an account id has 12 digits`;
    if (text.includes('*')) return 'may have an asterisk only after its last slash';
  }
  return 'is no principal: give the ARN of a role, a user or root, one that ends in /*, account:<12 digits>, service:<name>, or id:<principal.id of rows>';
}
