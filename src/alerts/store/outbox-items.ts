import type { Item, ItemKey } from '../../table/table.ts';
import type { StateChange } from '../alert.ts';

export const OUTBOX_PK = 'alert-outbox';

/** Of a change that is to be delivered: which one, and when it was made. */
export interface OutboxEntry {
  readonly alertId: string;
  readonly change: number;
  readonly madeMs: number;
}

/**
 * An item for each change and not for each alert: who takes one away has seen that very change delivered, and takes
 * nothing from a change that somebody else adds meanwhile.
 */
export function outboxKey(alertId: string, change: number): ItemKey {
  return { pk: OUTBOX_PK, sk: `${alertId}.${String(change).padStart(8, '0')}` };
}

export function outboxItem(alertId: string, { number, timeMs }: StateChange): Item {
  return { ...outboxKey(alertId, number), fields: { alertId, change: number, madeMs: timeMs } };
}

export function outboxEntry({ fields }: Item): OutboxEntry {
  return {
    alertId: String(fields?.['alertId']),
    change: Number(fields?.['change']),
    madeMs: Number(fields?.['madeMs']),
  };
}
