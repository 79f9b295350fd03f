import type { Customs } from './customs.ts';
import type { Dice } from './dice.ts';
import type { Json } from './json.ts';

/** Something that was written, and when in true time. */
export interface Written {
  readonly atMs: number;
  readonly value: Json;
  readonly kind: 'kms' | 'sagemaker' | 'other' | 'state-change';
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * The order in which they arrive. Log files bring a record minutes after it, EventBridge sooner and as an envelope;
 * either may be hours or days late, and may come twice.
 */
export function inDeliveryOrder(written: readonly Written[], customs: Customs, dice: Dice): Json[] {
  const arrivals = written.flatMap((event) => {
    const arrival = arrivalOf(event, customs, dice);
    if (!dice.chance(customs.duplicateShare)) {
      return [arrival];
    }
    const again = dice.chance(0.5) ? arrival.value : arrivalOf(event, customs, dice).value;
    return [arrival, { atMs: arrival.atMs + dice.between(0, 90) * minuteMs, value: again }];
  });
  // Sorting is stable, so equal times keep the order of writing.
  return arrivals.sort((one, other) => one.atMs - other.atMs).map(({ value }) => value);
}

function arrivalOf(event: Written, customs: Customs, dice: Dice): { atMs: number; value: Json } {
  const comesByEventBridge =
    event.kind === 'state-change' ||
    customs.door === 'eventbridge' ||
    (customs.door === 'both' && dice.chance(0.5));
  const isJobEvent = event.kind === 'sagemaker' || event.kind === 'state-change';
  const usual = comesByEventBridge ? dice.between(1, 60) * 1000 : dice.between(120, 600) * 1000;
  const late = dice.chance(isJobEvent ? customs.lateJobEventShare : customs.lateShare)
    ? dice.pick([1, 3, 26, 80]) * hourMs + dice.between(0, 59) * minuteMs
    : 0;
  return {
    atMs: event.atMs + usual + late,
    value: comesByEventBridge && event.kind !== 'state-change' ? enveloped(event.value, dice) : event.value,
  };
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/ref/event-delivery-level.html */
function enveloped(record: Json, dice: Dice): Json {
  const service = String(record['eventSource']).split('.')[0];
  const type = record['eventType'] === 'AwsServiceEvent' ? 'AWS Service Event' : 'AWS API Call';
  return {
    version: '0',
    id: dice.guid(),
    'detail-type': `${type} via CloudTrail`,
    source: `aws.${service}`,
    account: record['recipientAccountId'],
    time: record['eventTime'],
    region: record['awsRegion'],
    resources: [],
    detail: record,
  };
}
