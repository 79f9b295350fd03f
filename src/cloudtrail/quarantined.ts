/** A record that could not be understood. */
export interface Quarantined {
  readonly kind: 'quarantine';
  readonly code: QuarantineCode;
  /** One sentence for a person. Holds no text of the record but member names. */
  readonly reason: string;
  /** True where the record is known to be KMS's: its bytes are kept then, of others only their hash. */
  readonly isKms: boolean;
}

/** @param reason One sentence, with no text of the record in it but names of members: it is shown and logged. */
export function quarantined(code: QuarantineCode, reason: string, isKms: boolean): Quarantined {
  return { kind: 'quarantine', code, reason, isKms };
}

/** Why a record could not be understood. Closed: a reader may switch on it. */
export type QuarantineCode =
  | 'not-json'
  | 'not-a-record'
  | 'too-large'
  | 'missing-event-id'
  | 'missing-event-name'
  | 'bad-event-time'
  | 'bad-member-type';
