import type { Table } from '../../table/table.ts';
import type { ChannelName } from './channel.ts';

const MINUTE_MS = 60_000;
/** The most single notices to people in a minute. After that, one group notice a minute stands for the rest. */
const SINGLE_NOTICES = 10;

/** How changes are sent to people: one by one, as one group, or not before a time (epoch milliseconds). */
export type Pace =
  | { readonly kind: 'singly' | 'as-one' }
  | { readonly kind: 'later'; readonly untilMs: number };

/**
 * Takes a channel's turn in this minute. Processes that take turns at the same time share one limit. A turn that is not
 * used is lost.
 * @param count the number of changes to send
 * @throws KeytrailError `store-unavailable`
 */
export async function takeTurn(
  table: Table,
  channel: ChannelName,
  count: number,
  nowMs: number,
): Promise<Pace> {
  const key = { pk: 'alert-pace', sk: channel };
  const minute = Math.floor(nowMs / MINUTE_MS);
  for (;;) {
    const read = await table.get(key);
    const isThisMinute = read?.fields?.['minute'] === minute;
    const sent = isThisMinute ? Number(read.fields?.['sent']) : 0;
    const wasAsOne = isThisMinute && read.fields?.['wasAsOne'] === 1;
    if (wasAsOne) return { kind: 'later', untilMs: (minute + 1) * MINUTE_MS };
    const isSingle = sent + count <= SINGLE_NOTICES;
    const fields = { minute, sent: isSingle ? sent + count : sent, wasAsOne: isSingle ? 0 : 1 };
    const item = { ...key, version: (read?.version ?? 0) + 1, fields };
    if (await table.putIf(item, read?.version)) return { kind: isSingle ? 'singly' : 'as-one' };
  }
}
