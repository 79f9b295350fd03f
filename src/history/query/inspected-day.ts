import type { JoinedTo } from '../../expectations/inspected-use.ts';
import { isReadOnlyCall } from '../../kms/operation-category.ts';
import { contentName } from '../../table/content-name.ts';
import { type Extra, parseSession, SESSION_AT } from '../facts/fact.ts';
import type { RowSet } from '../facts/row-set.ts';
import { type Group, MEMBER } from '../pages/key-day.ts';
import type { DayView } from './day-view.ts';
import type { HistoryView } from './history-view.ts';
import { InspectedRow, joinedToOf } from './inspected-row.ts';

/** What one principal did with one key on a day. Times are epoch milliseconds. */
export interface PairUse {
  readonly keyName: string;
  readonly principalId: string | null;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Uses of one key by one principal in one hour of a day. */
export interface HourlyUse {
  readonly keyName: string;
  readonly principalId: string | null;
  readonly day: string;
  readonly hour: number;
  readonly count: number;
}

/** A day of the history as detection reads it. */
export class InspectedDay {
  readonly #view: DayView;

  constructor(view: DayView) {
    this.#view = view;
  }

  get day(): string {
    return this.#view.day;
  }

  /** Names what the day shows: two views with one name show the same. */
  get name(): string {
    return this.#view.name;
  }

  /**
   * Names what rules see of the day: its rows with their judgements, and how often what is known of jobs changed for it. A
   * day that is sealed again without anything new keeps the name; one that is not sealed has the name of its view.
   */
  async contentName(): Promise<string> {
    if (this.#view.isPlanned) return this.#view.name;
    const { slots } = await this.#view.root();
    // A chunk's name ends with that of its content.
    const chunks = slots.flatMap((slot) =>
      slot.chunks.map(({ kind, name }) => `${kind} ${name.slice(name.lastIndexOf('.') + 1)}`),
    );
    const text = JSON.stringify([slots.map(({ from, to }) => [from, to]), chunks]);
    return `${contentName(Buffer.from(text))}.${this.#view.state.staleCount}`;
  }

  /** Who used which key, in the order of key names; the same array while the day stays in memory. */
  async pairUses(): Promise<readonly PairUse[]> {
    const directory = await this.#view.directory();
    let uses = pairUsesOfDirectories.get(directory);
    if (uses === undefined) {
      const { principals, keys } = directory;
      uses = keys.flatMap(({ keyName, uses: ofKey }) =>
        ofKey.map(({ principal, ...use }) => ({
          keyName,
          principalId: principals[principal]?.[0] ?? null,
          ...use,
        })),
      );
      pairUsesOfDirectories.set(directory, uses);
    }
    return uses;
  }

  /**
   * The rows that answers show, a few at a time.
   * @param wanted all rows, or those whose use did not succeed
   * @param fromHour of the day; slots that end before it are left out
   */
  async *rows(wanted: 'all' | 'exceptions' = 'all', fromHour = 0): AsyncGenerator<DayRows> {
    const { slots } = await this.#view.root();
    for (const { to, chunks } of slots) {
      if (to <= fromHour) continue;
      const names = chunks
        .filter(({ kind }) => kind === 'exception' || (kind === 'success' && wanted === 'all'))
        .map(({ name }) => name);
      if (names.length === 0) continue;
      for (const set of (await this.#view.chunks(names)).values()) yield new DayRows(set);
    }
  }
}

const pairUsesOfDirectories = new WeakMap<object, readonly PairUse[]>();

/** Opens some days for detection; days without rows are left out. */
export async function inspectDays(view: HistoryView, days: readonly string[]): Promise<InspectedDay[]> {
  return (await view.open(days)).map((day) => new InspectedDay(day));
}

/** Whether the rows of a group use the key: read-only calls and dry runs do not. */
function isUse({ members }: Group): boolean {
  const [operation, category] = [members[MEMBER.operation], members[MEMBER.category]];
  if (members[MEMBER.outcome] === 'probe') return false;
  return category !== 'management' || !isReadOnlyCall({ operation, category });
}

/** The uses of some keys by hour, without read-only calls; an hour of a key and principal may occur several times. */
export async function hourlyUses(
  view: HistoryView,
  keyNames: readonly string[],
  days: readonly string[],
): Promise<HourlyUse[]> {
  const keyDays = await view.keyDaysOf(keyNames, await view.open(days));
  return [...keyDays].flatMap(([{ day }, list]) =>
    list.flatMap(({ keyName, groups }) =>
      groups.filter(isUse).map(({ members, hour, count }) => ({
        keyName,
        principalId: members[MEMBER.principalId],
        day,
        hour,
        count,
      })),
    ),
  );
}

/**
 * Rows that differ only in their times, event ids, encryption contexts and session names. A day has millions of rows but
 * only some thousand such groups.
 */
export interface AlikeRows {
  /** Row numbers, at least one. */
  readonly rows: number[];
  /** Undefined while the join may still change. */
  readonly joinedTo: JoinedTo | undefined;
  /** Whether the rows are about grants or policies. No two of them are alike, so each row is judged by itself. */
  readonly isOfGrants: boolean;
  /** The times of the oldest and the newest row, epoch milliseconds. */
  firstMs: number;
  lastMs: number;
}

/** Some rows of a day, by number. */
export class DayRows {
  readonly #set: RowSet;
  /** A cursor: it shows the row that `use.row` is set to. */
  readonly use: InspectedRow;

  constructor(set: RowSet) {
    this.#set = set;
    this.use = new InspectedRow(set);
  }

  get length(): number {
    return this.#set.length;
  }

  /** By row, epoch milliseconds. */
  get times(): Float64Array {
    return this.#set.times;
  }

  /** Groups the rows. @param joinedBeforeMs the join is final for uses before this, epoch milliseconds */
  alike(joinedBeforeMs: number): AlikeRows[] {
    const { times, profile: profiles, session: sessions, judgement: judgements, extra: extras } = this.#set;
    const callerOf = callersOf(this.#set);
    const joins: (JoinedTo | undefined)[] = [];
    const kinds = new Map<number, AlikeRows>();
    const callers = this.#set.sessions.texts.length;
    const judged = this.#set.judgements.texts.length;
    let kind: AlikeRows | undefined;
    let lastNumber = -1;
    for (let row = 0; row < this.#set.length; row++) {
      const timeMs = times[row] as number;
      const profile = profiles[row] as number;
      const judgement = judgements[row] as number;
      const extra = extras[row] as number;
      const isYoung = timeMs >= joinedBeforeMs;
      const isOfGrants = extra !== 0 && hasOwnDetail(this.#set.extraAt(extra));
      const caller = callerOf(sessions[row] as number);
      const number =
        ((profile * callers + caller) * judged + judgement) * 4 + (isYoung ? 2 : 0) + (isOfGrants ? 1 : 0);
      // Rows of one group tend to be neighbours.
      if (kind === undefined || number !== lastNumber) {
        lastNumber = number;
        kind = kinds.get(number);
      }
      if (kind === undefined) {
        joins[judgement] ??= joinedToOf(this.#set.judgements.text(judgement));
        kind = {
          rows: [],
          joinedTo: isYoung ? undefined : joins[judgement],
          isOfGrants,
          firstMs: timeMs,
          lastMs: timeMs,
        };
        kinds.set(number, kind);
      }
      kind.rows.push(row);
      if (timeMs > kind.lastMs) kind.lastMs = timeMs;
      if (timeMs < kind.firstMs) kind.firstMs = timeMs;
    }
    return [...kinds.values()];
  }
}

function hasOwnDetail({ grant, policy }: Extra): boolean {
  return grant !== undefined || policy !== undefined;
}

/** Numbers sessions by what expectations ask about: the service they went through, and where they came from. */
function callersOf(set: RowSet): (session: number) => number {
  const known: number[] = [];
  const byText = new Map<string, number>();
  return (session) => {
    let caller = known[session];
    if (caller === undefined) {
      const parsed = parseSession(set.sessions.text(session));
      const text = JSON.stringify([
        parsed[SESSION_AT.via],
        parsed[SESSION_AT.sourceIp],
        parsed[SESSION_AT.vpcEndpointId],
      ]);
      caller = byText.get(text) ?? byText.size;
      byText.set(text, caller);
      known[session] = caller;
    }
    return caller;
  };
}
