import type { Item, ItemKey } from '../../table/table.ts';
import type { StateChange } from '../alert.ts';

export const OUTBOX_PK = 'alert-outbox';

/** A change to deliver. */
export interface OutboxEntry {
  readonly alertId: string;
  readonly change: number;
  /** When the change was made, epoch milliseconds. */
  readonly madeMs: number;
}

/**
 * The key of an outbox item. Each change has an item of its own, so that removing a delivered change never removes one
 * that another process has just added.
 */
export function outboxKey(alertId: string, change: number): ItemKey {
  return { pk: OUTBOX_PK, sk: `${alertId}.${String(change).padStart(8, '0')}` };
}

/** The outbox item of a change. */
export function outboxItem(alertId: string, { number, timeMs }: StateChange): Item {
  return { ...outboxKey(alertId, number), fields: { alertId, change: number, madeMs: timeMs } };
}

/** Reads an outbox item. */
export function outboxEntry({ fields }: Item): OutboxEntry {
  return {
    alertId: String(fields?.['alertId']),
    change: Number(fields?.['change']),
    madeMs: Number(fields?.['madeMs']),
  };
}
