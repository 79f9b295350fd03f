import { direct, emitKms, type KmsCall, type KmsCaller, service, through } from './kms-call.ts';
import type { SimulatedPrincipal } from './principal.ts';
import type { Random } from './random.ts';
import { aliasAt, type SimulatedKey } from './simulated-key.ts';
import type { Slice } from './slice.ts';
import { Weighted } from './weighted.ts';
import type { Place } from './world.ts';

const OBJECTS = ['invoices', 'statements', 'claims', 'exports', 'raw', 'thumbnails'];

/** How a request names a key: its JSON text, and the reference unless it is the key ARN. */
interface NamedKey {
  readonly text: string;
  readonly ref: string | undefined;
}

function sayKey(random: Random, key: SimulatedKey, timeMs: number): NamedKey {
  const draw = random.float();
  const alias = aliasAt(key, timeMs);
  if (alias !== undefined && draw < 0.4) {
    if (draw < 0.05) {
      const arn = `arn:aws:kms:${key.region}:${key.accountId}:${alias}`;
      return { text: `"${arn}"`, ref: arn };
    }
    return { text: `"${alias}"`, ref: alias };
  }
  if (draw < 0.6) return { text: `"${key.id}"`, ref: key.id };
  return { text: `"${key.arn}"`, ref: undefined };
}

/** A call whose request names the key: Encrypt, GenerateDataKey and the like. */
function namingCall(
  random: Random,
  key: SimulatedKey,
  timeMs: number,
  operation: string,
  context: string,
): Pick<KmsCall, 'operation' | 'request' | 'keyRef'> {
  const said = sayKey(random, key, timeMs);
  const form =
    operation === 'Encrypt'
      ? '"encryptionAlgorithm":"SYMMETRIC_DEFAULT"'
      : random.chance(0.85)
        ? '"keySpec":"AES_256"'
        : '"numberOfBytes":32';
  return {
    operation,
    request: `{"keyId":${said.text},${form}${context === '' ? '' : `,"encryptionContext":${context}`}}`,
    keyRef: said.ref,
  };
}

/** Decrypt as usually recorded: only `resources` has the key. */
export function decryptCall(context: string): Pick<KmsCall, 'operation' | 'request'> {
  return {
    operation: 'Decrypt',
    request: `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT"${context === '' ? '' : `,"encryptionContext":${context}`}}`,
  };
}

/** The encryption context of S3: the object's ARN, or the bucket's if it uses a Bucket Key. */
export function objectContext(path: string): string {
  return `{"aws:s3:arn":"arn:aws:s3:::${path}"}`;
}

interface Scene {
  readonly slice: Slice;
  readonly timeMs: number;
  readonly key: SimulatedKey;
  readonly principal: SimulatedPrincipal;
}

type Use = Omit<KmsCall, 'timeMs' | 'region' | 'key'>;

function s3Use({ slice, key, principal, timeMs }: Scene): Use {
  const { random } = slice;
  const host = random.chance(0.7) ? 'AWS Internal' : 's3.amazonaws.com';
  const caller = through(slice.session(principal), host);
  const bucket = `simulated-${OBJECTS[key.id.charCodeAt(key.id.length - 1) % OBJECTS.length]}-${key.accountId}`;
  const path =
    key.id.charCodeAt(2) % 3 === 0 ? bucket : `${bucket}/${random.pick(OBJECTS)}/part-${random.int(5000)}`;
  const context = objectContext(path);
  return random.chance(0.65)
    ? { caller, ...decryptCall(context) }
    : { caller, ...namingCall(random, key, timeMs, 'GenerateDataKey', context) };
}

function ownUse({ slice, key, principal, timeMs }: Scene): Use {
  const { random } = slice;
  const caller = direct(slice.session(principal));
  if (key.purpose === 'signing') {
    const operation = random.chance(0.8) ? 'Sign' : 'Verify';
    const said = sayKey(random, key, timeMs);
    const algorithm = random.chance(0.5) ? 'ECDSA_SHA_256' : 'ECDSA_SHA_384';
    return {
      caller,
      operation,
      request: `{"keyId":${said.text},"signingAlgorithm":"${algorithm}","messageType":"DIGEST"}`,
      keyRef: said.ref,
    };
  }
  if (key.purpose === 'mac') {
    const said = sayKey(random, key, timeMs);
    return {
      caller,
      operation: random.chance(0.5) ? 'GenerateMac' : 'VerifyMac',
      request: `{"keyId":${said.text},"macAlgorithm":"HMAC_SHA_256"}`,
      keyRef: said.ref,
    };
  }
  const context = random.chance(0.6)
    ? `{"department":"${principal.name}","tenant":"t-${random.int(40)}"}`
    : random.chance(0.3)
      ? '{"zweck":"Prüfung \\"intern\\"","aws-crypto-public-key":"A5eed0123456789+/="}'
      : '';
  const draw = random.float();
  if (draw < 0.5) return { caller, ...decryptCall(context) };
  if (draw < 0.8) return { caller, ...namingCall(random, key, timeMs, 'GenerateDataKey', context) };
  if (draw < 0.95) return { caller, ...namingCall(random, key, timeMs, 'Encrypt', context) };
  const said = sayKey(random, key, timeMs);
  return {
    caller,
    operation: 'GenerateDataKeyPair',
    request: `{"keyId":${said.text},"keyPairSpec":"ECC_NIST_P256"}`,
    keyRef: said.ref,
  };
}

function usualUse(slice: Slice): void {
  const { random, world } = slice;
  const { key, principal } = world.usualPairs.draw(random);
  const scene = { slice, key, principal, timeMs: slice.anyTime() };
  const bySelf = key.purpose === 'signing' || key.purpose === 'mac' || random.chance(0.45);
  const use = bySelf ? ownUse(scene) : s3Use(scene);
  // Sometimes only the request has the key, by alias or id.
  const unnamed = use.keyRef !== undefined && random.chance(0.02) ? { resources: '' } : {};
  emitKms(slice, { timeMs: scene.timeMs, region: key.region, key, ...use, ...unnamed });
}

/** A use of a key by a principal that usually uses it. */
export function emitUsualUse(
  slice: Slice,
  key: SimulatedKey,
  principal: SimulatedPrincipal,
  timeMs: number,
): void {
  emitKms(slice, { timeMs, region: key.region, key, ...ownUse({ slice, key, principal, timeMs }) });
}

function managedUse(slice: Slice, place: Place): void {
  const { random } = slice;
  const principal = random.pick(place.principals);
  const timeMs = slice.anyTime();
  const session = slice.session(principal);
  const at = { timeMs, region: place.region };
  const { accountId, region } = place;
  const draw = random.float();
  if (draw < 0.4) {
    const secret = `{"SecretARN":"arn:aws:secretsmanager:${region}:${accountId}:secret:simulated/db-5eed01","SecretVersionId":"5EED0000-0000-4000-8000-00000000000${random.int(9)}"}`;
    const key = place.managed.get('secretsmanager');
    const caller = through(session, 'secretsmanager.amazonaws.com');
    if (random.chance(0.8)) emitKms(slice, { ...at, key, caller, ...decryptCall(secret) });
    else {
      emitKms(slice, {
        ...at,
        key,
        caller,
        operation: 'GenerateDataKey',
        request: `{"keyId":"alias/aws/secretsmanager","keySpec":"AES_256","encryptionContext":${secret}}`,
        keyRef: 'alias/aws/secretsmanager',
      });
    }
  } else if (draw < 0.75) {
    const context = `{"PARAMETER_ARN":"arn:aws:ssm:${region}:${accountId}:parameter/simulated/${random.int(40)}"}`;
    const key = place.managed.get('ssm');
    const caller = through(session, 'AWS Internal');
    if (random.chance(0.7)) emitKms(slice, { ...at, key, caller, ...decryptCall(context) });
    else {
      emitKms(slice, {
        ...at,
        key,
        caller,
        operation: 'Encrypt',
        request: `{"encryptionContext":${context},"keyId":"alias/aws/ssm","encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`,
        keyRef: 'alias/aws/ssm',
      });
    }
  } else if (draw < 0.9) {
    const functionName = `${principal.name}-fn`.slice(0, 60);
    emitKms(slice, {
      ...at,
      key: place.managed.get('lambda'),
      caller: through(session, 'lambda.amazonaws.com'),
      ...decryptCall(
        `{"aws:lambda:FunctionArn":"arn:aws:lambda:${region}:${accountId}:function:${functionName}"}`,
      ),
    });
  } else {
    emitKms(slice, {
      ...at,
      key: place.managed.get('s3'),
      caller: through(session, 'AWS Internal'),
      operation: 'GenerateDataKey',
      request: `{"keyId":"alias/aws/s3","keySpec":"AES_256","encryptionContext":${objectContext(`${random.pick(place.buckets)}/object-${random.int(900)}`)}}`,
      keyRef: 'alias/aws/s3',
    });
  }
}

function serviceUse(slice: Slice, place: Place): void {
  const { random } = slice;
  const timeMs = slice.anyTime();
  const { accountId, region } = place;
  const at = { timeMs, region };
  const own = place.keys.find((key) => key.purpose === 'application') ?? place.managed.get('s3');
  const draw = random.float();
  if (draw < 0.5) {
    emitKms(slice, {
      ...at,
      key: own,
      caller: service('cloudtrail.amazonaws.com', accountId),
      operation: 'GenerateDataKey',
      request: `{"keySpec":"AES_256","keyId":"${own?.arn}","encryptionContext":{"aws:cloudtrail:arn":"arn:aws:cloudtrail:${region}:${accountId}:trail/simulated","aws:s3:arn":"arn:aws:s3:::simulated-trail-${accountId}/AWSLogs/${accountId}/CloudTrail/${region}/file.json.gz"}}`,
    });
  } else if (draw < 0.75) {
    emitKms(slice, {
      ...at,
      key: place.managed.get('dynamodb'),
      caller: service('dynamodb.amazonaws.com', accountId),
      ...decryptCall(
        `{"aws:dynamodb:tableName":"simulated-orders","aws:dynamodb:subscriberId":"${accountId}"}`,
      ),
    });
  } else if (draw < 0.9) {
    emitKms(slice, {
      ...at,
      key: own,
      caller: service(`logs.${region}.amazonaws.com`, accountId),
      ...decryptCall(`{"aws:logs:arn":"arn:aws:logs:${region}:${accountId}:log-group:/simulated/audit"}`),
    });
  } else {
    // EBS: the instance itself, as a pseudo role of EC2, without an access key.
    const instanceId = `i-0${random.hex(16)}`;
    const volume = `vol-0${random.hex(16)}`;
    const caller: KmsCaller = {
      principalId: `arn:aws:iam::${accountId}:role/aws:ec2-infrastructure`,
      accountId,
      identity: `{"type":"AssumedRole","principalId":"${accountId}:aws:ec2-infrastructure:${instanceId}","arn":"arn:aws:sts::${accountId}:assumed-role/aws:ec2-infrastructure/${instanceId}","accountId":"${accountId}","accessKeyId":"","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"${accountId}:aws:ec2-infrastructure","arn":"arn:aws:iam::${accountId}:role/aws:ec2-infrastructure","accountId":"${accountId}","userName":"aws:ec2-infrastructure"},"attributes":{"creationDate":"2026-01-01T00:00:00Z","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}}`,
      ip: 'AWS Internal',
      agent: 'AWS Internal',
      vpcEndpointId: '',
      byItself: false,
    };
    emitKms(slice, {
      ...at,
      key: place.managed.get('ebs'),
      caller,
      ...decryptCall(`{"aws:ebs:id":"${volume}"}`),
    });
  }
}

function lookUse(slice: Slice, place: Place): void {
  const { random } = slice;
  const principal = random.pick(place.principals);
  const caller = direct(slice.session(principal));
  const timeMs = slice.anyTime();
  const at = { timeMs, region: place.region, caller };
  const key = place.keys.length === 0 ? undefined : random.pick(place.keys);
  const draw = random.float();
  if (draw < 0.35 && key !== undefined) {
    const said = sayKey(random, key, timeMs);
    emitKms(slice, {
      ...at,
      key,
      operation: 'DescribeKey',
      request: `{"keyId":${said.text}}`,
      keyRef: said.ref,
    });
  } else if (draw < 0.5 && key !== undefined) {
    const request = `{"keyId":"${key.id}","policyName":"default"}`;
    emitKms(slice, { ...at, key, operation: 'GetKeyPolicy', request, keyRef: key.id });
  } else if (draw < 0.65) emitKms(slice, { ...at, operation: 'ListKeys', request: '{"limit":100}' });
  else if (draw < 0.8) emitKms(slice, { ...at, operation: 'ListAliases', request: 'null' });
  else
    emitKms(slice, {
      ...at,
      operation: 'GenerateRandom',
      request: random.chance(0.5) ? 'null' : '{"numberOfBytes":32}',
    });
}

function copyUse(slice: Slice): void {
  const { random, world } = slice;
  const { key, principal } = world.usualPairs.draw(random);
  const place = world.places.find((p) => p.accountId === key.accountId && p.region === key.region);
  const from =
    place?.keys.find((other) => other !== key && other.purpose === 'application') ?? place?.managed.get('s3');
  if (from === undefined || key.purpose !== 'application') {
    usualUse(slice);
    return;
  }
  const object = `simulated-copy-${key.accountId}/object-${random.int(900)}`;
  const sourceNamed = random.chance(0.3) ? `"sourceKeyId":"${from.arn}",` : '';
  emitKms(slice, {
    timeMs: slice.anyTime(),
    region: key.region,
    key,
    sourceKey: from,
    caller: through(slice.session(principal), 'AWS Internal'),
    operation: 'ReEncrypt',
    request: `{"sourceEncryptionContext":${objectContext(`${object}.old`)},"sourceEncryptionAlgorithm":"SYMMETRIC_DEFAULT",${sourceNamed}"destinationKeyId":"${key.id}","destinationEncryptionContext":${objectContext(object)},"destinationEncryptionAlgorithm":"SYMMETRIC_DEFAULT"}`,
    resources: `[${from.resource},${key.resource}]`,
    keyRef: key.id,
  });
}

function crossUse(slice: Slice): void {
  const { random, world } = slice;
  if (world.crossAccountPairs === undefined) {
    usualUse(slice);
    return;
  }
  const { key, principal } = world.crossAccountPairs.draw(random);
  const caller = direct(slice.session(principal));
  const timeMs = slice.anyTime();
  const at = { timeMs, region: key.region, key, caller };
  // A key in another account is named by its ARN, since KMS looks up aliases and ids in the caller's account.
  if (random.chance(0.6)) emitKms(slice, { ...at, ...decryptCall(`{"share":"partner-${random.int(20)}"}`) });
  else {
    emitKms(slice, {
      ...at,
      operation: 'GenerateDataKey',
      request: `{"keyId":"${key.arn}","keySpec":"AES_256","encryptionContext":{"share":"partner-${random.int(20)}"}}`,
    });
  }
}

/** A job role's credentials used from a laptop or a notebook outside any job. */
function adHocUse(slice: Slice): void {
  const { random, world } = slice;
  const team = world.teamWeights.draw(random);
  const role = random.pick(team.roles);
  const session = slice.session(role);
  const object = `${team.inputBucket}/datasets/${team.name}/v${1 + random.int(3)}/part-${random.int(2000)}.parquet`;
  const at = { timeMs: slice.anyTime(), region: team.place.region, key: team.dataKey };
  if (random.chance(0.5)) emitKms(slice, { ...at, caller: direct(session), ...decryptCall('') });
  else
    emitKms(slice, {
      ...at,
      caller: through(session, 'AWS Internal'),
      ...decryptCall(objectContext(object)),
    });
}

/** A use by a person of IAM Identity Center or a federated user: identities without a role. */
function personUse(slice: Slice): void {
  const { random, world } = slice;
  const { key, principal } = world.usualPairs.draw(random);
  const { accountId } = key;
  const userId = `d0e5eed0-5eed-4000-8000-00000000000${random.int(3)}`;
  const directory = random.chance(0.5);
  const federated = `arn:aws:sts::${accountId}:federated-user/auditor-${random.int(3)}`;
  const caller: KmsCaller = {
    principalId: directory ? userId : federated,
    accountId,
    identity: directory
      ? `{"type":"IdentityCenterUser","accountId":"${accountId}","onBehalfOf":{"userId":"${userId}","identityStoreArn":"arn:aws:identitystore::${accountId}:identitystore/d-5eed000000"},"credentialId":"5eed${random.hex(28)}"}`
      : `{"type":"FederatedUser","principalId":"${accountId}:auditor","arn":"${federated}","accountId":"${accountId}","accessKeyId":"ASIASIM${random.base32(13)}","sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"AIDASIM00000000000000","arn":"arn:aws:iam::${accountId}:user/broker","accountId":"${accountId}","userName":"broker"}}}`,
    ip: principal.ip,
    agent: principal.agent,
    vpcEndpointId: '',
    byItself: true,
  };
  emitKms(slice, {
    timeMs: slice.anyTime(),
    region: key.region,
    key,
    caller,
    operation: 'DescribeKey',
    request: `{"keyId":"${key.arn}"}`,
  });
}

function deniedUse(slice: Slice): void {
  const { random, world } = slice;
  const { key, principal } = world.usualPairs.draw(random);
  emitDenied(slice, key, principal, slice.anyTime(), false);
}

/**
 * A rejected call in the forms that occur: with request and resources, with the request only, with neither. With
 * `isNamed` at least its message names the key.
 */
export function emitDenied(
  slice: Slice,
  key: SimulatedKey,
  principal: SimulatedPrincipal,
  timeMs: number,
  isNamed: boolean,
): ReturnType<typeof emitKms> {
  const { random } = slice;
  const session = slice.session(principal);
  const said = sayKey(random, key, timeMs);
  const form = random.float();
  const who =
    principal.kind === 'user'
      ? principal.id
      : `arn:aws:sts::${principal.accountId}:assumed-role/${principal.name}/${principal.sessionName}`;
  return emitKms(slice, {
    timeMs,
    region: key.region,
    key,
    caller: direct(session),
    operation: 'GenerateDataKey',
    request: form < 0.7 ? `{"keyId":${said.text},"keySpec":"AES_256"}` : 'null',
    ...(form < 0.3 ? {} : { resources: form < 0.7 ? '' : form < 0.85 ? 'null' : '[]' }),
    keyRef: form < 0.7 ? said.ref : undefined,
    outcome: 'denied',
    errorCode: random.chance(0.7) ? 'AccessDenied' : 'AccessDeniedException',
    errorMessage:
      isNamed || random.chance(0.7)
        ? `User: ${who} is not authorized to perform: kms:GenerateDataKey on resource: ${key.arn} because no resource-based policy allows the kms:GenerateDataKey action`
        : 'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  });
}

function failedUse(slice: Slice): void {
  const { random, world } = slice;
  const { key, principal } = world.usualPairs.draw(random);
  const caller = direct(slice.session(principal));
  const at = { timeMs: slice.anyTime(), region: key.region, caller, outcome: 'failed' } as const;
  const draw = random.float();
  if (draw < 0.4) {
    emitKms(slice, {
      ...at,
      key,
      operation: 'Decrypt',
      request: 'null',
      errorCode: 'InvalidCiphertextException',
    });
  } else if (draw < 0.7) {
    emitKms(slice, {
      ...at,
      key,
      operation: 'Decrypt',
      request: `{"keyId":"${key.arn}","encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`,
      errorCode: 'IncorrectKeyException',
      errorMessage: 'The key ID in the request does not identify a CMK that can perform this operation.',
    });
  } else {
    emitKms(slice, {
      ...at,
      operation: 'DescribeKey',
      request: '{"keyId":"alias/no-such-alias"}',
      keyRef: 'alias/no-such-alias',
      errorCode: 'NotFoundException',
      errorMessage: `Alias arn:aws:kms:${key.region}:${principal.accountId}:alias/no-such-alias is not found.`,
    });
  }
}

function probeUse(slice: Slice): void {
  const { random, world } = slice;
  const { key, principal } = world.usualPairs.draw(random);
  emitKms(slice, {
    timeMs: slice.anyTime(),
    region: key.region,
    key,
    caller: direct(slice.session(principal)),
    operation: 'Decrypt',
    request: `{"keyId":"${key.arn}","encryptionAlgorithm":"SYMMETRIC_DEFAULT","dryRun":true}`,
    outcome: 'probe',
    errorCode: 'DryRunOperationException',
    errorMessage: 'The request would have succeeded, but the DryRun option is set.',
  });
}

type Scenario = (slice: Slice) => void;

const ORDINARY = new Weighted<Scenario>(
  [
    usualUse,
    (slice) => managedUse(slice, slice.world.placeWeights.draw(slice.random)),
    (slice) => serviceUse(slice, slice.world.placeWeights.draw(slice.random)),
    (slice) => lookUse(slice, slice.world.placeWeights.draw(slice.random)),
    copyUse,
    adHocUse,
    personUse,
  ],
  (_, index) => [60, 18, 12, 6, 2, 3, 0.3][index] ?? 0,
);

/** One use of KMS outside of jobs. */
export function emitBackgroundUse(slice: Slice): void {
  drawScenario(slice)(slice);
}

function drawScenario(slice: Slice): Scenario {
  const { options } = slice.world;
  const rare: readonly (readonly [number, Scenario])[] = [
    [options.deniedShare, deniedUse],
    [options.failedShare, failedUse],
    [options.probeShare, probeUse],
    [options.crossAccountShare, crossUse],
  ];
  let draw = slice.random.float();
  for (const [share, scenario] of rare) {
    draw -= share;
    if (draw < 0) return scenario;
  }
  return ORDINARY.draw(slice.random);
}
