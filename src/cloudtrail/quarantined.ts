/** A record that could not be understood. */
export interface Quarantined {
  readonly kind: 'quarantine';
  readonly code: QuarantineCode;
  /** One sentence for a person. It quotes nothing from the record but member names. */
  readonly reason: string;
  /** Whether the record is known to be KMS's. Then its bytes are kept; for others only their hash. */
  readonly isKms: boolean;
}

/** @param reason one sentence, shown and logged, that quotes nothing from the record but member names */
export function quarantined(code: QuarantineCode, reason: string, isKms: boolean): Quarantined {
  return { kind: 'quarantine', code, reason, isKms };
}

/** Why a record could not be understood. The list is closed, so readers may switch on it. */
export type QuarantineCode =
  | 'not-json'
  | 'not-a-record'
  | 'too-large'
  | 'missing-event-id'
  | 'missing-event-name'
  | 'bad-event-time'
  | 'bad-member-type'
  | 'contradicts-place';
