import type { Dice } from './dice.ts';
import { given, inPascalCase, type Json, timeText } from './json.ts';
import type { World } from './world.ts';

export interface SageMakerCall {
  readonly atMs: number;
  readonly eventName: string;
  readonly by: Json;
  readonly request: Json | null;
  readonly response?: Json;
  readonly errorCode?: string;
}

/** A call of SageMaker's API. Reading calls, which list and describe, are not written. */
export function writeSageMakerCall(world: World, call: SageMakerCall): void {
  const calledBy = call.by['invokedBy'];
  world.log.call(call.atMs, {
    userIdentity: call.by,
    eventSource: 'sagemaker.amazonaws.com',
    eventName: call.eventName,
    awsRegion: world.region,
    sourceIPAddress: typeof calledBy === 'string' ? calledBy : '203.0.113.24',
    userAgent: typeof calledBy === 'string' ? calledBy : world.sdk,
    ...given('errorCode', call.errorCode),
    ...(call.errorCode === undefined ? {} : { errorMessage: 'The request was not carried out.' }),
    requestParameters: call.request,
    responseElements: call.errorCode === undefined ? (call.response ?? null) : null,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: world.accountId,
    eventCategory: 'Management',
  });
}

/**
 * What SageMaker does by itself: the training jobs of a tuning job.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/logging-using-cloudtrail.html
 */
export function writeServiceEvent(world: World, atMs: number, eventName: string, job: Json): void {
  const { childServiceEvents } = world.customs;
  if (childServiceEvents === 'unlogged') {
    return;
  }
  world.log.call(atMs, {
    userIdentity: { accountId: world.accountId, invokedBy: 'sagemaker.amazonaws.com' },
    eventSource: 'sagemaker.amazonaws.com',
    eventName,
    awsRegion: world.region,
    sourceIPAddress: 'sagemaker.amazonaws.com',
    userAgent: 'sagemaker.amazonaws.com',
    requestParameters: childServiceEvents === 'request' ? job : null,
    responseElements: null,
    readOnly: false,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: world.accountId,
    ...(childServiceEvents === 'details' ? { serviceEventDetails: job } : {}),
    eventCategory: 'Management',
  });
}

export interface StateChange {
  readonly atMs: number;
  /** Without its leading `SageMaker ` and trailing ` State Change`. */
  readonly of: string;
  readonly arn: string;
  /** Members as the API has them, in camelCase or PascalCase; times as epoch milliseconds by name below. */
  readonly detail: Json;
  readonly times: Readonly<Record<string, number | undefined>>;
}

/**
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
 */
export function writeStateChange(world: World, change: StateChange): void {
  const { dice, customs, log } = world;
  const times = Object.fromEntries(
    Object.entries(change.times).flatMap(([name, atMs]) =>
      atMs === undefined ? [] : [[name, stateChangeTime(atMs, customs.stateChangeTimes)]],
    ),
  );
  const envelope = {
    'detail-type': `SageMaker ${change.of} State Change`,
    source: 'aws.sagemaker',
    account: world.accountId,
    time: timeText(change.atMs),
    region: world.region,
    resources: [change.arn],
    detail: { ...Object(inPascalCase(change.detail)), ...times, Tags: {} },
  };
  // AWS may send several events for one change.
  for (let copy = dice.chance(0.1) ? 2 : 1; copy > 0; copy--) {
    log.stateChange(change.atMs + copy * 700, envelope);
  }
}

function stateChangeTime(atMs: number, form: World['customs']['stateChangeTimes']): string | number {
  switch (form) {
    case 'iso':
      return timeText(atMs);
    case 'text':
      return String(atMs);
    case 'number':
      return atMs;
    case 'iso-milliseconds':
      return new Date(atMs).toISOString();
    default:
      return form satisfies never;
  }
}

/** How a create call names its key, or does not; a state change may say `""` for none. */
export function kmsKeyMember(
  name: string,
  key: { readonly arn: string; readonly id: string; readonly alias: string } | undefined,
  dice: Dice,
): Json {
  return key === undefined
    ? {}
    : { [name]: dice.pick([key.arn, key.arn, key.id, key.alias, key.arn.replace(/key\/.*/, key.alias)]) };
}
