import type { Environment } from '../src/environment.ts';

/**
 * The name of the stack's table.
 * @throws Error at cold start when it is not set
 */
export function tableNameOf(environment: Environment): string {
  return required(environment, 'KEYTRAIL_TABLE');
}

/** The bucket for quarantined records that are too large for an item. */
export function quarantineBucketOf(environment: Environment): string {
  return required(environment, 'KEYTRAIL_QUARANTINE_BUCKET');
}

/** The queue of alerts to deliver. */
export function deliverQueueOf(environment: Environment): string {
  return required(environment, 'KEYTRAIL_DELIVER_QUEUE');
}

/** The key that signs the log of seals. */
export function sealKeyOf({ KEYTRAIL_SEAL_KEY: arn }: Environment): string | undefined {
  return arn === '' ? undefined : arn;
}

/** The token issuer's prefix of scope names. */
export function scopePrefixOf({ KEYTRAIL_SCOPE_PREFIX }: Environment): string | undefined {
  return KEYTRAIL_SCOPE_PREFIX;
}

/**
 * Whether details of rows are masked for readers without the scope for them.
 * @throws Error at cold start when it is neither `yes` nor `no`, so that a typing error never shows details
 */
export function isMaskingOf({ KEYTRAIL_MASK_DETAILS: text = 'no' }: Environment): boolean {
  if (text === 'yes') return true;
  if (text === 'no' || text === '') return false;
  throw new Error(
    'KEYTRAIL_MASK_DETAILS must be yes or no; deploy the stack with serverless.yml, which sets it.',
  );
}

/** Whether the S3 endpoint is not AWS's own, so that bucket names are in the path. */
export function isPathStyleS3(environment: Environment): boolean {
  return (environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL']) !== undefined;
}

function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set; deploy the stack with serverless.yml, which sets it.`);
  }
  return value;
}
