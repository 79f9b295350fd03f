import { HOUR_MS } from '../../utc-time.ts';
import { AT, type Profile } from '../facts/fact.ts';
import { type JudgedJobs, judgedJobs } from '../facts/judgement-text.ts';
import type { RowSet } from '../facts/row-set.ts';
import type { Group, GroupMembers } from '../pages/key-page.ts';

/** Rows `[start, start + count)` of chunk number `chunk` of this slot are this partition's. */
interface PartitionRange {
  readonly chunk: number;
  readonly start: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly isException: boolean;
}

export interface SealedPartition {
  readonly partition: string;
  readonly keyArn?: string;
  readonly keyRef?: string;
  readonly groups: Group[];
  readonly ranges: PartitionRange[];
}

/** Where the rows of a slot were laid: for each row its chunk's number and its place in it. */
export interface RowPlaces {
  readonly chunkOf: Uint32Array;
  readonly placeOf: Uint32Array;
}

/**
 * Sums rows up by key and hour, and says where each key's rows lie.
 * @param visible in the order of their chunks
 */
export function summarise(
  facts: RowSet,
  visible: Uint32Array,
  profiles: ProfileFacts,
  { chunkOf, placeOf }: RowPlaces,
  dayStartMs: number,
): SealedPartition[] {
  const partitions = new Map<string, SealedPartition>();
  const members = new MembersOfRows(facts, profiles);
  let current: SealedPartition | undefined;
  let currentKey = '';
  let groups = new Map<number, Mutable<Group>>();
  const groupsOf = new Map<string, Map<number, Mutable<Group>>>();
  let range: Mutable<PartitionRange> | undefined;
  for (const row of visible) {
    const profileNumber = facts.profile[row] as number;
    const partition = profiles.partition(profileNumber);
    if (current === undefined || partition !== currentKey) {
      currentKey = partition;
      range = undefined;
      current = partitions.get(partition);
      if (current === undefined) {
        const profile = profiles.get(profileNumber);
        const keyArn = profile[AT.keyArn];
        const keyRef = keyArn === null ? profile[AT.keyRef] : null;
        current = {
          partition,
          ...(keyArn === null ? {} : { keyArn }),
          ...(keyRef === null ? {} : { keyRef }),
          groups: [],
          ranges: [],
        };
        partitions.set(partition, current);
        groupsOf.set(partition, new Map());
      }
      groups = groupsOf.get(partition) as Map<number, Mutable<Group>>;
    }
    const time = facts.times[row] as number;
    const chunk = chunkOf[row] as number;
    if (range === undefined || range.chunk !== chunk) {
      range = {
        chunk,
        start: placeOf[row] as number,
        count: 0,
        firstMs: time,
        lastMs: time,
        isException: profiles.isException(row),
      };
      current.ranges.push(range);
    }
    range.count++;
    range.lastMs = time;
    const hour = Math.floor((time - dayStartMs) / HOUR_MS);
    const member = members.number(row);
    const groupKey = member * 24 + hour;
    const group = groups.get(groupKey);
    if (group === undefined) {
      const made = { hour, members: members.members(member), count: 1, firstMs: time, lastMs: time };
      groups.set(groupKey, made);
      current.groups.push(made);
    } else {
      group.count++;
      if (time < group.firstMs) group.firstMs = time;
      if (time > group.lastMs) group.lastMs = time;
    }
  }
  return [...partitions.values()];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

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
    // Rows that were folded are the only ones whose extra tells of accounts.
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

/** What is asked of the profiles of a set, worked out once for each. */
export class ProfileFacts {
  readonly #facts: RowSet;
  readonly #partitions: (string | undefined)[] = [];

  constructor(facts: RowSet) {
    this.#facts = facts;
  }

  get(number: number): Profile {
    return this.#facts.profileAt(number);
  }

  partition(number: number): string {
    let partition = this.#partitions[number];
    if (partition === undefined) {
      partition = partitionOf(this.get(number));
      this.#partitions[number] = partition;
    }
    return partition;
  }

  isException(row: number): boolean {
    return this.get(this.#facts.profile[row] as number)[AT.outcome] !== 'success';
  }
}

/** Under which name a key's uses lie together: its ARN, else what they called it, by account and Region. */
export function partitionOf(profile: Profile): string {
  const keyArn = profile[AT.keyArn];
  if (keyArn !== null) return keyArn;
  const place = `${profile[AT.accountId] ?? ''}/${profile[AT.region] ?? ''}`;
  const keyRef = profile[AT.keyRef];
  return keyRef === null ? `none:${place}` : `ref:${place}/${keyRef}`;
}
