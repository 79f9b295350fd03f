import { type DayState, readDays } from '../history/day/day-state.ts';
import { readSealedDay } from '../history/seal/sealed-day.ts';
import type { Item, ItemKey, Table } from '../table/table.ts';
import { decodeDaySeal, encodeDaySeal } from './day-seal.ts';
import { makeLogHead, moveLogHead } from './log-head.ts';
import { appendLeaf, leavesFrom } from './seal-log.ts';

/** The newest leaf of a day. */
export interface LoggedDay {
  readonly index: number;
  /** The version of the day, and the name of its root. */
  readonly version: number;
  readonly root: string;
}

/** The partition key of the items that say which leaf is the newest of a day. */
const DAYS_PK = 'seal-day';

/** The days in the log, oldest first. @param from inclusive @param to inclusive */
export async function readLoggedDays(
  table: Table,
  range: { readonly from?: string; readonly to?: string; readonly limit?: number } = {},
): Promise<Map<string, LoggedDay>> {
  return new Map((await table.query(DAYS_PK, range)).map((item) => [item.sk, decodeLoggedDay(item)]));
}

/**
 * Appends to the log every day whose version is newer than the newest of that day there. Any number of processes may do
 * so at once, and be cut off: a version is in the log once, and later versions after earlier ones.
 * @returns how many leaves were appended
 */
export async function logSealedDays(table: Table): Promise<number> {
  const unlogged = new UnloggedDays(table);
  await unlogged.open();
  let appended = 0;
  for (const state of await readDays(table)) if (await unlogged.append(state)) appended++;
  await unlogged.close();
  return appended;
}

class UnloggedDays {
  readonly #table: Table;
  #logged = new Map<string, LoggedDay>();
  /** Leaves that are known here: their days are in `#logged`. */
  #size = 0;

  constructor(table: Table) {
    this.#table = table;
  }

  async open(): Promise<void> {
    this.#size = (await makeLogHead(this.#table)).size;
    this.#logged = await readLoggedDays(this.#table);
    await this.#catchUp();
  }

  /** @returns whether a leaf was appended */
  async append(state: DayState): Promise<boolean> {
    if (state.root === undefined || this.#has(state.day, state.sealVersion)) return false;
    const sealed = await readSealedDay(this.#table, state);
    while (sealed !== undefined && !this.#has(sealed.day, sealed.version)) {
      const previous = this.#logged.get(sealed.day)?.index;
      const seal = { ...sealed, ...(previous === undefined ? {} : { previous }) };
      if (await appendLeaf(this.#table, this.#size, encodeDaySeal(seal))) {
        await this.#note(seal.day, { index: this.#size, version: seal.version, root: seal.root });
        this.#size++;
        return true;
      }
      // What somebody else appended meanwhile may be this very version.
      await this.#catchUp();
    }
    return false;
  }

  async close(): Promise<void> {
    await moveLogHead(this.#table, { size: this.#size });
  }

  #has(day: string, version: number): boolean {
    return (this.#logged.get(day)?.version ?? 0) >= version;
  }

  async #catchUp(): Promise<void> {
    for await (const { index, item } of leavesFrom(this.#table, this.#size)) {
      const { day, version, root } = decodeDaySeal(item);
      await this.#note(day, { index, version, root });
      this.#size = index + 1;
    }
  }

  /** Notes the newest leaf of a day, unless a later one is noted. */
  async #note(day: string, logged: LoggedDay): Promise<void> {
    this.#logged.set(day, logged);
    const place = loggedDayKey(day);
    for (;;) {
      const stored = await this.#table.get(place);
      if ((stored?.version ?? 0) > logged.index) return;
      const { index, version, root } = logged;
      const item = { ...place, version: index + 1, fields: { seal: version, root } };
      if (await this.#table.putIf(item, stored?.version)) return;
    }
  }
}

function loggedDayKey(day: string): ItemKey {
  return { pk: DAYS_PK, sk: day };
}

function decodeLoggedDay({ version = 0, fields }: Item): LoggedDay {
  return { index: version - 1, version: Number(fields?.['seal'] ?? 0), root: String(fields?.['root'] ?? '') };
}
