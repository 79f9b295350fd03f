import type { ParsedEvent, QuarantineCode } from '../ingest/parsed-event.ts';

export type Quarantined = Extract<ParsedEvent, { readonly kind: 'quarantine' }>;

/** @param reason One sentence, with no text of the record in it but names of members: it is shown and logged. */
export function quarantined(code: QuarantineCode, reason: string, isKms: boolean): Quarantined {
  return { kind: 'quarantine', code, reason, isKms };
}
