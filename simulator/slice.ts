import type { ByteStore } from './byte-store.ts';
import { makeSession, type SimulatedPrincipal, type SimulatedSession } from './principal.ts';
import { Random } from './random.ts';
import { blankRecord, type RecordMembers, recordText, reordered } from './record-text.ts';
import { HOUR_MS, timeText } from './time-text.ts';
import type { IncidentTruth, JobTruth, KmsTruth } from './truth.ts';
import type { World } from './world.ts';

export type KmsDraft = { -readonly [Member in keyof KmsTruth]: KmsTruth[Member] };

/** One record on its way to a log file. */
export interface Emission {
  readonly timeMs: number;
  readonly accountId: string;
  readonly region: string;
  /** Where its text lies in the slice's `bytes`. */
  readonly start: number;
  readonly end: number;
  readonly kms: KmsDraft | undefined;
  /** How much later than usual it is delivered, in milliseconds. */
  readonly laterMs: number;
}

/** One EventBridge envelope. */
export interface Envelope {
  /** When EventBridge delivers it, which may be later than the time in it. */
  readonly deliveredMs: number;
  readonly text: string;
}

const SPELL_MS = 900_000;

/** Collects what happens in one slice of time. Slices are independent of each other. */
export class Slice {
  readonly world: World;
  readonly bytes: ByteStore;
  readonly fromMs: number;
  readonly toMs: number;
  readonly random: Random;
  readonly busyUntilMs: number;
  readonly emissions: Emission[] = [];
  readonly envelopes: Envelope[] = [];
  readonly truths: (JobTruth | IncidentTruth)[] = [];
  /** Members of the record being written; blank between records. */
  readonly record: RecordMembers = blankRecord();
  #kmsCount = 0;
  readonly #sessions = new Map<SimulatedPrincipal, SimulatedSession>();

  constructor(world: World, bytes: ByteStore, fromMs: number, toMs: number) {
    this.world = world;
    this.bytes = bytes;
    bytes.clear();
    this.fromMs = fromMs;
    this.toMs = toMs;
    this.random = new Random(world.options.seed, 'slice', fromMs);
    // An idle account's work comes in spells: a quarter of an hour, then nothing for hours.
    this.busyUntilMs = world.options.quietShare > 0 ? Math.min(fromMs + SPELL_MS, toMs) : toMs;
  }

  get kmsCount(): number {
    return this.#kmsCount;
  }

  /** A time of usual activity in this slice, in whole seconds. */
  anyTime(): number {
    return this.timeWithin(this.fromMs, this.toMs);
  }

  /** A time between two others, within this slice's busy spell if they overlap it. */
  timeWithin(fromMs: number, toMs: number): number {
    const end = fromMs < this.busyUntilMs ? Math.min(toMs, this.busyUntilMs) : toMs;
    return Math.floor(this.random.between(fromMs, end) / 1000) * 1000;
  }

  /** The principal's usual session, which began some hours before. */
  session(principal: SimulatedPrincipal): SimulatedSession {
    let session = this.#sessions.get(principal);
    if (session === undefined) {
      const bucket = Math.floor(this.fromMs / (6 * HOUR_MS));
      const random = new Random(this.world.options.seed, 'session', principal.uniqueId, bucket);
      session = makeSession(random, principal, bucket * 6 * HOUR_MS - random.int(1800) * 1000);
      this.#sessions.set(principal, session);
    }
    return session;
  }

  /** Writes `this.record` and blanks it. */
  emit(timeMs: number, kms?: KmsDraft): void {
    const { record } = this;
    record.time = timeText(timeMs);
    let text = recordText(record);
    if (this.random.chance(this.world.options.reorderedShare)) text = reordered(text, this.random);
    const start = this.bytes.add(text);
    const { account: accountId, region } = record;
    this.#add({ timeMs, accountId, region, start, end: this.bytes.length, kms, laterMs: 0 });
    Object.assign(record, BLANK);
  }

  #add(emission: Emission): void {
    this.emissions.push(emission);
    if (emission.kms !== undefined) this.#kmsCount++;
  }

  /**
   * Corrects a KMS record of this slice by another record with a new id, delivered minutes to hours later.
   * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
   */
  correct(original: Emission): void {
    const { kms } = original;
    if (kms === undefined) return;
    const { random } = this;
    const eventId = random.uuid();
    const text = this.bytes.view(original.start, original.end).toString('utf8');
    const requestId = /"requestID":"([^"]*)"/.exec(text)?.[1];
    const addendum = `"addendum":{"reason":"UPDATED_DATA","updatedFields":"additionalEventData",${
      requestId === undefined ? '' : `"originalRequestID":"${requestId}",`
    }"originalEventID":"${kms.eventId}"},`;
    const corrected = text.slice(1).replace(`"eventID":"${kms.eventId}"`, `"eventID":"${eventId}"`);
    const start = this.bytes.add(`{${addendum}${corrected}`);
    this.#add({
      ...original,
      start,
      end: this.bytes.length,
      kms: { ...kms, eventId, supersedes: kms.eventId },
      laterMs: random.between(10, 180) * 60_000,
    });
  }
}

const BLANK = blankRecord();

/** A record's version: newer ones more often. */
export function drawVersion(random: Random): string {
  const bits = random.bits() & 15;
  return bits < 4 ? '1.08' : bits < 7 ? '1.09' : bits < 9 ? '1.10' : '1.11';
}
