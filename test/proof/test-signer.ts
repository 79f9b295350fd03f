import { generateKeyPairSync, sign } from 'node:crypto';
import { KeytrailError } from '../../src/keytrail-error.ts';
import type { SealSigner } from '../../src/proof/sign-log.ts';

/** A signer with a key of its own. @param refuses asked before each signature whether it is refused */
export function aTestSigner(refuses: () => boolean = () => false): SealSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: async () => publicKey,
    async sign(bytes) {
      if (refuses()) throw new KeytrailError('cannot-sign', 'The test refuses to sign; ask again.');
      return sign(null, bytes, privateKey);
    },
  };
}
