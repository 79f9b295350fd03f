import type { Balance } from './balance.ts';

/** A message of a queue, as Lambda hands it over. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
}

/** What became of some messages. Those that are not named in `failed` are durable, and may be acknowledged. */
export interface Ingested {
  /** Messages that are to come again, and why: an error's code or name, and no text of a record. */
  readonly failed: readonly { readonly messageId: string; readonly why: string }[];
  readonly balance: Balance;
  /** Uses that were recorded, including those that the history has already: only a seal finds these. */
  readonly recorded: number;
  readonly quarantined: number;
  /** Why announced objects were not read, a sentence for each: digests, other services' files. */
  readonly leftOut: readonly string[];
  /** Recent changes that stop a trail or a rule, or make it leave out what the history needs. */
  readonly stopped: number;
  /** For each use the milliseconds from its event until it was durable. */
  readonly lagsMs: readonly number[];
}
