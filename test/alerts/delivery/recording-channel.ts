import type { Channel, ChannelName } from '../../../src/alerts/delivery/channel.ts';
import type { GroupNotice, Notice } from '../../../src/alerts/delivery/notice.ts';
import type { Severity } from '../../../src/alerts/rule-id.ts';
import { KeytrailError } from '../../../src/keytrail-error.ts';

/** What a channel got, by the ids of notices, and in how many requests. */
export class Recorder {
  readonly taken: string[] = [];
  readonly groups: GroupNotice[] = [];
  singles = 0;
  /** Asked before each: answers whether the channel refuses it. */
  refuses: ((notice: Notice) => boolean) | undefined;
  /** Awaited at each request, before anything is taken. */
  onSend: (() => Promise<void>) | undefined;
}

/** A channel to people that records. A group counts as the undelivered changes of its alerts. */
export function peopleChannel(
  recorder: Recorder,
  name: ChannelName = 'sns',
  floor: Severity = 'low',
): Channel {
  return {
    kind: 'people',
    name,
    floor,
    async send(notice) {
      await recorder.onSend?.();
      if (recorder.refuses?.(notice) === true) throw new KeytrailError('delivery-failed', 'refused');
      recorder.singles++;
      recorder.taken.push(notice.id);
    },
    async sendGroup(group) {
      await recorder.onSend?.();
      recorder.groups.push(group);
    },
  };
}

export function recordsChannel(recorder: Recorder, name: ChannelName = 'file', atATime = 3): Channel {
  return {
    kind: 'records',
    name,
    floor: 'low',
    atATime,
    async sendAll(notices) {
      await recorder.onSend?.();
      const refused = notices.filter((notice) => recorder.refuses?.(notice) === true);
      for (const notice of notices) if (!refused.includes(notice)) recorder.taken.push(notice.id);
      return new Map(refused.map(({ id }) => [id, 'refused']));
    },
  };
}
