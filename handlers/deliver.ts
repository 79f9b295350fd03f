import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { SEND_MS } from '../src/alerts/delivery/delivery-context.ts';
import { deliverySettingsOf } from '../src/alerts/delivery/delivery-settings.ts';
import { deliverOnEvent } from '../src/alerts/delivery/on-event.ts';
import { openChannels } from '../src/alerts/delivery/open-channels.ts';
import { now } from '../src/clock.ts';
import { environment } from '../src/environment.ts';
import { lazily } from '../src/lazily.ts';
import { newUuid } from '../src/randomness.ts';
import { tableOf } from './table.ts';
import { reportDelivered } from './telemetry.ts';

const table = tableOf(environment);
const { baseUrl = '', ...settings } = deliverySettingsOf(environment);
const openedChannels = lazily(() => openChannels(settings, now));

/** Delivers the alerts that the queue's messages name; on its schedule, every alert in the outbox. */
export async function handler(event: SQSEvent | object, context: Context): Promise<SQSBatchResponse> {
  const channels = await openedChannels();
  const isTimeLeft = () => context.getRemainingTimeInMillis() > SEND_MS;
  const newId = newUuid;
  const delivered = await deliverOnEvent(event, { table, channels, baseUrl, now, newId, isTimeLeft });
  reportDelivered(delivered);
  return delivered.answer;
}
