import type { Written } from './delivery.ts';
import type { Dice } from './dice.ts';
import { type Json, timeText } from './json.ts';
import type { Deed, UseTruth } from './use-truth.ts';

/** What CloudTrail and EventBridge write of an account, together with the truth of its KMS events. */
export class AccountLog {
  readonly written: Written[] = [];
  readonly truth: UseTruth[] = [];
  readonly #ids: Dice;
  readonly #skewSeconds: number;

  constructor(ids: Dice, skewSeconds: number) {
    this.#ids = ids;
    this.#skewSeconds = skewSeconds;
  }

  /** A record of KMS and what is true of it; its id, time and request id are added here. */
  use(atMs: number, record: Json, deed: Deed): void {
    const whole = this.#record(atMs, record);
    this.written.push({ atMs, value: whole.value, kind: 'kms' });
    this.truth.push({ eventId: whole.eventId, ...deed });
  }

  /** A record of any other service. */
  call(atMs: number, record: Json): void {
    const kind = record['eventSource'] === 'sagemaker.amazonaws.com' ? 'sagemaker' : 'other';
    this.written.push({ atMs, value: this.#record(atMs, record).value, kind });
  }

  stateChange(atMs: number, envelope: Json): void {
    const value = { version: '0', id: this.#ids.guid(), ...envelope };
    this.written.push({ atMs, value, kind: 'state-change' });
  }

  sharedEventId(): string {
    return this.#ids.guid();
  }

  /** The clocks of two services' hosts differ by seconds. */
  #record(atMs: number, record: Json): { eventId: string; value: Json } {
    const skewMs = this.#ids.between(-this.#skewSeconds, this.#skewSeconds) * 1000;
    const eventId = this.#ids.guid();
    return {
      eventId,
      value: {
        eventVersion: '1.11',
        eventTime: timeText(atMs + skewMs),
        requestID: this.#ids.guid(),
        eventID: eventId,
        ...record,
      },
    };
  }
}
