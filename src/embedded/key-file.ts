import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { KeytrailError } from '../keytrail-error.ts';
import type { SealSigner } from '../proof/sign-log.ts';
import type { DataFolder } from './data-folder.ts';
import { newFileName, publish } from './publish-file.ts';

/** A key file is 119 bytes; what is longer is none. */
const LONGEST_FILE = 4_096;

/** Signs with the Ed25519 key in the data folder (PKCS #8, PEM, mode 0600), which is made when it is first needed. */
export function keyFileSigner({ sealKey }: DataFolder): SealSigner {
  return {
    async publicKey(isSigned) {
      return createPublicKey(readKey(sealKey) ?? makeKey(sealKey, isSigned));
    },
    async sign(bytes) {
      const key = readKey(sealKey);
      if (key === undefined) throw missing(sealKey);
      return sign(null, bytes, key);
    },
  };
}

function readKey(path: string): KeyObject | undefined {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new KeytrailError('cannot-sign', `${path} cannot be read; ${REMEDY}`, { cause });
  }
  let key: KeyObject | undefined;
  try {
    key = pem.length > LONGEST_FILE ? undefined : createPrivateKey(pem);
  } catch {
    // Said below: OpenSSL's words help nobody.
  }
  if (key?.asymmetricKeyType !== 'ed25519')
    throw new KeytrailError('cannot-sign', `${path} is damaged, or is no Ed25519 key; ${REMEDY}`);
  return key;
}

const REMEDY = 'put it back from a backup: until then the seals of this history are not signed.';

/** @param isSigned whether a key has signed before, which no other can take the place of */
function makeKey(path: string, isSigned: boolean): KeyObject {
  if (isSigned) throw missing(path);
  try {
    const complete = newFileName(path);
    const file = openSync(complete, 'wx', 0o600);
    try {
      writeSync(
        file,
        generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      );
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    publish(complete, path);
  } catch (cause) {
    throw new KeytrailError(
      'cannot-sign',
      `${path} cannot be made; make its folder writable, or use --no-sign.`,
      {
        cause,
      },
    );
  }
  // Another process may have come first.
  const key = readKey(path);
  if (key === undefined) throw missing(path);
  return key;
}

function missing(path: string): KeytrailError {
  return new KeytrailError('cannot-sign', `${path} is missing; ${REMEDY}`);
}
