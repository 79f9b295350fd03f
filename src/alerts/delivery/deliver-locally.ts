import { join } from 'node:path';
import type { Table } from '../../table/table.ts';
import { type DeliveryResult, deliverOutbox } from './deliver.ts';
import { fileChannel } from './file.ts';
import { terminalChannel } from './terminal.ts';

/** In the data folder, with a line for each change of an alert: docs/alert-event.schema.json. */
export const ALERTS_FILE = 'alerts.ndjson';

/** What alerts are delivered with on one machine. */
export interface LocalDelivery {
  /** The data folder. */
  readonly folder: string;
  /** Writes text with line ends to the terminal. */
  readonly write: (text: string) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Gives a new unique id on each call. */
  readonly newId: () => string;
  /** The API's address, which links begin with, where it is served. */
  readonly baseUrl?: string;
}

/**
 * Delivers the outbox of the embedded store: to the terminal, many changes at once as one notice, and to the file
 * `alerts.ndjson`. To be called after alerts changed, and regularly for deliveries that were held back or failed. Alerts of
 * a table in AWS have other channels.
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
