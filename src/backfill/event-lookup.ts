import type { CloudTrailClientConfig } from '@aws-sdk/client-cloudtrail';
import { textIn } from '../cloudtrail/json-members.ts';
import { lookupFailure } from './lookup-failure.ts';
import type { Span } from './reach.ts';

const CONNECTION_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** The most there may be, and one attribute a request: API_LookupEvents. */
const EVENTS_OF_PAGE = 50;

/** What the events are of that a history is made of. SageMaker first: uses are then joined as they are sealed. */
export const EVENT_SOURCES = ['sagemaker.amazonaws.com', 'kms.amazonaws.com'] as const;
export type EventSource = (typeof EVENT_SOURCES)[number];

/** An event of LookupEvents; what is no string or no time there is absent here. */
export interface LookedUpEvent {
  readonly eventId?: string;
  readonly timeMs?: number;
  readonly eventSource?: string;
  /** The record as CloudTrail wrote it, JSON. */
  readonly record?: string;
}

export interface LookupPage {
  /** Newest first. */
  readonly events: readonly LookedUpEvent[];
  /** Good for the same source and span only. */
  readonly next?: string;
}

/** The event history of one account in one Region. */
export interface EventLookup {
  readonly region: string;
  /** The account of the credentials, if they name it. */
  readonly accountId?: string;
  /** @param span all there is when absent */
  page(source: EventSource, span?: Span, token?: string): Promise<LookupPage>;
  close(): void;
}

/**
 * CloudTrail by its SDK, which is loaded here and only here: no other command waits for it. Credentials, Region and
 * endpoint (`AWS_ENDPOINT_URL_CLOUDTRAIL`) are the ordinary AWS variables' and profiles', read by the SDK itself.
 * @throws KeytrailError `lookup-failed` where there is no Region or there are no credentials
 */
export async function openEventLookup(): Promise<EventLookup> {
  const { CloudTrailClient, LookupEventsCommand } = await import('@aws-sdk/client-cloudtrail');
  const config: CloudTrailClientConfig = {
    // Every request is paced and counted: the SDK must send none by itself.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  };
  const client = new CloudTrailClient(config);
  try {
    const region = await client.config.region();
    const { accountId } = await client.config.credentials();
    return {
      region,
      ...(accountId === undefined ? {} : { accountId }),
      async page(source, span, token) {
        const { Events, NextToken } = await client.send(
          new LookupEventsCommand({
            LookupAttributes: [{ AttributeKey: 'EventSource', AttributeValue: source }],
            MaxResults: EVENTS_OF_PAGE,
            ...(span === undefined ? {} : timesOf(span)),
            ...(token === undefined ? {} : { NextToken: token }),
          }),
        );
        const next = textIn(NextToken);
        return {
          events: (Events ?? []).map(({ EventId, EventTime, EventSource, CloudTrailEvent }) => ({
            ...(EventId === undefined ? {} : { eventId: EventId }),
            ...(EventTime === undefined ? {} : { timeMs: EventTime.getTime() }),
            ...(EventSource === undefined ? {} : { eventSource: EventSource }),
            ...(CloudTrailEvent === undefined ? {} : { record: CloudTrailEvent }),
          })),
          ...(next === undefined ? {} : { next }),
        };
      },
      close: () => client.destroy(),
    };
  } catch (error) {
    client.destroy();
    throw lookupFailure(error);
  }
}

/** Both times are inclusive. A millisecond before the end is before it, whether seconds are cut or rounded. */
function timesOf({ startMs, endMs }: Span): { StartTime: Date; EndTime: Date } {
  return { StartTime: new Date(startMs), EndTime: new Date(endMs - 1) };
}
