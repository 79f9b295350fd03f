import type { AttributionStatus } from '../attribution/judgement.ts';
import type { JobPart } from '../sagemaker/encryption-posture.ts';
import { decodeJson, encodeJson } from './json-body.ts';

/** What the rows of a group have in common beside key and hour. Append only: stored by position. */
export type GroupMembers = readonly [
  principalId: string | null,
  principalType: string,
  principalAccount: string | null,
  operation: string,
  category: string,
  outcome: string,
  accountId: string | null,
  region: string | null,
  status: AttributionStatus,
  /** ARNs of the jobs that the rows list. */
  jobs: readonly string[],
  /** Further accounts of folded copies, for the filter by account. */
  accounts: readonly string[],
  /** Of each job the run that is meant, by its creation time; null where that is not known or not one. */
  runs: readonly (number | null)[],
  /** What of its job the rows concern, where one job made them and that is known. */
  part: JobPart | null,
];

/** Positions in `GroupMembers`. */
export const MEMBER = {
  principalId: 0,
  principalType: 1,
  principalAccount: 2,
  operation: 3,
  category: 4,
  outcome: 5,
  accountId: 6,
  region: 7,
  status: 8,
  jobs: 9,
  accounts: 10,
  runs: 11,
  part: 12,
} as const;

/** Rows of one key and hour that are alike; times are epoch milliseconds. */
export interface Group {
  readonly hour: number;
  readonly members: GroupMembers;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Where a slot keeps a key's rows of one kind: `count` rows of a chunk from row `start`. */
export interface RowRange {
  /** First hour of the slot. */
  readonly slot: number;
  readonly chunk: string;
  readonly start: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly isException: boolean;
}

/** One key, or one reference that no key is known for, on one day. */
export interface KeyDay {
  /** The key's ARN, or `ref:<account>/<region>/<reference>`, or `none:<account>/<region>`. */
  readonly partition: string;
  readonly keyArn?: string;
  readonly keyRef?: string;
  readonly groups: readonly Group[];
  readonly ranges: readonly RowRange[];
}

interface StoredPage {
  readonly members: readonly GroupMembers[];
  readonly chunks: readonly string[];
  readonly keys: readonly StoredKey[];
}

interface StoredKey {
  readonly p: string;
  readonly k?: string;
  readonly r?: string;
  /** Flat: hour, members, count, first and last milliseconds of the hour. */
  readonly g: readonly number[];
  /** Flat: slot, chunk, start, count, first and last seconds of the day, exception (0 or 1). */
  readonly c: readonly number[];
}

const GROUP_NUMBERS = 5;
const RANGE_NUMBERS = 7;
const HOUR_MS = 3_600_000;

/** A page: the key-days of one bucket of keys. @param dayStartMs of the day, epoch milliseconds */
export function encodePage(keyDays: readonly KeyDay[], dayStartMs: number): Uint8Array {
  const members = new Numbering<GroupMembers>((value) => JSON.stringify(value));
  const chunks = new Numbering<string>((value) => value);
  const keys = keyDays.map((keyDay): StoredKey => {
    const g = keyDay.groups.flatMap((group) => {
      const hourStart = dayStartMs + group.hour * HOUR_MS;
      return [
        group.hour,
        members.number(group.members),
        group.count,
        group.firstMs - hourStart,
        group.lastMs - hourStart,
      ];
    });
    const c = keyDay.ranges.flatMap((range) => [
      range.slot,
      chunks.number(range.chunk),
      range.start,
      range.count,
      range.firstMs - dayStartMs,
      range.lastMs - dayStartMs,
      range.isException ? 1 : 0,
    ]);
    return {
      p: keyDay.partition,
      ...(keyDay.keyArn === undefined || keyDay.keyArn === keyDay.partition ? {} : { k: keyDay.keyArn }),
      ...(keyDay.keyRef === undefined ? {} : { r: keyDay.keyRef }),
      g,
      c,
    };
  });
  return encodeJson({ members: members.values, chunks: chunks.values, keys } satisfies StoredPage);
}

export function decodePage(body: Uint8Array | undefined, dayStartMs: number): KeyDay[] {
  const page = decodeJson<StoredPage>(body, 'A page of key-days');
  return page.keys.map((key): KeyDay => {
    const groups: Group[] = [];
    for (let i = 0; i + GROUP_NUMBERS <= key.g.length; i += GROUP_NUMBERS) {
      const [hour, member, count, first, last] = key.g.slice(i, i + GROUP_NUMBERS) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const hourStart = dayStartMs + hour * HOUR_MS;
      groups.push({
        hour,
        members: page.members[member] as GroupMembers,
        count,
        firstMs: hourStart + first,
        lastMs: hourStart + last,
      });
    }
    const ranges: RowRange[] = [];
    for (let i = 0; i + RANGE_NUMBERS <= key.c.length; i += RANGE_NUMBERS) {
      const numbers = key.c.slice(i, i + RANGE_NUMBERS) as number[];
      ranges.push({
        slot: numbers[0] as number,
        chunk: page.chunks[numbers[1] as number] as string,
        start: numbers[2] as number,
        count: numbers[3] as number,
        firstMs: dayStartMs + (numbers[4] as number),
        lastMs: dayStartMs + (numbers[5] as number),
        isException: numbers[6] === 1,
      });
    }
    const keyArn = key.k ?? (key.p.startsWith('arn:') ? key.p : undefined);
    return {
      partition: key.p,
      ...(keyArn === undefined ? {} : { keyArn }),
      ...(key.r === undefined ? {} : { keyRef: key.r }),
      groups,
      ranges,
    };
  });
}

class Numbering<T> {
  readonly values: T[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #name: (value: T) => string;

  constructor(name: (value: T) => string) {
    this.#name = name;
  }

  number(value: T): number {
    const name = this.#name(value);
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.values.length;
      this.values.push(value);
      this.#numbers.set(name, number);
    }
    return number;
  }
}
