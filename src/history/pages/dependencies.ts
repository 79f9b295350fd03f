import type { Observation } from '../../attribution/day.ts';
import { namesText } from '../../attribution/name-habit.ts';
import { habitsText } from '../../attribution/session-habit.ts';
import { dependencySubjectsOf, groupOfNames, subject as subjects } from '../../attribution/subjects.ts';
import { MAX_BODY_BYTES } from '../../table/content-name.ts';
import type { StoredBody } from '../../table/corrupt-item.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import { compareTexts } from '../../text/text-order.ts';

/**
 * What the judgements of a slot depend on beside its own facts (the subjects whose evidence was asked for), and what
 * its facts teach the judgements of the whole day about sessions and volumes.
 */
export interface SlotDependencies {
  /** First hour of the slot, and the hour after its last. */
  readonly from: number;
  readonly to: number;
  /** Sorted, each once. */
  readonly asked: readonly string[];
  /** Sorted, each once. */
  readonly observed: readonly Observation[];
}

interface StoredDependencies {
  readonly format: 1;
  readonly texts: readonly string[];
  readonly slots: readonly {
    readonly from: number;
    readonly to: number;
    readonly asked: readonly number[];
    /** Flat: subject, job. */
    readonly observed: readonly number[];
  }[];
}

/** Bodies of one or more items: a busy account has tens of thousands of grants and volumes a day. */
export function encodeDependencies(slots: readonly SlotDependencies[]): Uint8Array[] {
  const body = encodeTogether(slots);
  const [only, ...others] = slots;
  if (body.length <= MAX_BODY_BYTES || only === undefined) return [body];
  const halves = others.length > 0 ? halvesOf(slots) : halvesOfSlot(only);
  return halves.length === 0 ? [body] : halves.flatMap(encodeDependencies);
}

function halvesOf<T>(list: readonly T[]): [T[], T[]] {
  const half = list.length >>> 1;
  return [list.slice(0, half), list.slice(half)];
}

/** Two parts of one slot, which are joined when they are read; none where it cannot be divided. */
function halvesOfSlot({ from, to, asked, observed }: SlotDependencies): SlotDependencies[][] {
  if (asked.length < 2 && observed.length < 2) return [];
  const [askedFirst, askedRest] = halvesOf(asked);
  const [observedFirst, observedRest] = halvesOf(observed);
  return [
    [{ from, to, asked: askedFirst, observed: observedFirst }],
    [{ from, to, asked: askedRest, observed: observedRest }],
  ];
}

function encodeTogether(slots: readonly SlotDependencies[]): Uint8Array {
  const texts = new Map<string, number>();
  const number = (text: string) => {
    const known = texts.get(text) ?? texts.size;
    texts.set(text, known);
    return known;
  };
  const stored = slots.map(({ from, to, asked, observed }) => ({
    from,
    to,
    asked: asked.map(number),
    observed: observed.flatMap(([subject, jobId]) => [number(subject), number(jobId)]),
  }));
  return encodeJson({ format: 1, texts: [...texts.keys()], slots: stored } satisfies StoredDependencies);
}

/** @param items in the order in which they were written */
export function decodeDependencies(items: readonly StoredBody[]): SlotDependencies[] {
  const bySlot = new Map<number, SlotDependencies>();
  for (const part of items.flatMap(decodeTogether)) {
    const known = bySlot.get(part.from);
    bySlot.set(
      part.from,
      known === undefined
        ? part
        : {
            ...known,
            asked: [...known.asked, ...part.asked],
            observed: [...known.observed, ...part.observed],
          },
    );
  }
  return [...bySlot.values()];
}

function decodeTogether(item: StoredBody): SlotDependencies[] {
  const { texts, slots } = decodeJson<StoredDependencies>(item, 'An item of dependencies');
  const text = (number: number | undefined) => texts[number ?? -1] ?? '';
  return slots.map(({ from, to, asked, observed }) => ({
    from,
    to,
    asked: asked.map(text),
    observed: Array.from(
      { length: observed.length / 2 },
      (_, at): Observation => [text(observed[2 * at]), text(observed[2 * at + 1])],
    ),
  }));
}

/** The observations of a day: the jobs that each subject was observed with. */
export class DayObservations {
  readonly #jobs = new Map<string, Set<string>>();
  readonly #sorted = new Map<string, readonly string[]>();

  add(observations: Iterable<Observation>): void {
    for (const [subject, jobId] of observations) {
      const jobs = this.#jobs.get(subject);
      if (jobs === undefined) this.#jobs.set(subject, new Set([jobId]));
      else jobs.add(jobId);
    }
  }

  /** Sorted ids of the jobs that a subject was observed with. */
  jobsOf(subject: string): readonly string[] {
    const jobs = this.#jobs.get(subject);
    if (jobs === undefined) return NONE;
    let sorted = this.#sorted.get(subject);
    if (sorted?.length !== jobs.size) {
      sorted = [...jobs].sort();
      this.#sorted.set(subject, sorted);
    }
    return sorted;
  }

  /**
   * The differences to other observations: by the subject that judgements ask for, the jobs that are observed with it in
   * one and not in the other.
   */
  differencesTo(other: DayObservations): Map<string, Set<string>> {
    const differences = new Map<string, Set<string>>();
    const isSame = textsAlike(this, other);
    for (const subject of new Set([...this.#jobs.keys(), ...other.#jobs.keys()])) {
      const [own, others] = [this.jobsOf(subject), other.jobsOf(subject)];
      if (own.join('\n') === others.join('\n')) continue;
      for (const asked of dependencySubjectsOf(subject)) {
        if (isSame(asked)) continue;
        const jobs = differences.get(asked) ?? new Set();
        for (const job of own) if (!others.includes(job)) jobs.add(job);
        for (const job of others) if (!own.includes(job)) jobs.add(job);
        differences.set(asked, jobs);
      }
    }
    return differences;
  }

  /** What follows from the observations for those who ask for a subject; undefined if all of them count. */
  textOf(asked: string): string | undefined {
    const observed = (subject: string) => this.jobsOf(subject);
    const group = groupOfNames(asked);
    if (group !== undefined) return namesText(observed, group);
    return asked === subjects.habits ? habitsText(observed) : undefined;
  }
}

/** Whether two days' observations have the same text for a subject, each worked out once. */
function textsAlike(one: DayObservations, other: DayObservations): (asked: string) => boolean {
  const known = new Map<string, boolean>();
  return (asked) => {
    let isAlike = known.get(asked);
    if (isAlike === undefined) {
      const text = one.textOf(asked);
      isAlike = text !== undefined && text === other.textOf(asked);
      known.set(asked, isAlike);
    }
    return isAlike;
  };
}

const NONE: readonly string[] = [];

/** In one order, each once. */
export function sortedObservations(observations: Iterable<Observation>): Observation[] {
  const byText = new Map([...observations].map((each) => [each.join('\n'), each]));
  return [...byText].sort(([a], [b]) => compareTexts(a, b)).map(([, each]) => each);
}
