import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Quarantined } from '../cloudtrail/quarantined.ts';
import type { SourceChange } from '../cloudtrail/source-change.ts';
import { type Segment, SegmentBuilder } from '../history/append/append.ts';
import type { KeyUse } from '../kms/key-use.ts';
import { grantFactOf } from '../sagemaker/grant-fact.ts';
import type { JobFact } from '../sagemaker/job-fact.ts';
import { parseEvent } from './parse-event.ts';
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

/** Gathers what records of any source say, until it is taken to be made durable. */
export class RecordGatherer {
  readonly #builder = new SegmentBuilder();
  readonly #hashKey: KeyObject;
  readonly #hashes = new Map<string, string>();
  #jobFacts: JobFact[] = [];
  #sourceChanges: SourceChange[] = [];
  #quarantined: QuarantineEntry[] = [];
  counts: ReadCounts = noCounts();

  /** @param hashKey of the keyed hash that stands for access key ids */
  constructor(hashKey: Uint8Array) {
    this.#hashKey = createSecretKey(hashKey);
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
   * Takes one value out of JSON.
   * @param onUse called with each use in it
   * @returns why it is not understood; the caller, who has its bytes, quarantines it
   */
  take(value: unknown, onUse?: (use: KeyUse) => void): Quarantined | undefined {
    const event = parseEvent(value, { hashAccessKey: (id) => this.#hash(id) });
    switch (event.kind) {
      case 'key-use':
        this.counts.kmsEvents++;
        for (const use of event.uses) {
          this.#addUse(use);
          onUse?.(use);
        }
        return undefined;
      case 'job-event':
        this.counts.jobEvents++;
        this.#jobFacts.push(...event.facts);
        return undefined;
      case 'session':
        this.#jobFacts.push(...event.facts);
        return undefined;
      case 'source-change':
        this.#sourceChanges.push(event.change);
        return undefined;
      case 'quarantine':
        if (event.isKms) this.counts.kmsEvents++;
        return event;
      case 'other':
        return undefined;
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
