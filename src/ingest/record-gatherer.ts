import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { isObject, objectIn } from '../cloudtrail/json-members.ts';
import type { Quarantined } from '../cloudtrail/quarantined.ts';
import type { RecordPlace } from '../cloudtrail/record-place.ts';
import type { SourceChange } from '../cloudtrail/source-change.ts';
import { type Segment, SegmentBuilder } from '../history/append/append.ts';
import type { ReadSource } from '../history/append/read-sources.ts';
import type { SourceId } from '../history/facts/source.ts';
import type { KeyUse } from '../kms/key-use.ts';
import { grantFactOf } from '../sagemaker/grant-fact.ts';
import type { JobFact } from '../sagemaker/job-fact.ts';
import { jsonOf } from '../text/json-of.ts';
import { carriedValues, isForwarded, isWrapper } from './carried-values.ts';
import { refusedIfAhead } from './dated-ahead.ts';
import { type ParseEventOptions, parseEvent } from './parse-event.ts';
import type { ParsedEvent } from './parsed-event.ts';
import type { QuarantineEntry } from './quarantine.ts';
import { noCounts, type ReadCounts } from './read-counts.ts';
import { hashInStandIn, withoutAccessKeys } from './without-access-keys.ts';

/** Distinct access keys whose hashes are remembered; a day of a busy account has some thousands. */
const REMEMBERED_HASHES = 50_000;

/** What records say, to be made durable together. */
export interface GatheredRecords {
  readonly segments: readonly Segment[];
  readonly jobFacts: readonly JobFact[];
  readonly sourceChanges: readonly SourceChange[];
  readonly quarantined: readonly QuarantineEntry[];
  /** Files of which these are the last records. */
  readonly sources: readonly ReadSource[];
}

export interface TakeOptions {
  /** The id of where the records are read; absent where nobody says. */
  readonly source?: SourceId | undefined;
  /** Called with each use. */
  readonly onUse?: ((use: KeyUse) => void) | undefined;
  /** What holds of the account and Region of all records of the file. */
  readonly place?: RecordPlace | undefined;
}

/** Something that is not understood. */
export interface Refused extends Quarantined {
  /** Its own bytes, where it is a part of what was taken. */
  readonly bytes?: Buffer;
}

const NONE: readonly Refused[] = [];

/** Gathers what records of any source say, until it is taken to be made durable. */
export class RecordGatherer {
  readonly #builder = new SegmentBuilder();
  readonly #hashKey: KeyObject;
  readonly #now: () => number;
  readonly #isOfQuarantine: boolean;
  readonly #hashes = new Map<string, string>();
  readonly #options: ParseEventOptions = { hashAccessKey: (id) => this.#hash(id) };
  #jobFacts: JobFact[] = [];
  #sourceChanges: SourceChange[] = [];
  #quarantined: QuarantineEntry[] = [];
  #sources: ReadSource[] = [];
  counts: ReadCounts = noCounts();
  /** Bytes of texts in values that were looked into: there may be far more of them than bytes that were read. */
  carriedBytes = 0;

  /**
   * @param hashKey of the keyed hash that stands for access key ids
   * @param now epoch milliseconds: when the records are read
   * @param isOfQuarantine whether the records come out of quarantine, where hashes stand for access key ids
   */
  constructor(hashKey: Uint8Array, now: () => number, isOfQuarantine = false) {
    this.#isOfQuarantine = isOfQuarantine;
    this.#hashKey = createSecretKey(hashKey);
    this.#now = now;
  }

  /** Uses gathered since they were last taken. */
  get rows(): number {
    return this.#builder.rows;
  }

  /** Entries for the quarantine since they were last taken. */
  get refused(): number {
    return this.#quarantined.length;
  }

  /**
   * Takes one value out of JSON, which counts as one record, or the records that it carries.
   * @returns what of it is not understood; the caller, who has its bytes, quarantines that
   */
  take(value: unknown, options: TakeOptions = {}): readonly Refused[] {
    if (typeof value === 'object' && value !== null && (isWrapper(value) || isForwardedOnly(value))) {
      return (
        this.takeCarried(value, options) ??
        this.#takeEvent(parseEvent(value, this.#options, options.place), options)
      );
    }
    const event = parseEvent(value, this.#options, options.place);
    const mayCarry = event.kind === 'quarantine' && event.code === 'not-a-record';
    return (mayCarry ? this.takeCarried(value, options) : undefined) ?? this.#takeEvent(event, options);
  }

  /**
   * Takes a text, which counts as one record already, if it is one or carries some.
   * @returns undefined where there are none
   */
  takeText(text: string, options: TakeOptions = {}): readonly Refused[] | undefined {
    return this.takeCarried([text], options);
  }

  /**
   * Takes the records that a value carries which is none itself; the value counts as one record already.
   * @returns undefined where there are none
   */
  takeCarried(value: unknown, options: TakeOptions = {}): readonly Refused[] | undefined {
    const { values, skipped, refused, bytes } = carriedValues(value);
    this.carriedBytes += bytes;
    const isOfNote = refused.some(({ isKms, code }) => isKms || code === 'too-large');
    if (values.length + skipped === 0 && !isOfNote) return undefined;
    this.counts.records += values.length + skipped + refused.length - 1;
    this.counts.kmsEvents += refused.filter(({ isKms }) => isKms).length;
    this.counts.otherRecords += skipped;
    return [...values.flatMap((carried) => this.#takeCarriedValue(carried, options)), ...refused];
  }

  #takeCarriedValue(carried: unknown, options: TakeOptions = {}): readonly Refused[] {
    const refused = this.#takeEvent(parseEvent(carried, this.#options, options.place), options);
    if (refused.length === 0) return NONE;
    const json = jsonOf(carried);
    // Without bytes of its own it is kept with all that it was in.
    return json === undefined ? refused : refused.map((each) => ({ ...each, bytes: Buffer.from(json) }));
  }

  #takeEvent(parsed: ParsedEvent, { onUse, source }: TakeOptions): readonly Refused[] {
    const event = refusedIfAhead(parsed, this.#now());
    switch (event.kind) {
      case 'key-use':
        this.counts.kmsEvents++;
        for (const use of event.uses) {
          this.#addUse(use, source);
          onUse?.(use);
        }
        return NONE;
      case 'job-event':
        this.counts.jobEvents++;
        this.#jobFacts.push(...event.facts);
        return NONE;
      case 'session':
        this.counts.otherRecords++;
        this.#jobFacts.push(...event.facts);
        return NONE;
      case 'source-change':
        this.counts.otherRecords++;
        this.#sourceChanges.push(event.change);
        return NONE;
      case 'quarantine':
        if (event.isKms) this.counts.kmsEvents++;
        return [event];
      case 'other':
        this.counts.otherRecords++;
        return NONE;
      default:
        return event satisfies never;
    }
  }

  /** Forgets what a run that failed has left: it comes again. */
  reset(): void {
    this.finish();
    this.counts = noCounts();
  }

  /** Notes a file as read, once all of its records are taken. */
  addSource(source: ReadSource): void {
    this.#sources.push(source);
  }

  quarantine(entry: QuarantineEntry): void {
    const { bytes } = entry;
    this.#quarantined.push(
      bytes === undefined ? entry : { ...entry, bytes: withoutAccessKeys(bytes, (id) => this.#hash(id)) },
    );
  }

  /**
   * What was gathered since the last time, and starts anew.
   * @param isWhole whether to take the uses too: a few are better stored together with later ones
   */
  finish(isWhole = true): GatheredRecords {
    // Known before any row is sealed: so the first day that is sealed knows what aliases mean on the last.
    const aliases = isWhole ? this.#builder.aliasFacts() : [];
    const gathered = {
      segments: isWhole ? this.#builder.finish() : [],
      jobFacts: [...this.#jobFacts, ...aliases],
      sourceChanges: this.#sourceChanges,
      quarantined: this.#quarantined,
      // A file is noted together with its last uses, not before.
      sources: isWhole ? this.#sources : [],
    };
    if (isWhole) this.#sources = [];
    this.#jobFacts = [];
    this.#sourceChanges = [];
    this.#quarantined = [];
    return gathered;
  }

  #addUse(use: KeyUse, source: SourceId | undefined): void {
    this.#builder.add(use, source);
    const grant = grantFactOf(use);
    if (grant !== undefined) this.#jobFacts.push(grant);
  }

  #hash(accessKeyId: string): string {
    let hash =
      this.#hashes.get(accessKeyId) ?? (this.#isOfQuarantine ? hashInStandIn(accessKeyId) : undefined);
    if (hash === undefined) {
      hash = createHmac('sha256', this.#hashKey).update(accessKeyId).digest('base64url').slice(0, 16);
      if (this.#hashes.size >= REMEMBERED_HASHES) this.#hashes.clear();
      this.#hashes.set(accessKeyId, hash);
    }
    return hash;
  }
}

/** Without a record of its own as its detail. */
function isForwardedOnly(value: object): boolean {
  if (!isForwarded(value) || !isObject<'detail'>(value)) return false;
  const detail = objectIn<'eventSource'>(value.detail);
  return detail === undefined || typeof detail.eventSource !== 'string';
}
