import { DAY_MS, dayOf, dayStart } from '../../utc-time.ts';

/**
 * Whether a principal's first use of a key is one to ask about. `no`: a job that declares the key made it, or AWS itself.
 * `open`: the join is not final, and may still find the job.
 */
export type Surprise = 'yes' | 'no' | 'open';

/** When a principal was first seen on a key. */
export interface FirstSeen {
  /** The key's ARN, or its reference where no ARN is known. */
  readonly keyName: string;
  readonly principalId: string;
  readonly family: string;
  /** Epoch milliseconds. */
  readonly firstMs: number;
  /** The event of the first use; absent in items of an older Keytrail. */
  readonly eventId?: string;
  readonly surprise: Surprise;
}

/** Everybody who was seen on one key, and what follows from all of them together. */
export class KeyNewcomers {
  /** When the learning of the key ends, epoch milliseconds; infinity for a key without any use. */
  readonly learnedMs: number;
  readonly #learningMs: number;
  /** By family, the first of it. */
  readonly #families = new Map<string, FirstSeen>();

  constructor(seen: Iterable<FirstSeen>, learningMs: number) {
    this.#learningMs = learningMs;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const one of seen) {
      firstMs = Math.min(firstMs, one.firstMs);
      const known = this.#families.get(one.family);
      if (known === undefined || isBefore(one, known)) this.#families.set(one.family, one);
    }
    this.learnedMs = firstMs + learningMs;
  }

  /** The first of a family. */
  firstOf(family: string): FirstSeen | undefined {
    return this.#families.get(family);
  }

  /** The first of a family that came after learning, and not for a job that declares the key. */
  newcomerOf(family: string): FirstSeen | undefined {
    const first = this.#families.get(family);
    return first !== undefined && this.#isNew(first) ? first : undefined;
  }

  /**
   * The days whose findings differ from those under other knowledge of the same key: a family's uses are found for as
   * long after its first one as a key is learned.
   */
  daysThatDiffer(other: KeyNewcomers): string[] {
    const days = new Set<string>();
    for (const family of new Set([...this.#families.keys(), ...other.#families.keys()])) {
      const [mine, theirs] = [this.newcomerOf(family), other.newcomerOf(family)];
      if (isSame(mine, theirs)) continue;
      for (const first of [mine, theirs]) for (const day of this.#daysAfter(first)) days.add(day);
    }
    return [...days];
  }

  /** Whether the uses of a day are found for a newcomer. */
  isFoundOn(day: string, { firstMs }: FirstSeen): boolean {
    return day >= dayOf(firstMs) && dayStart(day) < firstMs + this.#learningMs;
  }

  #isNew({ firstMs, surprise }: FirstSeen): boolean {
    return surprise === 'yes' && firstMs >= this.learnedMs;
  }

  #daysAfter(first: FirstSeen | undefined): string[] {
    if (first === undefined) return [];
    const days: string[] = [];
    for (let ms = dayStart(dayOf(first.firstMs)); ms < first.firstMs + this.#learningMs; ms += DAY_MS)
      days.push(dayOf(ms));
    return days;
  }
}

function isBefore(one: FirstSeen, other: FirstSeen): boolean {
  if (one.firstMs !== other.firstMs) return one.firstMs < other.firstMs;
  return one.principalId < other.principalId;
}

function isSame(one: FirstSeen | undefined, other: FirstSeen | undefined): boolean {
  return one?.firstMs === other?.firstMs && one?.principalId === other?.principalId;
}
