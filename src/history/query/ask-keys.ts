import { appendToList } from '../../append-to-list.ts';
import type { PrincipalType } from '../../cloudtrail/identity.ts';
import { type AliasFact, keyOfAlias } from '../../kms/alias-timeline.ts';
import { accountOfKeyArn, regionOfKeyArn } from '../../kms/key-arn.ts';
import { contentName } from '../../table/content-name.ts';
import { isoTime } from '../../utc-time.ts';
import type { DayDirectory } from '../pages/day-directory.ts';
import type { JobUse } from '../pages/job-page.ts';
import type { DayView } from './day-view.ts';
import type { HistoryView } from './history-view.ts';
import type { KeySummary, PrincipalSummary } from './questions.ts';

export interface Seen {
  count: number;
  firstMs: number;
  lastMs: number;
}

export interface KeySeen extends Seen {
  readonly principals: Map<string, Seen>;
  readonly jobs: Map<string, Seen>;
}

interface PrincipalSeen extends Seen {
  readonly type: PrincipalType;
  readonly accounts: Set<string | null>;
  readonly keys: Set<string>;
  readonly jobs: Set<string>;
}

/** What a key with one of its principals or jobs takes in memory, about. */
const PAIR_BYTES = 200;

/** Who used which key over all days, from the days' directories. */
export class Directory {
  readonly keys = new Map<string, KeySeen>();
  readonly principals = new Map<string, PrincipalSeen>();
  /** ARNs of the jobs that uses are joined to. */
  readonly jobs = new Set<string>();

  /** The directory of all days of a view, kept while they show the same: it must not be changed. */
  static async of(view: HistoryView): Promise<Directory> {
    const days = await view.open(view.days());
    const name = `directory ${contentName(Buffer.from(days.map((day) => day.name).join()))}`;
    const known = view.decoded.get<Directory>(name);
    if (known !== undefined) return known;
    const directory = await Directory.#read(view, days);
    const pairs = [...directory.keys.values()].reduce(
      (sum, key) => sum + key.principals.size + key.jobs.size,
      0,
    );
    view.decoded.set(name, directory, (pairs + directory.principals.size) * PAIR_BYTES);
    return directory;
  }

  static async #read(view: HistoryView, days: readonly DayView[]): Promise<Directory> {
    const directory = new Directory();
    for (const { principals, keys } of await directoriesOf(view, days)) {
      for (const key of keys) {
        for (const use of key.uses) {
          const principal = principals[use.principal];
          if (principal !== undefined) directory.#add(key.keyName, principal, use);
        }
      }
    }
    for (const jobDays of (await view.jobDaysOf(undefined, days)).values()) {
      for (const { arn, uses } of jobDays) for (const use of uses) directory.#addJob(arn, use);
    }
    return directory;
  }

  #addJob(arn: string, use: JobUse): void {
    this.jobs.add(arn);
    const jobs = this.keys.get(use.keyName)?.jobs;
    if (jobs !== undefined) addSeen(seenIn(jobs, arn, use), use);
    if (use.principal !== null) this.principals.get(use.principal)?.jobs.add(arn);
  }

  #add(
    keyName: string,
    [id, type, accountId]: readonly [string | null, string, string | null],
    use: Seen,
  ): void {
    if (keyName.startsWith('arn:')) {
      let key = this.keys.get(keyName);
      if (key === undefined) {
        key = {
          count: 0,
          firstMs: use.firstMs,
          lastMs: use.lastMs,
          principals: new Map(),
          jobs: new Map(),
        };
        this.keys.set(keyName, key);
      }
      addSeen(key, use);
      if (id !== null) addSeen(seenIn(key.principals, id, use), use);
    }
    if (id === null) return;
    let principal = this.principals.get(id);
    if (principal === undefined) {
      principal = {
        count: 0,
        firstMs: use.firstMs,
        lastMs: use.lastMs,
        type: type as PrincipalType,
        accounts: new Set(),
        keys: new Set(),
        jobs: new Set(),
      };
      this.principals.set(id, principal);
    }
    addSeen(principal, use);
    principal.accounts.add(accountId);
    if (keyName.startsWith('arn:')) principal.keys.add(keyName);
  }
}

const DAYS_AT_ONCE = 32;

async function directoriesOf(view: HistoryView, days: readonly DayView[]): Promise<DayDirectory[]> {
  const directories: DayDirectory[] = [];
  for (let start = 0; start < days.length; start += DAYS_AT_ONCE) {
    await view.turn();
    const some = days.slice(start, start + DAYS_AT_ONCE);
    directories.push(...(await Promise.all(some.map((day) => day.directory()))));
  }
  return directories;
}

function seenIn(all: Map<string, Seen>, name: string, use: Seen): Seen {
  let seen = all.get(name);
  if (seen === undefined) {
    seen = { count: 0, firstMs: use.firstMs, lastMs: use.lastMs };
    all.set(name, seen);
  }
  return seen;
}

function addSeen(total: Seen, use: Seen): void {
  total.count += use.count;
  total.firstMs = Math.min(total.firstMs, use.firstMs);
  total.lastMs = Math.max(total.lastMs, use.lastMs);
}

/** The aliases that mean each key now. */
export function aliasesByKey(aliases: ReadonlyMap<string, readonly AliasFact[]>): Map<string, string[]> {
  const byKey = new Map<string, string[]>();
  for (const [name, facts] of aliases) {
    const keyArn = keyOfAlias(facts, Number.POSITIVE_INFINITY);
    if (keyArn === undefined) continue;
    const alias = name.slice(name.indexOf('/', name.indexOf('/') + 1) + 1);
    appendToList(byKey, keyArn, alias);
  }
  for (const list of byKey.values()) list.sort();
  return byKey;
}

export function keySummary(
  arn: string,
  seen: KeySeen,
  aliases: readonly string[],
  openAlerts: number,
): KeySummary {
  return {
    arn,
    aliases,
    accountId: accountOfKeyArn(arn),
    region: regionOfKeyArn(arn),
    firstSeen: isoTime(seen.firstMs),
    lastSeen: isoTime(seen.lastMs),
    uses: seen.count,
    principals: seen.principals.size,
    jobs: seen.jobs.size,
    openAlerts,
  };
}

export function principalSummary(id: string, seen: PrincipalSeen): PrincipalSummary {
  const accounts = [...seen.accounts].filter((account) => account !== null);
  const [accountId] = accounts;
  return {
    id,
    type: seen.type,
    // A service acts in many accounts: then none is its own.
    ...(accounts.length === 1 && accountId !== undefined ? { accountId } : {}),
    firstSeen: isoTime(seen.firstMs),
    lastSeen: isoTime(seen.lastMs),
    uses: seen.count,
    keys: seen.keys.size,
    jobs: seen.jobs.size,
  };
}
