import { KMSClient } from '@aws-sdk/client-kms';
import type { Environment } from '../src/environment.ts';
import { kmsSigner } from '../src/proof/kms-signer.ts';
import type { SealSigner } from '../src/proof/sign-log.ts';
import { sealKeyOf } from './settings.ts';

/** Signs with the stack's key; undefined where none is set, as on a laptop. */
export function sealSignerOf(environment: Environment): SealSigner | undefined {
  const keyArn = sealKeyOf(environment);
  return keyArn === undefined ? undefined : kmsSigner(new KMSClient({}), keyArn);
}
