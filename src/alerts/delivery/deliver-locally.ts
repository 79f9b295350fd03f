import { join } from 'node:path';
import type { Table } from '../../table/table.ts';
import { type DeliveryResult, deliverOutbox } from './deliver.ts';
import { fileChannel } from './file.ts';
import { terminalChannel } from './terminal.ts';

/** In the data folder: a line for each change of an alert, docs/alert-event.schema.json. */
export const ALERTS_FILE = 'alerts.ndjson';

/** With what alerts are delivered on one machine. */
export interface LocalDelivery {
  /** The data folder. */
  readonly folder: string;
  /** Shows whoever sits at the terminal lines with their ends. */
  readonly write: (text: string) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Names who delivers; no two the same. */
  readonly newId: () => string;
  /** The API's address, which links begin with, where it is served. */
  readonly baseUrl?: string;
}

/**
 * Delivers whatever is to be delivered in the embedded store: to the terminal, many at once as one, and to the file
 * `alerts.ndjson`. To be called after alerts were put, and now and then for what was held back or failed. Not for a
 * table in AWS, whose alerts have channels of their own.
 * @throws KeytrailError `store-unavailable`
 */
export async function deliverLocally(
  table: Table,
  { folder, write, now, newId, baseUrl }: LocalDelivery,
): Promise<DeliveryResult> {
  return deliverOutbox({
    table,
    channels: [terminalChannel(write), fileChannel(join(folder, ALERTS_FILE))],
    now,
    newId,
    isTimeLeft: () => true,
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
}
