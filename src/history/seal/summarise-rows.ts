import { HOUR_MS } from '../../utc-time.ts';
import { AT, type Profile } from '../facts/fact.ts';
import { type JudgedJobs, judgedJobs } from '../facts/judgement-text.ts';
import { keyNameOf } from '../facts/key-name.ts';
import type { RowSet } from '../facts/row-set.ts';
import type { Group, GroupMembers } from '../pages/key-day.ts';

/** Rows `[start, start + count)` of chunk number `chunk` of this slot are this key's. */
interface KeyRange {
  readonly chunk: number;
  readonly start: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly isException: boolean;
}

/** What the rows of a slot amount to for one key, and where they lie. */
export interface SealedKey {
  readonly keyName: string;
  readonly keyArn?: string;
  readonly keyRef?: string;
  readonly groups: readonly Group[];
  readonly ranges: readonly KeyRange[];
}

/** By row, the number of its chunk and its place in that. */
export interface RowPlaces {
  readonly chunkOf: Uint32Array;
  readonly placeOf: Uint32Array;
}

/**
 * Sums rows up by key and hour, and says where each key's rows lie.
 * @param visible in the order of their chunks, the rows of a key in a chunk next to each other
 */
export function summarise(
  facts: RowSet,
  visible: Uint32Array,
  profiles: ProfileFacts,
  { chunkOf, placeOf }: RowPlaces,
  dayStartMs: number,
): SealedKey[] {
  const sums = new Map<string, KeySums>();
  const members = new MembersOfRows(facts, profiles);
  let current: KeySums | undefined;
  for (const row of visible) {
    const profile = facts.profile[row] as number;
    const keyName = profiles.keyName(profile);
    if (current?.keyName !== keyName) {
      current = sums.get(keyName);
      if (current === undefined) {
        current = new KeySums(keyName, profiles.get(profile));
        sums.set(keyName, current);
      }
    }
    const timeMs = facts.times[row] as number;
    current.addToRange(chunkOf[row] as number, placeOf[row] as number, timeMs, profiles.isException(row));
    current.addToGroup(members, row, Math.floor((timeMs - dayStartMs) / HOUR_MS), timeMs);
  }
  return [...sums.values()].map((key) => key.sealed());
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Sums up the rows of one key. */
class KeySums {
  readonly keyName: string;
  readonly #keyArn: string | null;
  readonly #keyRef: string | null;
  readonly #groups = new Map<number, Mutable<Group>>();
  readonly #ranges: KeyRange[] = [];
  #range: Mutable<KeyRange> | undefined;

  constructor(keyName: string, profile: Profile) {
    this.keyName = keyName;
    this.#keyArn = profile[AT.keyArn];
    this.#keyRef = this.#keyArn === null ? profile[AT.keyRef] : null;
  }

  addToRange(chunk: number, place: number, timeMs: number, isException: boolean): void {
    let range = this.#range;
    if (range === undefined || range.chunk !== chunk) {
      range = { chunk, start: place, count: 0, firstMs: timeMs, lastMs: timeMs, isException };
      this.#range = range;
      this.#ranges.push(range);
    }
    range.count++;
    range.lastMs = timeMs;
  }

  addToGroup(members: MembersOfRows, row: number, hour: number, timeMs: number): void {
    const member = members.number(row);
    const name = member * 24 + hour;
    const group = this.#groups.get(name);
    if (group === undefined) {
      const made = { hour, members: members.members(member), count: 1, firstMs: timeMs, lastMs: timeMs };
      this.#groups.set(name, made);
      return;
    }
    group.count++;
    if (timeMs < group.firstMs) group.firstMs = timeMs;
    if (timeMs > group.lastMs) group.lastMs = timeMs;
  }

  sealed(): SealedKey {
    return {
      keyName: this.keyName,
      ...(this.#keyArn === null ? {} : { keyArn: this.#keyArn }),
      ...(this.#keyRef === null ? {} : { keyRef: this.#keyRef }),
      groups: [...this.#groups.values()],
      ranges: this.#ranges,
    };
  }
}

/** Numbers of judgements fit below this beside those of profiles. */
const JUDGEMENTS_BELOW = 2 ** 26;

/** The `GroupMembers` of rows, numbered. */
class MembersOfRows {
  readonly #facts: RowSet;
  readonly #profiles: ProfileFacts;
  readonly #list: GroupMembers[] = [];
  readonly #byText = new Map<string, number>();
  readonly #byRow = new Map<number, number>();
  readonly #judgements: JudgedJobs[] = [];

  constructor(facts: RowSet, profiles: ProfileFacts) {
    this.#facts = facts;
    this.#profiles = profiles;
  }

  number(row: number): number {
    const profile = this.#facts.profile[row] as number;
    const judgement = this.#facts.judgement[row] as number;
    const extra = this.#facts.extra[row] as number;
    // Only folded rows have accounts in their extra.
    const hasAccounts = extra !== 0 && this.#facts.extras.text(extra).includes('"accounts"');
    const key = hasAccounts ? -1 : profile * JUDGEMENTS_BELOW + judgement;
    if (key !== -1) {
      const known = this.#byRow.get(key);
      if (known !== undefined) return known;
    }
    const p = this.#profiles.get(profile);
    const judged = this.#judged(judgement);
    const accounts = hasAccounts ? (this.#facts.extraAt(extra).accounts ?? []) : [];
    const members: GroupMembers = [
      p[AT.principalId],
      p[AT.principalType],
      p[AT.principalAccount],
      p[AT.operation],
      p[AT.category],
      p[AT.outcome],
      p[AT.accountId],
      p[AT.region],
      judged.status,
      judged.jobs,
      accounts,
      judged.runs,
      judged.part,
      p[AT.keyMaterialId] ?? null,
    ];
    const text = JSON.stringify(members);
    let number = this.#byText.get(text);
    if (number === undefined) {
      number = this.#list.length;
      this.#list.push(members);
      this.#byText.set(text, number);
    }
    if (key !== -1) this.#byRow.set(key, number);
    return number;
  }

  #judged(number: number): JudgedJobs {
    let judged = this.#judgements[number];
    if (judged === undefined) {
      judged = judgedJobs(this.#facts.judgements.text(number));
      this.#judgements[number] = judged;
    }
    return judged;
  }

  members(number: number): GroupMembers {
    return this.#list[number] as GroupMembers;
  }
}

/** Properties of the profiles of a set, worked out once for each. */
export class ProfileFacts {
  readonly #facts: RowSet;
  readonly #keyNames: (string | undefined)[] = [];

  constructor(facts: RowSet) {
    this.#facts = facts;
  }

  get(number: number): Profile {
    return this.#facts.profileAt(number);
  }

  keyName(number: number): string {
    let keyName = this.#keyNames[number];
    if (keyName === undefined) {
      keyName = keyNameOf(this.get(number));
      this.#keyNames[number] = keyName;
    }
    return keyName;
  }

  isException(row: number): boolean {
    return this.get(this.#facts.profile[row] as number)[AT.outcome] !== 'success';
  }
}
