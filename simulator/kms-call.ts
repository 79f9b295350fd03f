import {
  foreignIdentity,
  type SimulatedPrincipal,
  type SimulatedSession,
  serviceIdentity,
} from './principal.ts';
import type { SimulatedJob } from './simulated-job.ts';
import type { SimulatedKey } from './simulated-key.ts';
import { drawVersion, type KmsDraft, type Slice } from './slice.ts';
import { timeText } from './time-text.ts';
import type { Evidence, KmsTruth } from './truth.ts';

/** Who calls KMS, and how the record shows it. */
export interface KmsCaller {
  readonly principalId: string;
  /** The account whose log has the caller's copy. */
  readonly accountId: string;
  /** JSON text of `userIdentity`. */
  readonly identity: string;
  readonly ip: string;
  readonly agent: string;
  readonly vpcEndpointId: string;
  readonly byItself: boolean;
  readonly principal?: SimulatedPrincipal;
}

/** A call by the principal itself, over TLS of its own. */
export function direct(session: SimulatedSession): KmsCaller {
  const { principal } = session;
  return {
    principalId: principal.id,
    accountId: principal.accountId,
    identity: `${session.open}}`,
    ip: principal.ip,
    agent: principal.agent,
    vpcEndpointId: principal.vpcEndpointId,
    byItself: true,
    principal,
  };
}

/** A call that a service makes on the principal's behalf; `host` may be `AWS Internal`. */
export function through(session: SimulatedSession, host: string): KmsCaller {
  const { principal } = session;
  return {
    principalId: principal.id,
    accountId: principal.accountId,
    identity: `${session.open},"invokedBy":"${host}"}`,
    ip: host,
    agent: host,
    vpcEndpointId: '',
    byItself: false,
    principal,
  };
}

/** A call of an AWS service by itself, logged in the account whose key it uses. */
export function service(host: string, accountId: string): KmsCaller {
  return {
    principalId: host,
    accountId,
    identity: serviceIdentity(host),
    ip: host,
    agent: host,
    vpcEndpointId: '',
    byItself: false,
  };
}

export interface KmsCall {
  readonly timeMs: number;
  readonly operation: string;
  readonly caller: KmsCaller;
  readonly region: string;
  readonly key?: SimulatedKey | undefined;
  /** ReEncrypt only. */
  readonly sourceKey?: SimulatedKey;
  /** JSON text of `requestParameters`. */
  readonly request: string;
  readonly response?: string;
  /** Further members of `additionalEventData`, as JSON text without braces. */
  readonly additional?: string;
  /** JSON text of `resources` if it is not just the key; empty leaves it out. */
  readonly resources?: string;
  /** How the request names the key, unless by its ARN. */
  readonly keyRef?: string | undefined;
  readonly readOnly?: boolean;
  readonly outcome?: KmsTruth['outcome'];
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly eventType?: string;
  readonly serviceDetails?: string;
  readonly job?: SimulatedJob | undefined;
  readonly evidence?: Evidence;
  readonly authorJobArn?: string | undefined;
  /** Set if another copy exists outside of the simulation. */
  readonly sharedEventId?: string;
}

const MATERIAL_OPERATIONS = new Set([
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
]);

function fill(slice: Slice, call: KmsCall, version: string, requestId: string): void {
  const { record } = slice;
  const { caller, key } = call;
  record.version = version;
  record.identity = caller.identity;
  record.source = 'kms.amazonaws.com';
  record.name = call.operation;
  record.region = call.region;
  record.ip = caller.ip;
  record.agent = caller.agent;
  if (call.errorCode !== undefined) {
    record.errorCode = call.errorCode;
    record.errorMessage = JSON.stringify(call.errorMessage ?? '');
  }
  record.request = call.request;
  record.response = call.response ?? 'null';
  record.requestId = requestId;
  record.readOnly = call.readOnly ?? true;
  record.eventType = call.eventType ?? 'AwsApiCall';
  record.resources = call.resources ?? (version === '1.08' ? key?.olderResources : key?.resources) ?? '';
  record.serviceDetails = call.serviceDetails ?? '';
  record.vpcEndpointId = caller.vpcEndpointId;
  if (caller.byItself) record.tlsHost = `kms.${call.region}.amazonaws.com`;
  let additional = call.additional ?? '';
  if (version === '1.11' && key !== undefined && call.errorCode === undefined) {
    if (MATERIAL_OPERATIONS.has(call.operation)) {
      additional += `${additional === '' ? '' : ','}"keyMaterialId":"${key.materialId}"`;
    } else if (call.operation === 'ReEncrypt' && call.sourceKey !== undefined) {
      additional += `"sourceKeyMaterialId":"${call.sourceKey.materialId}","destinationKeyMaterialId":"${key.materialId}"`;
    }
  }
  if (key?.customKeyStoreId !== undefined && call.errorCode === undefined) {
    additional += `${additional === '' ? '' : ','}"customKeyStoreId":"${key.customKeyStoreId}"`;
  }
  if (additional !== '') record.additional = `{${additional}}`;
}

function draft(call: KmsCall, eventId: string, accountId: string, sharedEventId: string): KmsDraft {
  const { key, job } = call;
  const named = key !== undefined && (call.resources === undefined || call.resources.includes(key.arn));
  const truth: KmsDraft = {
    truth: 'kms',
    eventId,
    accountId,
    region: call.region,
    keyNamed:
      named ||
      (key !== undefined &&
        `${call.request}${call.response ?? ''}${call.errorMessage ?? ''}`.includes(key.arn)),
    principalId: call.caller.principalId,
    operation: call.operation,
    outcome: call.outcome ?? 'success',
    eventTime: timeText(call.timeMs),
    jobArn: job === undefined ? null : job.arn,
    evidence: call.evidence ?? (job === undefined ? 'none' : 'role-key-time'),
    delivered: 0,
  };
  if (key !== undefined) truth.keyArn = key.arn;
  if (call.sourceKey !== undefined) truth.sourceKeyArn = call.sourceKey.arn;
  if (call.keyRef !== undefined) truth.keyRef = call.keyRef;
  if (sharedEventId !== '') truth.sharedEventId = sharedEventId;
  if (job !== undefined) {
    truth.jobCreatedTime = timeText(job.createdMs);
    truth.jobKnown = job.known;
  }
  if (call.authorJobArn !== undefined) truth.authorJobArn = call.authorJobArn;
  return truth;
}

/**
 * Writes one KMS call: one record, or two if the key is in another simulated account and the call was not rejected. Only
 * the caller's account logs a rejected call.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
 * @returns the truth about the caller's record
 */
export function emitKms(slice: Slice, call: KmsCall): KmsDraft {
  const { random, world } = slice;
  const { caller, key } = call;
  const version = drawVersion(random);
  const requestId = call.serviceDetails === undefined ? random.requestId() : '';
  const eventId = random.uuid();
  const abroad =
    key !== undefined &&
    key.accountId !== caller.accountId &&
    call.outcome !== 'denied' &&
    world.options.accounts.some((account) => account.id === key.accountId);
  const sharedEventId = call.sharedEventId ?? (abroad ? random.uuid() : '');
  const truth = draft(call, eventId, caller.accountId, sharedEventId);
  fill(slice, call, version, requestId);
  slice.record.account = caller.accountId;
  slice.record.eventId = eventId;
  slice.record.sharedEventId = sharedEventId;
  slice.emit(call.timeMs, truth);
  if (abroad && caller.principal !== undefined) {
    const copyId = random.uuid();
    const copy = draft(call, copyId, key.accountId, sharedEventId);
    copy.duplicateOf = eventId;
    fill(slice, call, version, requestId);
    slice.record.identity = foreignIdentity(caller.principal);
    slice.record.account = key.accountId;
    slice.record.eventId = copyId;
    slice.record.sharedEventId = sharedEventId;
    slice.emit(call.timeMs, copy);
  }
  return truth;
}
