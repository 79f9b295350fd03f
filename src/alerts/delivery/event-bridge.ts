import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { Severity } from '../rule-id.ts';
import { type RecordsChannel, refusedBy } from './channel.ts';
import type { Notice } from './notice.ts';
import { regionOf } from './region-of.ts';

const EVENT_SOURCE = 'keytrail';
const EVENT_DETAIL_TYPE = 'Keytrail Alert Changed';

/**
 * PutEvents allows ten entries and 256 KB in total. Three of the largest notices are well below that.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 */
const ENTRIES_AT_A_TIME = 3;

/** Where the channel puts events. */
export interface EventBridgeSettings {
  /** The name or the ARN of a bus. */
  readonly bus: string;
  readonly floor: Severity;
}

/** Sends an event for each notice, with the notice as its `detail`: docs/alert-event.schema.json. */
export function eventBridgeChannel(
  { bus, floor }: EventBridgeSettings,
  client: EventBridgeClient,
): RecordsChannel {
  return {
    kind: 'records',
    name: 'event-bridge',
    floor,
    atATime: ENTRIES_AT_A_TIME,
    async sendAll(notices) {
      try {
        const Entries = notices.map((notice) => entryOf(notice, bus));
        const answer = await client.send(new PutEventsCommand({ Entries }));
        const refused = notices.flatMap(({ id }, index): [string, string][] => {
          const entry = answer.Entries?.[index];
          return entry?.EventId === undefined
            ? [[id, `EventBridge did not take it: ${entry?.ErrorCode ?? 'no answer'}.`]]
            : [];
        });
        return new Map(refused);
      } catch (error) {
        throw refusedBy('EventBridge', error);
      }
    },
  };
}

function entryOf(notice: Notice, bus: string): PutEventsRequestEntry {
  return {
    EventBusName: bus,
    Source: EVENT_SOURCE,
    DetailType: EVENT_DETAIL_TYPE,
    Time: new Date(notice.change.time),
    Resources: [notice.keyArn, notice.jobArn].filter((arn) => arn !== undefined),
    Detail: JSON.stringify(notice),
  };
}

/** The channel with its own client in the bus's Region. */
export function openEventBridge(
  settings: EventBridgeSettings,
  patience: EventBridgeClientConfig,
): RecordsChannel {
  return eventBridgeChannel(settings, new EventBridgeClient({ ...regionOf(settings.bus), ...patience }));
}
