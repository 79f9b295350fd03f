import { awsErrorOf, unreachableReason } from '../../aws-error.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { Severity } from '../rule-id.ts';
import type { GroupNotice, Notice } from './notice.ts';

export type ChannelName = 'sns' | 'event-bridge' | 'security-hub' | 'webhook' | 'terminal' | 'file';

interface AnyChannel {
  /** Stored in an alert's deliveries once the channel has accepted a change. */
  readonly name: ChannelName;
  /** Less severe alerts are not sent. */
  readonly floor: Severity;
}

/** A channel to people. Many notices at once are sent as one group. */
export interface PeopleChannel extends AnyChannel {
  readonly kind: 'people';
  /** @throws KeytrailError `delivery-failed` unless the channel is known to have accepted it */
  send(notice: Notice): Promise<void>;
  sendGroup(group: GroupNotice): Promise<void>;
}

/** A channel to programs. Every notice is sent, many in one request. */
export interface RecordsChannel extends AnyChannel {
  readonly kind: 'records';
  /** The most notices in one request. */
  readonly atATime: number;
  /**
   * @param notices no two of one alert
   * @returns by notice id, why the channel refused it
   * @throws KeytrailError `delivery-failed` when it is not known to have accepted any
   */
  sendAll(notices: readonly Notice[]): Promise<ReadonlyMap<string, string>>;
}

export type Channel = PeopleChannel | RecordsChannel;

/** The error for a channel's request that AWS refused. */
export function refusedBy(service: string, cause: unknown): KeytrailError {
  return new KeytrailError('delivery-failed', `${service} did not take it: ${answerOf(cause)}.`, { cause });
}

/** Why a request to AWS failed, without text from records and without secrets. */
export function answerOf(cause: unknown): string {
  const error = awsErrorOf(cause);
  const why = unreachableReason(error) ?? error.name;
  return error.status === 0 ? why : `${why} ${error.status}`;
}
