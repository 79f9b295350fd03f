import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { concludeSealing } from '../../src/proof/conclude-sealing.ts';
import { kmsSigner } from '../../src/proof/kms-signer.ts';
import { verifyHistory } from '../../src/proof/verify-history.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { append } from '../history/delivered-records.ts';
import { MemoryTable } from '../table/memory-table.ts';

const KEY_ARN = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

/** A KMS with one key: what it was asked, and how it fails. */
const asked: { readonly operation: string; readonly body: Readonly<Record<string, unknown>> }[] = [];
let failure: { readonly status: number; readonly type: string } | undefined;
let server: Server;
let client: KMSClient;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const operation = String(request.headers['x-amz-target']).replace('TrentService.', '');
    asked.push({ operation, body });
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (failure !== undefined) {
      response.statusCode = failure.status;
      return response.end(JSON.stringify({ __type: failure.type, message: 'no' }));
    }
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const signed = () => sign(null, Buffer.from(String(body.Message), 'base64'), privateKey);
    return response.end(
      JSON.stringify(
        operation === 'Sign'
          ? { Signature: signed().toString('base64') }
          : { PublicKey: der.toString('base64'), KeySpec: 'ECC_NIST_EDWARDS25519' },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new KMSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
});

afterAll(() => {
  client.destroy();
  server.close();
});

beforeEach(() => {
  asked.length = 0;
  failure = undefined;
});

async function aSealedHistory(): Promise<MemoryTable> {
  const table = new MemoryTable();
  await append(table, [aDecrypt()], 'me');
  await sealAll(table, 'me', 'test');
  return table;
}

describe('a key of KMS', () => {
  it('signs a checkpoint of the log, as a raw message', async () => {
    const table = await aSealedHistory();
    expect(await concludeSealing(table, kmsSigner(client, KEY_ARN))).toEqual({ logged: 1 });
    expect(asked.map(({ operation }) => operation)).toEqual(['GetPublicKey', 'Sign']);
    expect(asked[1]?.body).toMatchObject({
      KeyId: KEY_ARN,
      MessageType: 'RAW',
      SigningAlgorithm: 'ED25519_SHA_512',
    });
    const { findings } = await verifyHistory({ table, publicKey: async () => publicKey });
    expect(findings.map(({ kind }) => kind)).toEqual(['holds', 'holds', 'holds']);
  });

  test.each([
    ['throttles', 400, 'ThrottlingException'],
    ['refuses', 400, 'AccessDeniedException'],
    ['fails', 500, 'KMSInternalException'],
    ['has disabled it', 400, 'DisabledException'],
  ])('is not waited for where KMS %s; the next run signs', async (_what, status, type) => {
    const table = await aSealedHistory();
    failure = { status, type };
    expect(await concludeSealing(table, kmsSigner(client, KEY_ARN))).toEqual({
      logged: 1,
      unsigned: `KMS did not sign the log of seals (${type}); the next run signs what is in it.`,
    });
    failure = undefined;
    expect(await concludeSealing(table, kmsSigner(client, KEY_ARN))).toEqual({ logged: 0 });
    const { findings } = await verifyHistory({ table });
    expect(findings.map(({ kind }) => kind)).toEqual(['holds', 'holds', 'holds']);
  });
});
