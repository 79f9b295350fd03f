import { decryptCall, objectContext } from './background-uses.ts';
import { direct, emitKms, type KmsCall, type KmsCaller, through } from './kms-call.ts';
import { makePrincipal } from './principal.ts';
import { Random } from './random.ts';
import type { Scheduled } from './schedule.ts';
import { makeKey, type SimulatedKey } from './simulated-key.ts';
import type { KmsDraft, Slice } from './slice.ts';
import { englishTime, HOUR_MS, MINUTE_MS, timeText } from './time-text.ts';
import type { World } from './world.ts';

const POLICY = JSON.stringify(
  `{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {\n    "Sid" : "Enable IAM User Permissions – 既定",\n    "Effect" : "Allow",\n    "Principal" : {\n      "AWS" : "*"\n    },\n    "Action" : [ "kms:Decrypt", "kms:CreateGrant" ],\n    "Resource" : "*"\n  } ]\n}`,
);

/** KMS acting by itself: no type of identity, no request id. */
function kmsItself(accountId: string): KmsCaller {
  return {
    principalId: 'kms.amazonaws.com',
    accountId,
    identity: `{"accountId":"${accountId}","invokedBy":"AWS Internal"}`,
    ip: 'AWS Internal',
    agent: 'AWS Internal',
    vpcEndpointId: '',
    byItself: false,
  };
}

/** Notes a planted incident about a key, with the record that shows it. */
function note(slice: Slice, rule: string, key: SimulatedKey, event: KmsDraft, timeMs: number): void {
  slice.truths.push({
    truth: 'incident',
    rule,
    keyArn: key.arn,
    principalId: event.principalId,
    accountId: key.accountId,
    region: key.region,
    time: timeText(timeMs),
    eventIds: [event.eventId],
  });
}

/**
 * Two keys whose whole life lies in the simulation: made, named, used by the alias only, the alias moved from
 * one to the other, material rotated, grants given and revoked, a key disabled and its deletion scheduled, the
 * alias deleted. Their events are also the planted incidents of the rules about keys themselves.
 */
export function keyStory(world: World, nth: number): Scheduled[] {
  const random = new Random(world.options.seed, 'key-story', nth);
  const places = world.places.filter((place) => place !== world.gap?.place);
  const place = places[nth % places.length];
  if (place === undefined) return [];
  const alias = `alias/simulated-rolling${nth === 0 ? '' : `-${nth}`}`;
  const { accountId, region } = place;
  const first = makeKey(random, place, 'application');
  const second = makeKey(random, place, 'application', { multiRegion: true });
  const admin = makePrincipal(
    random,
    'sso-role',
    place,
    'AWSReservedSSO_KeyAdmin_5eed5eed5eed5eed',
    'aws-reserved/sso.amazonaws.com/',
    'kim@example.com',
  );
  const worker = makePrincipal(
    random,
    'application-role',
    place,
    `rolling-service${nth}`,
    'apps/',
    'i-05eed0123456789ab',
  );
  const aliasArn = `arn:aws:kms:${region}:${accountId}:${alias}`;
  const lengthMs = world.toMs - world.fromMs;
  // The stories do not go in step.
  const startMs = world.fromMs + nth * 97 * MINUTE_MS;
  const list: Scheduled[] = [];
  /** At a share of the simulated time. */
  const at = (share: number, emit: (slice: Slice, timeMs: number) => void): void => {
    const timeMs = startMs + Math.floor((lengthMs * share) / 1000) * 1000;
    list.push({ timeMs, emit: (slice) => emit(slice, timeMs) });
  };
  type Change = Omit<KmsCall, 'timeMs' | 'region' | 'caller'>;
  const change = (share: number, call: Change, rule?: string): void => {
    at(share, (slice, timeMs) => {
      const caller = direct(slice.session(admin));
      const event = emitKms(slice, { readOnly: false, caller, timeMs, region, ...call });
      if (rule !== undefined && world.options.incidents && call.key !== undefined)
        note(slice, rule, call.key, event, timeMs);
    });
  };
  const created = (key: SimulatedKey, share: number): void => {
    const timeMs = startMs + lengthMs * share;
    change(share, {
      operation: 'CreateKey',
      key,
      request: `{"policy":${POLICY},"description":"","keyUsage":"ENCRYPT_DECRYPT","keySpec":"SYMMETRIC_DEFAULT","origin":"AWS_KMS","multiRegion":${key.id.startsWith('mrk-')},"bypassPolicyLockoutSafetyCheck":false,"tags":[{"tagKey":"owner","tagValue":"kim \\"K\\""}]}`,
      response: `{"keyMetadata":{"aWSAccountId":"${accountId}","keyId":"${key.id}","arn":"${key.arn}","creationDate":"${englishTime(timeMs)}","enabled":true,"description":"","keyUsage":"ENCRYPT_DECRYPT","keyState":"Enabled","origin":"AWS_KMS","keyManager":"CUSTOMER","keySpec":"SYMMETRIC_DEFAULT","encryptionAlgorithms":["SYMMETRIC_DEFAULT"],"multiRegion":${key.id.startsWith('mrk-')}}}`,
    });
  };
  const byId = (key: SimulatedKey): Pick<KmsCall, 'key' | 'request' | 'keyRef' | 'response'> => ({
    key,
    request: `{"keyId":"${key.id}"}`,
    keyRef: key.id,
    response: `{"keyId":"${key.arn}"}`,
  });
  const withAlias = (key: SimulatedKey): string =>
    `[${key.resource},{"accountId":"${accountId}","type":"AWS::KMS::Key","ARN":"${aliasArn}"}]`;

  created(first, 0.01);
  change(0.011, {
    operation: 'CreateAlias',
    key: first,
    request: `{"aliasName":"${alias}","targetKeyId":"${first.id}"}`,
    resources: withAlias(first),
    keyRef: alias,
  });
  change(0.012, { operation: 'EnableKeyRotation', ...byId(first) });
  const uses = 45;
  for (let use = 0; use < uses; use++) {
    const share = 0.02 + (0.76 * use) / uses;
    at(share, (slice, timeMs) => {
      // Before 0.45 the alias means the first key, afterwards the second.
      const key = share < 0.45 ? first : second;
      const operation = use % 3 === 0 ? 'Encrypt' : 'GenerateDataKey';
      const form =
        operation === 'Encrypt' ? '"encryptionAlgorithm":"SYMMETRIC_DEFAULT"' : '"keySpec":"AES_256"';
      emitKms(slice, {
        timeMs,
        region,
        key,
        caller: direct(slice.session(worker)),
        operation,
        request: `{"keyId":"${use % 4 === 0 ? aliasArn : alias}",${form},"encryptionContext":{"batch":"${use}"}}`,
        keyRef: use % 4 === 0 ? aliasArn : alias,
        ...(use % 2 === 0 ? { resources: use % 4 === 0 ? '' : '[]' } : {}),
      });
      if (use % 5 === 4) {
        emitKms(slice, {
          timeMs: timeMs + 1000,
          region,
          key,
          caller: direct(slice.session(worker)),
          ...decryptCall(`{"batch":"${use - 1}"}`),
        });
      }
    });
  }
  created(second, 0.4);
  change(0.45, {
    operation: 'UpdateAlias',
    key: second,
    request: `{"aliasName":"${alias}","targetKeyId":"${second.arn}"}`,
    resources: withAlias(second),
    keyRef: alias,
  });
  const grantId = random.hex(64);
  change(0.3, {
    operation: 'CreateGrant',
    ...byId(first),
    request: `{"keyId":"${first.id}","granteePrincipal":"dynamodb.${region}.amazonaws.com","retiringPrincipal":"dynamodb.${region}.amazonaws.com","operations":["DescribeKey","GenerateDataKey","Decrypt","Encrypt","ReEncryptFrom","ReEncryptTo","RetireGrant"],"constraints":{"encryptionContextSubset":{"aws:dynamodb:tableName":"simulated-orders","aws:dynamodb:subscriberId":"${accountId}"}}}`,
    response: `{"grantId":"${grantId}","keyId":"${first.arn}"}`,
  });
  change(0.35, {
    operation: 'RevokeGrant',
    ...byId(first),
    request: `{"keyId":"${first.id}","grantId":"${grantId}"}`,
  });
  change(0.42, {
    operation: 'ReplicateKey',
    ...byId(second),
    request: `{"keyId":"${second.id}","replicaRegion":"ap-south-1","bypassPolicyLockoutSafetyCheck":false,"description":""}`,
  });
  at(0.421, (slice, timeMs) => {
    emitKms(slice, {
      timeMs,
      region,
      key: second,
      caller: kmsItself(accountId),
      operation: 'SynchronizeMultiRegionKey',
      request: 'null',
      readOnly: false,
      eventType: 'AwsServiceEvent',
      serviceDetails: `{"keyId":"${second.id}"}`,
    });
  });
  change(
    0.5,
    {
      operation: 'PutKeyPolicy',
      ...byId(second),
      request: `{"keyId":"${second.id}","policyName":"default","policy":${POLICY},"bypassPolicyLockoutSafetyCheck":false}`,
      response: `{"keyId":"${second.arn}"}`,
    },
    'key-policy-changed',
  );
  change(0.55, { operation: 'RotateKeyOnDemand', ...byId(second) }, 'key-material-changed');
  at(0.5501, (slice, timeMs) => {
    emitKms(slice, {
      timeMs,
      region,
      key: second,
      caller: kmsItself(accountId),
      operation: 'RotateKey',
      request: 'null',
      readOnly: false,
      eventType: 'AwsServiceEvent',
      serviceDetails: `{"keyId":"${second.id}","rotationType":"ON_DEMAND"}`,
    });
  });
  change(0.6, { operation: 'DisableKeyRotation', ...byId(first) }, 'key-disabled-or-deletion-scheduled');
  change(0.61, { operation: 'DisableKey', ...byId(first) });
  at(0.62, (slice, timeMs) => {
    emitKms(slice, {
      timeMs,
      region,
      key: first,
      caller: through(slice.session(worker), 'AWS Internal'),
      ...decryptCall(objectContext(`simulated-media-${accountId}-${region}/old.bin`)),
      outcome: 'failed',
      errorCode: 'DisabledException',
      errorMessage: `${first.arn} is disabled.`,
    });
  });
  change(0.65, {
    operation: 'ScheduleKeyDeletion',
    ...byId(first),
    request: `{"keyId":"${first.id}","pendingWindowInDays":30}`,
    response: `{"keyId":"${first.arn}","deletionDate":"${englishTime(startMs + lengthMs * 0.65 + 720 * HOUR_MS)}","keyState":"PendingDeletion","pendingWindowInDays":30}`,
  });
  change(0.8, {
    operation: 'DeleteAlias',
    key: second,
    request: `{"aliasName":"${alias}"}`,
    resources: `[{"accountId":"${accountId}","type":"AWS::KMS::Key","ARN":"${aliasArn}"},${second.resource}]`,
    keyRef: alias,
  });
  at(0.82, (slice, timeMs) => {
    emitKms(slice, {
      timeMs: timeMs + MINUTE_MS,
      region,
      caller: direct(slice.session(worker)),
      operation: 'Encrypt',
      request: `{"keyId":"${alias}","encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`,
      keyRef: alias,
      outcome: 'failed',
      errorCode: 'NotFoundException',
      errorMessage: `Alias ${aliasArn} is not found.`,
    });
  });
  return list;
}
