import { createPublicKey, type KeyObject } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { awsErrorOf, unreachableReason } from '../aws-error.ts';
import { KeytrailError } from '../keytrail-error.ts';
import type { SealSigner } from './sign-log.ts';

/**
 * Signs with a key of KMS, of the spec ECC_NIST_EDWARDS25519: ED25519_SHA_512 over the raw message is the Ed25519 of
 * RFC 8032, which anybody verifies without AWS.
 * @param keyId its ARN
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 */
export function kmsSigner(client: KMSClient, keyId: string): SealSigner {
  let publicKey: KeyObject | undefined;
  return {
    async publicKey() {
      publicKey ??= await answered(async () => {
        const { PublicKey = new Uint8Array() } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
        return createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
      });
      return publicKey;
    },
    sign: (bytes) =>
      answered(async () => {
        const { Signature = new Uint8Array() } = await client.send(
          new SignCommand({
            KeyId: keyId,
            Message: bytes,
            MessageType: 'RAW',
            SigningAlgorithm: 'ED25519_SHA_512',
          }),
        );
        return Signature;
      }),
  };
}

/** @throws KeytrailError `cannot-sign` */
async function answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    const error = awsErrorOf(cause);
    const reason = unreachableReason(error) ?? error.name;
    throw new KeytrailError(
      'cannot-sign',
      `KMS did not sign the log of seals (${reason}); the next run signs what is in it.`,
      { cause },
    );
  }
}
