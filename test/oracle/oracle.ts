import type {
  GroupDimension,
  KeySummary,
  PrincipalSummary,
  UsageFilter,
  UsageGroup,
  UsageRow,
} from '../../src/history/query/questions.ts';
import {
  type AliasKnowledge,
  formatTime,
  type OracleRow,
  parseEventTime,
  placeOfAlias,
  type RecordFacts,
  readRecord,
} from './facts.ts';
import { canonical, isObject, type Json, leavesOf, objectIn, textIn } from './json.ts';

export interface ImportCounts {
  readonly records: number;
  readonly kmsEvents: number;
  readonly usageRows: number;
  readonly duplicates: number;
  readonly folded: number;
  readonly jobEvents: number;
  readonly quarantined: number;
}

/** One event in the history and the accounts that `account=` finds it by. */
interface AssembledRow {
  readonly row: OracleRow;
  readonly atMs: number;
  readonly accounts: ReadonlySet<string>;
}

const THIRTY_DAYS_MS = 30 * 24 * 3_600_000;

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/**
 * A row as tests compare it: without attribution and expectations, with what the contract leaves open made
 * equal. Copies are in order, a lone copy is none, and empty objects and lists are absent.
 */
export function comparable(row: UsageRow | OracleRow): Json {
  const entries = Object.entries(row).filter(
    ([name]) => !['attribution', 'expected', 'expectation', 'source', 'otherSources'].includes(name),
  );
  const pruned = prune(Object.fromEntries(entries));
  const { copies, ...rest } = isObject(pruned) ? pruned : {};
  return Array.isArray(copies) && copies.length > 1 ? { ...rest, copies: [...copies].sort() } : rest;
}

function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .map(([name, member]) => [name, prune(member)] as const)
    .filter(([, member]) => member !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Groups in an order that depends on their dimensions only. */
export function sortGroups(groups: readonly UsageGroup[]): UsageGroup[] {
  const dimensions = ({ count, ambiguousCount, firstSeen, lastSeen, ...rest }: UsageGroup) => canonical(rest);
  return [...groups].sort((one, other) => byText(dimensions(one), dimensions(other)));
}

const encodingOf = (facts: RecordFacts): string => canonical(facts.rows);
const leafCount = (facts: RecordFacts): number => leavesOf(facts.rows).length;

/**
 * Which of two versions of one event is kept: the one with more leaves in its rows as the record by itself
 * gives them, then the one whose canonical JSON is shorter, then the one that sorts first.
 */
function saysMore(one: RecordFacts, other: RecordFacts): number {
  const [first, second] = [encodingOf(one), encodingOf(other)];
  return leafCount(other) - leafCount(one) || first.length - second.length || byText(first, second);
}

/** Whether `one` says all that `other` does, in the same words, and more. */
function dominates(one: RecordFacts, other: RecordFacts): boolean {
  const [more, less] = [new Set(leavesOf(one.rows)), leavesOf(other.rows)];
  return more.size > less.length && less.every((leaf) => more.has(leaf));
}

/** Every way to take one element of each list. */
function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>(
    (taken, list) => taken.flatMap((before) => list.map((element) => [...before, element])),
    [[]],
  );
}

/**
 * The contract, done the slow and plain way, in memory: every record is kept, every question is answered by
 * working everything out again. What an implementation answers is compared with this.
 */
export class Oracle {
  #records = 0;
  #kmsEvents = 0;
  #jobEvents = 0;
  #quarantined = 0;
  readonly #versions = new Map<string, RecordFacts[]>();
  readonly #aliases: AliasKnowledge[] = [];

  /** Takes a CloudTrail record or an EventBridge envelope. */
  add(record: unknown): void {
    this.#records += 1;
    if (!isObject(record)) {
      this.#quarantined += 1;
      return;
    }
    const detailType = textIn(record, 'detail-type');
    if (detailType === undefined) {
      this.#addRecord(record);
    } else if (detailType.endsWith(' via CloudTrail')) {
      this.#addRecord(objectIn(record, 'detail'));
    } else if (detailType.startsWith('SageMaker ')) {
      this.#jobEvents += 1;
    }
  }

  #addRecord(record: Json): void {
    const source = textIn(record, 'eventSource');
    if (source === 'sagemaker.amazonaws.com') this.#jobEvents += 1;
    if (source !== 'kms.amazonaws.com') return;
    this.#kmsEvents += 1;
    const read = readRecord(record);
    if ('reason' in read) {
      this.#quarantined += 1;
      return;
    }
    const versions = this.#versions.get(read.facts.eventId) ?? [];
    versions.push(read.facts);
    this.#versions.set(read.facts.eventId, versions);
    this.#aliases.push(...read.aliases);
  }

  importCounts(): ImportCounts {
    const events = this.#winners();
    const groups = this.#groups(events).length;
    return {
      records: this.#records,
      kmsEvents: this.#kmsEvents,
      usageRows: this.rows().length,
      duplicates: [...this.#versions.values()].flat().length - events.length,
      folded: events.length - groups,
      jobEvents: this.#jobEvents,
      quarantined: this.#quarantined,
    };
  }

  rows(): OracleRow[] {
    return this.#assemble(this.#winners()).map(({ row }) => row);
  }

  usage(filter: UsageFilter): OracleRow[] {
    return this.#matching(filter).map(({ row }) => row);
  }

  summary(filter: UsageFilter, groupBy: readonly GroupDimension[]): UsageGroup[] {
    const groups = new Map<string, UsageGroup>();
    for (const { row, atMs } of this.#matching(filter)) {
      const members: Partial<Record<GroupDimension, string>> = {};
      for (const dimension of groupBy) {
        const value = dimensionOf(row, atMs, dimension);
        if (value !== undefined) members[dimension] = value;
      }
      const before = groups.get(canonical(members));
      groups.set(canonical(members), {
        ...members,
        count: (before?.count ?? 0) + 1,
        ...(groupBy.includes('job') ? { ambiguousCount: 0 } : {}),
        // Rows come oldest first.
        firstSeen: before?.firstSeen ?? row.eventTime,
        lastSeen: row.eventTime,
      });
    }
    return sortGroups([...groups.values()]);
  }

  event(eventId: string): OracleRow[] {
    return this.rows().filter((row) => row.eventId === eventId || row.copies?.includes(eventId));
  }

  keys(): KeySummary[] {
    const rows = this.rows();
    const arns = [...new Set(rows.flatMap(({ keyArn }) => keyArn ?? []))].sort();
    return arns.map((arn) => {
      const uses = rows.filter(({ keyArn }) => keyArn === arn);
      const [, , , region = '', accountId = ''] = arn.split(':');
      return {
        arn,
        aliases: this.#aliasesNow(arn),
        accountId,
        region,
        ...seen(uses),
        uses: uses.length,
        principals: new Set(uses.flatMap(({ principal }) => principal.id ?? [])).size,
        jobs: 0,
        openAlerts: 0,
      };
    });
  }

  principals(): PrincipalSummary[] {
    const rows = this.rows();
    const ids = [...new Set(rows.flatMap(({ principal }) => principal.id ?? []))].sort();
    return ids.flatMap((id) => {
      const uses = rows.filter(({ principal }) => principal.id === id);
      const type = uses.at(-1)?.principal.type;
      if (type === undefined) return [];
      const accounts = new Set(uses.flatMap(({ principal }) => principal.accountId ?? []));
      const [accountId] = accounts;
      return {
        id,
        type,
        ...(accounts.size === 1 && accountId !== undefined ? { accountId } : {}),
        ...seen(uses),
        uses: uses.length,
        keys: new Set(uses.flatMap(({ keyArn }) => keyArn ?? [])).size,
        jobs: 0,
      };
    });
  }

  /**
   * What the event's rows would be if other versions of it, or of its folded copies, had won: one list of
   * rows for each choice, the oracle's own among them.
   */
  alternatives(eventId: string): OracleRow[][] {
    return this.#alternatives(eventId, (versions) => versions);
  }

  /** The alternatives whose versions no other version outdoes: an implementation may answer any of them. */
  acceptable(eventId: string): OracleRow[][] {
    return this.#alternatives(eventId, (versions) =>
      versions.filter((version) => !versions.some((other) => dominates(other, version))),
    );
  }

  #alternatives(
    eventId: string,
    eligible: (versions: readonly RecordFacts[]) => readonly RecordFacts[],
  ): OracleRow[][] {
    const events = this.#winners();
    const group = this.#groups(events).find((copies) => copies.some((copy) => copy.eventId === eventId));
    if (group === undefined) return [];
    const ids = new Set(group.map((copy) => copy.eventId));
    const others = events.filter((event) => !ids.has(event.eventId));
    const distinct = group.map((copy) => [
      ...new Map(
        (this.#versions.get(copy.eventId) ?? []).map((facts) => [encodingOf(facts), facts]),
      ).values(),
    ]);
    const answers = product(distinct.map((versions) => eligible(versions))).map((choice) =>
      this.#assemble([...others, ...choice])
        .map(({ row }) => row)
        .filter((row) => ids.has(row.eventId)),
    );
    return [...new Map(answers.map((rows) => [canonical(rows), rows])).values()];
  }

  #winners(): RecordFacts[] {
    return [...this.#versions.values()].flatMap((versions) => [...versions].sort(saysMore)[0] ?? []);
  }

  /** Copies of one event together, the one that gives its members first. */
  #groups(events: readonly RecordFacts[]): RecordFacts[][] {
    const groups = Map.groupBy(events, ({ eventId, rows }) => {
      const shared = rows[0]?.sharedEventId;
      return shared === undefined ? `event ${eventId}` : `shared ${shared}`;
    });
    return [...groups.values()].map((copies) =>
      copies.sort(
        (one, other) => Number(other.callersCopy) - Number(one.callersCopy) || saysMore(one, other),
      ),
    );
  }

  #assemble(events: readonly RecordFacts[]): AssembledRow[] {
    const folded = this.#groups(events).flatMap((copies) => this.#fold(copies));
    const assembled = folded.map(({ row, ...rest }) => {
      const ids = new Set([row.eventId, ...(row.copies ?? [])]);
      // Of several addenda to one event the newest stands.
      const newest = folded
        .filter((other) => other.row.supersedes !== undefined && ids.has(other.row.supersedes))
        .filter((other) => !ids.has(other.row.eventId))
        .sort(byPosition)
        .at(-1);
      return { row: newest === undefined ? row : { ...row, supersededBy: newest.row.eventId }, ...rest };
    });
    return assembled.sort(byPosition);
  }

  #fold(copies: readonly RecordFacts[]): AssembledRow[] {
    const [primary] = copies;
    if (primary === undefined) return [];
    const roles = new Set(copies.flatMap(({ rows }) => rows.map(({ keyRole }) => keyRole)));
    return [...roles].map((role) => {
      const versions = copies.flatMap(({ rows }) => rows.filter(({ keyRole }) => keyRole === role));
      // Later ones in the spread win: the primary copy comes last.
      const merged: OracleRow = Object.assign({}, ...versions.toReversed());
      const ids = copies.map(({ eventId }) => eventId).sort();
      const whole: OracleRow = {
        ...merged,
        eventId: primary.eventId,
        eventTime: formatTime(primary.eventTimeMs),
        ...(ids.length > 1 ? { copies: ids } : {}),
      };
      const row = this.#resolve(whole, primary.eventTimeMs);
      const accounts = [
        row.principal.accountId,
        row.keyArn?.split(':')[4],
        ...versions.map(({ accountId }) => accountId),
      ];
      return { row, atMs: primary.eventTimeMs, accounts: new Set(accounts.flatMap((id) => id ?? [])) };
    });
  }

  #resolve(row: OracleRow, atMs: number): OracleRow {
    if (row.keyArn !== undefined) return row;
    const place = placeOfAlias(row.keyRef, row.accountId, row.region);
    if (place === undefined) return row;
    const deletes = row.operation === 'DeleteAlias' && row.outcome === 'success';
    const keyArn = this.#keyOfAlias(place, atMs, deletes);
    return keyArn === undefined ? row : { ...row, keyArn, keyFrom: 'alias' };
  }

  /**
   * The key that an alias meant at a time: as last known then; else as next known, where that was a mere
   * sighting of what had been so already. A deletion means none, save for the deletion itself.
   */
  #keyOfAlias(place: string, atMs: number, deletes: boolean): string | undefined {
    const rank = { deleted: 0, seen: 1, set: 2 };
    const known = this.#aliases
      .filter((knowledge) => knowledge.place === place)
      .sort(
        (one, other) =>
          one.atMs - other.atMs ||
          rank[one.fact.kind] - rank[other.fact.kind] ||
          byText(canonical(one.fact), canonical(other.fact)),
      );
    const before = known.filter(
      (knowledge) =>
        knowledge.atMs < atMs || (knowledge.atMs === atMs && !(deletes && knowledge.fact.kind === 'deleted')),
    );
    const last = before.at(-1)?.fact;
    if (last !== undefined) return last.kind === 'deleted' ? undefined : last.key;
    if (deletes) return undefined;
    const next = known.find((knowledge) => knowledge.atMs > atMs)?.fact;
    if (next?.kind === 'seen') return next.key;
    return next?.kind === 'deleted' ? next.keyBefore : undefined;
  }

  /** Names of the aliases that mean the key by all that is known. */
  #aliasesNow(keyArn: string): string[] {
    const places = [...new Set(this.#aliases.map(({ place }) => place))];
    const meant = places.filter(
      (place) => this.#keyOfAlias(place, Number.POSITIVE_INFINITY, false) === keyArn,
    );
    return [...new Set(meant.flatMap((place) => place.split('|')[2] ?? []))].sort();
  }

  #matching(filter: UsageFilter): AssembledRow[] {
    const all = this.#assemble(this.#winners());
    const toMs = filter.toMs ?? (all.at(-1)?.atMs ?? 0) + 1;
    const fromMs = filter.fromMs ?? toMs - THIRTY_DAYS_MS;
    const matches = <T>(wanted: readonly T[] | undefined, has: (value: T) => boolean): boolean =>
      wanted === undefined || wanted.length === 0 || wanted.some(has);
    return all.filter(
      ({ row, atMs, accounts }) =>
        atMs >= fromMs &&
        atMs < toMs &&
        matches(filter.key, (key) => this.#meansKeyOf(key, row)) &&
        matches(filter.principal, (id) => row.principal.id === id) &&
        matches(filter.job, () => false) &&
        matches(filter.operation, (operation) => row.operation === operation) &&
        matches(filter.category, (category) => row.category === category) &&
        matches(filter.outcome, (outcome) => row.outcome === outcome) &&
        matches(filter.status, (status) => status === 'none') &&
        matches(filter.account, (account) => accounts.has(account)) &&
        matches(filter.region, (region) => row.region === region) &&
        matches(filter.expected, () => false),
    );
  }

  /** By ARN or bare id; by alias the key that it means now; and what a row without key ARN said. */
  #meansKeyOf(reference: string, row: OracleRow): boolean {
    if (row.keyArn === undefined) return row.keyRef === reference;
    if (row.keyArn === reference || row.keyArn.split(':key/')[1] === reference) return true;
    const [, , , region, account] = row.keyArn.split(':');
    const place = placeOfAlias(reference, account, region);
    return place !== undefined && this.#keyOfAlias(place, Number.POSITIVE_INFINITY, false) === row.keyArn;
  }
}

/** The contract's order of rows. */
function byPosition(one: AssembledRow, other: AssembledRow): number {
  return (
    one.atMs - other.atMs ||
    byText(one.row.eventId, other.row.eventId) ||
    byText(one.row.keyRole ?? '', other.row.keyRole ?? '')
  );
}

function seen(rows: readonly OracleRow[]): { firstSeen: string; lastSeen: string } {
  const times = rows.map(({ eventTime }) => parseEventTime(eventTime) ?? Number.NaN);
  return { firstSeen: formatTime(Math.min(...times)), lastSeen: formatTime(Math.max(...times)) };
}

function dimensionOf(row: OracleRow, atMs: number, dimension: GroupDimension): string | undefined {
  const time = new Date(atMs).toISOString();
  switch (dimension) {
    case 'key':
      return row.keyArn ?? row.keyRef;
    case 'principal':
      return row.principal.id;
    case 'job':
      return undefined;
    case 'operation':
      return row.operation;
    case 'category':
      return row.category;
    case 'outcome':
      return row.outcome;
    case 'status':
      return 'none';
    case 'account':
      return row.accountId;
    case 'region':
      return row.region;
    case 'hour':
      return `${time.slice(0, 13)}:00:00Z`;
    case 'day':
      return time.slice(0, 10);
    default:
      return dimension satisfies never;
  }
}
