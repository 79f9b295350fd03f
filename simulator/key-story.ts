import { decryptCall, objectContext } from './background-uses.ts';
import { addIncident } from './incident-plan.ts';
import { direct, emitKms, type KmsCall, type KmsCaller, through } from './kms-call.ts';
import { makePrincipal, type SimulatedPrincipal } from './principal.ts';
import { Random } from './random.ts';
import type { Scheduled } from './schedule.ts';
import { makeKey, type SimulatedKey } from './simulated-key.ts';
import type { KmsDraft, Slice } from './slice.ts';
import { DAY_MS, englishTime, HOUR_MS, MINUTE_MS, timeText } from './time-text.ts';
import type { World } from './world.ts';

const POLICY = JSON.stringify(
  `{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {\n    "Sid" : "Enable IAM User Permissions – 既定",\n    "Effect" : "Allow",\n    "Principal" : {\n      "AWS" : "*"\n    },\n    "Action" : [ "kms:Decrypt", "kms:CreateGrant" ],\n    "Resource" : "*"\n  } ]\n}`,
);

/** KMS acting by itself: such records have no identity type and no request id. */
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

/** Notes a planted incident about a key, and the record that shows it. */
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

/** How many uses a story has, evenly over the time in which the alias exists. */
const USES = 45;
/** The share of the story at which the alias moves from the first key to the second. */
const ALIAS_MOVES_AT = 0.45;

/**
 * Two keys whose whole life lies in the simulation: created, given an alias, used by that alias only; the alias moves
 * from one to the other, material is rotated, grants are created and revoked, a key is disabled and its deletion
 * scheduled, the alias is deleted. Their events are also the planted incidents for the rules about keys themselves.
 */
export function keyStory(world: World, nth: number): Scheduled[] {
  const places = world.places.filter((place) => place !== world.gap?.place);
  const place = places[nth % places.length];
  return place === undefined ? [] : new KeyStory(world, nth, place).scheduled();
}

type Change = Omit<KmsCall, 'timeMs' | 'region' | 'caller'>;

class KeyStory {
  readonly #world: World;
  readonly #random: Random;
  readonly #accountId: string;
  readonly #region: string;
  readonly #alias: string;
  readonly #aliasArn: string;
  readonly #first: SimulatedKey;
  readonly #second: SimulatedKey;
  readonly #admin: SimulatedPrincipal;
  readonly #worker: SimulatedPrincipal;
  readonly #startMs: number;
  readonly #lengthMs: number;
  readonly #list: Scheduled[] = [];

  constructor(world: World, nth: number, place: World['places'][number]) {
    const random = new Random(world.options.seed, 'key-story', nth);
    const { accountId, region } = place;
    this.#world = world;
    this.#random = random;
    this.#accountId = accountId;
    this.#region = region;
    this.#alias = `alias/simulated-rolling${nth === 0 ? '' : `-${nth}`}`;
    this.#aliasArn = `arn:aws:kms:${region}:${accountId}:${this.#alias}`;
    this.#first = makeKey(random, place, 'application');
    this.#second = makeKey(random, place, 'application', { multiRegion: true });
    this.#admin = makePrincipal(
      random,
      'sso-role',
      place,
      'AWSReservedSSO_KeyAdmin_5eed5eed5eed5eed',
      'aws-reserved/sso.amazonaws.com/',
      'kim@example.com',
    );
    this.#worker = makePrincipal(
      random,
      'application-role',
      place,
      `rolling-service${nth}`,
      'apps/',
      'i-05eed0123456789ab',
    );
    this.#lengthMs = world.toMs - world.fromMs;
    // Each story starts later than the one before.
    this.#startMs = world.fromMs + nth * 97 * MINUTE_MS;
  }

  scheduled(): Scheduled[] {
    this.#createFirstKey();
    this.#useByAlias();
    this.#moveAlias();
    this.#createAndRevokeGrant();
    this.#replicate();
    this.#changePolicyAndMaterial();
    this.#disableFirstKey();
    this.#deleteAlias();
    if (this.#world.options.incidents) {
      this.#stopUsing(this.#first);
      this.#stopUsing(this.#second);
      this.#encryptWithReplacedKey();
    }
    return this.#list;
  }

  /** @param share of the simulated time */
  #at(share: number, emit: (slice: Slice, timeMs: number) => void): void {
    const timeMs = this.#startMs + Math.floor((this.#lengthMs * share) / 1000) * 1000;
    this.#list.push({ timeMs, emit: (slice) => emit(slice, timeMs) });
  }

  /** A call of the administrator; with `rule`, it is the planted incident of that rule. */
  #change(share: number, call: Change, rule?: string): void {
    this.#at(share, (slice, timeMs) => {
      const caller = direct(slice.session(this.#admin));
      const event = emitKms(slice, { readOnly: false, caller, timeMs, region: this.#region, ...call });
      if (rule !== undefined && this.#world.options.incidents && call.key !== undefined)
        note(slice, rule, call.key, event, timeMs);
    });
  }

  /** An event of KMS itself. */
  #kmsEvent(share: number, operation: string, key: SimulatedKey, serviceDetails: string): void {
    this.#at(share, (slice, timeMs) => {
      emitKms(slice, {
        timeMs,
        region: this.#region,
        key,
        caller: kmsItself(this.#accountId),
        operation,
        request: 'null',
        readOnly: false,
        eventType: 'AwsServiceEvent',
        serviceDetails,
      });
    });
  }

  #createKey(key: SimulatedKey, share: number): void {
    const timeMs = this.#startMs + this.#lengthMs * share;
    this.#change(share, {
      operation: 'CreateKey',
      key,
      request: `{"policy":${POLICY},"description":"","keyUsage":"ENCRYPT_DECRYPT","keySpec":"SYMMETRIC_DEFAULT","origin":"AWS_KMS","multiRegion":${key.id.startsWith('mrk-')},"bypassPolicyLockoutSafetyCheck":false,"tags":[{"tagKey":"owner","tagValue":"kim \\"K\\""}]}`,
      response: `{"keyMetadata":{"aWSAccountId":"${this.#accountId}","keyId":"${key.id}","arn":"${key.arn}","creationDate":"${englishTime(timeMs)}","enabled":true,"description":"","keyUsage":"ENCRYPT_DECRYPT","keyState":"Enabled","origin":"AWS_KMS","keyManager":"CUSTOMER","keySpec":"SYMMETRIC_DEFAULT","encryptionAlgorithms":["SYMMETRIC_DEFAULT"],"multiRegion":${key.id.startsWith('mrk-')}}}`,
    });
  }

  /** The resources of a call that names the alias. */
  #withAlias(key: SimulatedKey): string {
    return `[${key.resource},{"accountId":"${this.#accountId}","type":"AWS::KMS::Key","ARN":"${this.#aliasArn}"}]`;
  }

  #createFirstKey(): void {
    const key = this.#first;
    this.#createKey(key, 0.01);
    this.#change(0.011, {
      operation: 'CreateAlias',
      key,
      request: `{"aliasName":"${this.#alias}","targetKeyId":"${key.id}"}`,
      resources: this.#withAlias(key),
      keyRef: this.#alias,
    });
    this.#change(0.012, { operation: 'EnableKeyRotation', ...byId(key) });
  }

  #useByAlias(): void {
    for (const [use, { share, key }] of this.#uses().entries()) {
      this.#at(share, (slice, timeMs) => this.#emitUse(slice, use, key, timeMs));
    }
  }

  #uses(): readonly { readonly share: number; readonly key: SimulatedKey }[] {
    return Array.from({ length: USES }, (_, use) => {
      const share = 0.02 + (0.76 * use) / USES;
      return { share, key: share < ALIAS_MOVES_AT ? this.#first : this.#second };
    });
  }

  /** The worker has used a key every day, and no longer does: the alias means another one, or is deleted. */
  #stopUsing(key: SimulatedKey): void {
    const worker = this.#worker;
    const times = this.#uses()
      .filter((use) => use.key === key)
      .map(({ share }) => this.#startMs + this.#lengthMs * share);
    const days = new Set(times.map((timeMs) => Math.floor(timeMs / DAY_MS)));
    const lastMs = times.at(-1) ?? 0;
    const isDaily = days.size >= 8 && (0.76 * this.#lengthMs) / USES < DAY_MS;
    if (!isDaily || lastMs + 4 * DAY_MS > this.#world.toMs) return;
    this.#at((lastMs + 3 * DAY_MS - this.#startMs) / this.#lengthMs, (slice, timeMs) => {
      const { accountId, region } = key;
      slice.truths.push({
        ...{ truth: 'incident', rule: 'use-stopped', keyArn: key.arn, principalId: worker.id },
        ...{ accountId, region, time: timeText(timeMs) },
      });
    });
  }

  /** Somebody goes on encrypting with the key that the alias meant before: a breach once the key is retired. */
  #encryptWithReplacedKey(): void {
    const key = this.#first;
    const place = { accountId: this.#accountId, region: this.#region };
    const name = 'simulated-straggler';
    const straggler = makePrincipal(this.#random, 'application-role', place, name, '', 'i-05eed0123456789ab');
    this.#at(0.5, (slice, timeMs) => {
      const caller = direct(slice.session(straggler));
      const request = `{"keyId":"${key.arn}","keySpec":"AES_256","encryptionContext":{"batch":"late"}}`;
      const call = { timeMs, region: this.#region, key, caller };
      const event = emitKms(slice, { ...call, operation: 'GenerateDataKey', request });
      const alsoRules = ['first-seen-principal', 'unexpected-principal'];
      addIncident(
        slice,
        'retired-key-encrypts',
        { keyArn: key.arn, principalId: straggler.id, alsoRules, ...place },
        [event],
      );
    });
  }

  #emitUse(slice: Slice, use: number, key: SimulatedKey, timeMs: number): void {
    const region = this.#region;
    const operation = use % 3 === 0 ? 'Encrypt' : 'GenerateDataKey';
    const form =
      operation === 'Encrypt' ? '"encryptionAlgorithm":"SYMMETRIC_DEFAULT"' : '"keySpec":"AES_256"';
    const keyRef = use % 4 === 0 ? this.#aliasArn : this.#alias;
    emitKms(slice, {
      timeMs,
      region,
      key,
      caller: direct(slice.session(this.#worker)),
      operation,
      request: `{"keyId":"${keyRef}",${form},"encryptionContext":{"batch":"${use}"}}`,
      keyRef,
      ...(use % 2 === 0 ? { resources: use % 4 === 0 ? '' : '[]' } : {}),
    });
    if (use % 5 === 4) {
      emitKms(slice, {
        timeMs: timeMs + 1000,
        region,
        key,
        caller: direct(slice.session(this.#worker)),
        ...decryptCall(`{"batch":"${use - 1}"}`),
      });
    }
  }

  #moveAlias(): void {
    const key = this.#second;
    this.#createKey(key, 0.4);
    this.#change(ALIAS_MOVES_AT, {
      operation: 'UpdateAlias',
      key,
      request: `{"aliasName":"${this.#alias}","targetKeyId":"${key.arn}"}`,
      resources: this.#withAlias(key),
      keyRef: this.#alias,
    });
  }

  #createAndRevokeGrant(): void {
    const key = this.#first;
    const service = `dynamodb.${this.#region}.amazonaws.com`;
    const grantId = this.#random.hex(64);
    this.#change(0.3, {
      operation: 'CreateGrant',
      ...byId(key),
      request: `{"keyId":"${key.id}","granteePrincipal":"${service}","retiringPrincipal":"${service}","operations":["DescribeKey","GenerateDataKey","Decrypt","Encrypt","ReEncryptFrom","ReEncryptTo","RetireGrant"],"constraints":{"encryptionContextSubset":{"aws:dynamodb:tableName":"simulated-orders","aws:dynamodb:subscriberId":"${this.#accountId}"}}}`,
      response: `{"grantId":"${grantId}","keyId":"${key.arn}"}`,
    });
    this.#change(0.35, {
      operation: 'RevokeGrant',
      ...byId(key),
      request: `{"keyId":"${key.id}","grantId":"${grantId}"}`,
    });
  }

  #replicate(): void {
    const key = this.#second;
    this.#change(0.42, {
      operation: 'ReplicateKey',
      ...byId(key),
      request: `{"keyId":"${key.id}","replicaRegion":"ap-south-1","bypassPolicyLockoutSafetyCheck":false,"description":""}`,
    });
    this.#kmsEvent(0.421, 'SynchronizeMultiRegionKey', key, `{"keyId":"${key.id}"}`);
  }

  #changePolicyAndMaterial(): void {
    const key = this.#second;
    this.#change(
      0.5,
      {
        operation: 'PutKeyPolicy',
        ...byId(key),
        request: `{"keyId":"${key.id}","policyName":"default","policy":${POLICY},"bypassPolicyLockoutSafetyCheck":false}`,
        response: `{"keyId":"${key.arn}"}`,
      },
      'key-policy-changed',
    );
    this.#change(0.55, { operation: 'RotateKeyOnDemand', ...byId(key) }, 'key-material-changed');
    this.#kmsEvent(0.5501, 'RotateKey', key, `{"keyId":"${key.id}","rotationType":"ON_DEMAND"}`);
  }

  #disableFirstKey(): void {
    const key = this.#first;
    const deletionMs = this.#startMs + this.#lengthMs * 0.65 + 720 * HOUR_MS;
    this.#change(
      0.6,
      { operation: 'DisableKeyRotation', ...byId(key) },
      'key-disabled-or-deletion-scheduled',
    );
    this.#change(0.61, { operation: 'DisableKey', ...byId(key) });
    this.#at(0.62, (slice, timeMs) => {
      emitKms(slice, {
        timeMs,
        region: this.#region,
        key,
        caller: through(slice.session(this.#worker), 'AWS Internal'),
        ...decryptCall(objectContext(`simulated-media-${this.#accountId}-${this.#region}/old.bin`)),
        outcome: 'failed',
        errorCode: 'DisabledException',
        errorMessage: `${key.arn} is disabled.`,
      });
    });
    this.#change(0.65, {
      operation: 'ScheduleKeyDeletion',
      ...byId(key),
      request: `{"keyId":"${key.id}","pendingWindowInDays":30}`,
      response: `{"keyId":"${key.arn}","deletionDate":"${englishTime(deletionMs)}","keyState":"PendingDeletion","pendingWindowInDays":30}`,
    });
  }

  #deleteAlias(): void {
    const key = this.#second;
    this.#change(0.8, {
      operation: 'DeleteAlias',
      key,
      request: `{"aliasName":"${this.#alias}"}`,
      resources: `[{"accountId":"${this.#accountId}","type":"AWS::KMS::Key","ARN":"${this.#aliasArn}"},${key.resource}]`,
      keyRef: this.#alias,
    });
    this.#at(0.82, (slice, timeMs) => {
      emitKms(slice, {
        timeMs: timeMs + MINUTE_MS,
        region: this.#region,
        caller: direct(slice.session(this.#worker)),
        operation: 'Encrypt',
        request: `{"keyId":"${this.#alias}","encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`,
        keyRef: this.#alias,
        outcome: 'failed',
        errorCode: 'NotFoundException',
        errorMessage: `Alias ${this.#aliasArn} is not found.`,
      });
    });
  }
}

/** A call that names the key by its id. */
function byId(key: SimulatedKey): Pick<KmsCall, 'key' | 'request' | 'keyRef' | 'response'> {
  return {
    key,
    request: `{"keyId":"${key.id}"}`,
    keyRef: key.id,
    response: `{"keyId":"${key.arn}"}`,
  };
}
