import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type Quarantined, quarantined } from '../cloudtrail/quarantined.ts';
import type { SourceChange } from '../cloudtrail/source-change.ts';
import { type Segment, SegmentBuilder } from '../history/append/append.ts';
import type { KeyUse } from '../kms/key-use.ts';
import { grantFactOf } from '../sagemaker/grant-fact.ts';
import type { JobFact } from '../sagemaker/job-fact.ts';
import { carriedValues, hasOriginal } from './carried-values.ts';
import { refusedIfAhead } from './dated-ahead.ts';
import { isKmsFault } from './is-kms-fault.ts';
import { type ParseEventOptions, parseEvent } from './parse-event.ts';
import type { ParsedEvent } from './parsed-event.ts';
import type { QuarantineEntry } from './quarantine.ts';
import { noCounts, type ReadCounts } from './read-counts.ts';

/** Distinct access keys whose hashes are remembered; a day of a busy account has some thousands. */
const REMEMBERED_HASHES = 50_000;

/** What records say, to be made durable together. */
export interface GatheredRecords {
  readonly segments: readonly Segment[];
  readonly jobFacts: readonly JobFact[];
  readonly sourceChanges: readonly SourceChange[];
  readonly quarantined: readonly QuarantineEntry[];
}

/** Something that is not understood. */
export interface Refused extends Quarantined {
  /** Its own bytes, where it is a part of what was taken. */
  readonly bytes?: Buffer;
}

const NOT_READ = quarantined('not-a-record', 'It has a record beside what was made of it.', false);

/** Gathers what records of any source say, until it is taken to be made durable. */
export class RecordGatherer {
  readonly #builder = new SegmentBuilder();
  readonly #hashKey: KeyObject;
  readonly #now: () => number;
  readonly #hashes = new Map<string, string>();
  readonly #options: ParseEventOptions = { hashAccessKey: (id) => this.#hash(id) };
  #jobFacts: JobFact[] = [];
  #sourceChanges: SourceChange[] = [];
  #quarantined: QuarantineEntry[] = [];
  counts: ReadCounts = noCounts();

  /**
   * @param hashKey of the keyed hash that stands for access key ids
   * @param now epoch milliseconds: when the records are read
   */
  constructor(hashKey: Uint8Array, now: () => number) {
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
   * @param onUse called with each use in it
   * @returns what of it is not understood; the caller, who has its bytes, quarantines that
   */
  take(value: unknown, onUse?: (use: KeyUse) => void): readonly Refused[] {
    const isWrapped = typeof value === 'object' && value !== null && hasOriginal(value);
    const event: ParsedEvent = isWrapped ? NOT_READ : parseEvent(value, this.#options);
    if (event.kind !== 'quarantine' || event.code !== 'not-a-record') return this.#takeEvent(event, onUse);
    return (
      this.takeCarried(value, onUse) ??
      this.#takeEvent(isWrapped ? parseEvent(value, this.#options) : event, onUse)
    );
  }

  /**
   * Takes the records that a value carries which is none itself; the value counts as one record already.
   * @returns undefined where there are none
   */
  takeCarried(value: unknown, onUse?: (use: KeyUse) => void): readonly Refused[] | undefined {
    const { values, skipped, broken } = carriedValues(value);
    if (values.length + skipped === 0) return undefined;
    this.counts.records += values.length + skipped + broken.length - 1;
    this.counts.otherRecords += skipped;
    return [
      ...values.flatMap((carried) =>
        this.#takeEvent(parseEvent(carried, this.#options), onUse).map((refused) => ({
          ...refused,
          bytes: Buffer.from(JSON.stringify(carried)),
        })),
      ),
      ...broken.map((bytes) => this.#brokenText(bytes)),
    ];
  }

  #brokenText(bytes: Buffer): Refused {
    const isKms = isKmsFault(bytes);
    if (isKms) this.counts.kmsEvents++;
    return { ...quarantined('not-json', 'A text in it begins as JSON and is none.', isKms), bytes };
  }

  #takeEvent(parsed: ParsedEvent, onUse?: (use: KeyUse) => void): readonly Refused[] {
    const event = refusedIfAhead(parsed, this.#now());
    switch (event.kind) {
      case 'key-use':
        this.counts.kmsEvents++;
        for (const use of event.uses) {
          this.#addUse(use);
          onUse?.(use);
        }
        return [];
      case 'job-event':
        this.counts.jobEvents++;
        this.#jobFacts.push(...event.facts);
        return [];
      case 'session':
        this.counts.otherRecords++;
        this.#jobFacts.push(...event.facts);
        return [];
      case 'source-change':
        this.counts.otherRecords++;
        this.#sourceChanges.push(event.change);
        return [];
      case 'quarantine':
        if (event.isKms) this.counts.kmsEvents++;
        return [event];
      case 'other':
        this.counts.otherRecords++;
        return [];
      default:
        return event satisfies never;
    }
  }

  quarantine(entry: QuarantineEntry): void {
    this.#quarantined.push(entry);
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
    };
    this.#jobFacts = [];
    this.#sourceChanges = [];
    this.#quarantined = [];
    return gathered;
  }

  #addUse(use: KeyUse): void {
    this.#builder.add(use);
    const grant = grantFactOf(use);
    if (grant !== undefined) this.#jobFacts.push(grant);
  }

  #hash(accessKeyId: string): string {
    let hash = this.#hashes.get(accessKeyId);
    if (hash === undefined) {
      hash = createHmac('sha256', this.#hashKey).update(accessKeyId).digest('base64url').slice(0, 16);
      if (this.#hashes.size >= REMEMBERED_HASHES) this.#hashes.clear();
      this.#hashes.set(accessKeyId, hash);
    }
    return hash;
  }
}
