import { awsErrorOf, unreachableReason } from '../../aws-error.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { Severity } from '../rule-id.ts';
import type { GroupNotice, Notice } from './notice.ts';

export type ChannelName = 'sns' | 'event-bridge' | 'security-hub' | 'webhook' | 'terminal' | 'file';

interface AnyChannel {
  /** What an alert remembers of who has taken a change. */
  readonly name: ChannelName;
  /** Less severe alerts are not told of. */
  readonly floor: Severity;
}

/** Tells people: each notice by itself, and many at once as one. */
export interface PeopleChannel extends AnyChannel {
  readonly kind: 'people';
  /** @throws KeytrailError `delivery-failed` where it is not known to have been taken */
  send(notice: Notice): Promise<void>;
  sendGroup(group: GroupNotice): Promise<void>;
}

/** Keeps records for programs: every notice, many in one request. */
export interface RecordsChannel extends AnyChannel {
  readonly kind: 'records';
  /** So many notices go into one request. */
  readonly atATime: number;
  /**
   * @param notices no two of one alert
   * @returns why some were not taken, by their ids
   * @throws KeytrailError `delivery-failed` where none is known to have been taken
   */
  sendAll(notices: readonly Notice[]): Promise<ReadonlyMap<string, string>>;
}

export type Channel = PeopleChannel | RecordsChannel;

/** What AWS answered to a channel's request. */
export function refusedBy(service: string, cause: unknown): KeytrailError {
  return new KeytrailError('delivery-failed', `${service} did not take it: ${answerOf(cause)}.`, { cause });
}

/** Why AWS did not do as asked, without any text that came from a record or is secret. */
export function answerOf(cause: unknown): string {
  const error = awsErrorOf(cause);
  const why = unreachableReason(error) ?? error.name;
  return error.status === 0 ? why : `${why} ${error.status}`;
}
