/** A message of a queue, as Lambda hands it over. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
}

/** What became of some messages. Those that are not named in `failed` are durable, and may be acknowledged. */
export interface Ingested {
  /** Messages that are to come again, and why: an error's code or name, and no text of a record. */
  readonly failed: readonly { readonly messageId: string; readonly why: string }[];
  /** Uses that were recorded; those among them that the history had already are told apart when they are sealed. */
  readonly recorded: number;
  readonly quarantined: number;
  /** Trails and rules that were stopped lately, or left out what a history lives on from then on. */
  readonly stopped: number;
  /** Of each use the milliseconds from its event to its being durable. */
  readonly lagsMs: readonly number[];
}
