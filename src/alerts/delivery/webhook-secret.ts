import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { KeytrailError } from '../../keytrail-error.ts';
import { answerOf } from './channel.ts';
import { regionOf } from './region-of.ts';

/** How soon a changed secret is used. */
const KEPT_MS = 300_000;

/**
 * Reads a secret, and caches it for five minutes.
 * @param now epoch milliseconds
 * @returns a function that throws KeytrailError `delivery-failed` when the secret cannot be read
 */
export function secretOf(
  secretArn: string,
  now: () => number,
  patience: SecretsManagerClientConfig,
): () => Promise<string> {
  const client = new SecretsManagerClient({ ...regionOf(secretArn), ...patience });
  let kept: { readonly secret: string; readonly untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && kept.untilMs > now()) return kept.secret;
    try {
      const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
      kept = { secret: SecretString, untilMs: now() + KEPT_MS };
      return SecretString;
    } catch (error) {
      throw new KeytrailError(
        'delivery-failed',
        `The webhook's secret could not be read (${answerOf(error)}); check that it exists and that deliver may use its KMS key.`,
        { cause: error },
      );
    }
  };
}
