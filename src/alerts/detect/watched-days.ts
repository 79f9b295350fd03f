import type { Item, Table } from '../../table/table.ts';

const WATCHED_PK = 'watched';

/** How a day stood when it was watched. */
export interface WatchedDay {
  readonly day: string;
  readonly version: number;
  /** What it was watched by: the same again would find the same. */
  readonly name: string;
  /** Until when the join had been asked for good, epoch milliseconds. */
  readonly joinedBeforeMs: number;
  /** The time of its newest row. */
  readonly lastMs: number;
  /** Whether jobs, and what stopped, were asked about since: they look at more than the day. */
  readonly isConcluded: boolean;
}

export async function readWatchedDays(table: Table): Promise<Map<string, WatchedDay>> {
  return new Map((await table.query(WATCHED_PK)).map(decode).map((watched) => [watched.day, watched]));
}

/** @returns false where somebody else's write came first: then the day is watched again */
export function putWatchedDay(table: Table, watched: WatchedDay): Promise<boolean> {
  const { day, version, name, joinedBeforeMs, lastMs, isConcluded } = watched;
  const fields = { name, joined: joinedBeforeMs, last: lastMs, concluded: isConcluded ? 1 : 0 };
  return table.putIf(
    { pk: WATCHED_PK, sk: day, version: version + 1, fields },
    version === 0 ? undefined : version,
  );
}

/** Has a day watched anew, whatever it was watched by. */
export async function forgetWatchedDay(table: Table, day: string): Promise<void> {
  for (;;) {
    const item = await table.get({ pk: WATCHED_PK, sk: day });
    if (item === undefined || (await putWatchedDay(table, { ...decode(item), name: '' }))) return;
  }
}

function decode({ sk, version = 0, fields = {} }: Item): WatchedDay {
  return {
    day: sk,
    version,
    name: String(fields['name'] ?? ''),
    joinedBeforeMs: Number(fields['joined'] ?? 0),
    lastMs: Number(fields['last'] ?? 0),
    isConcluded: fields['concluded'] === 1,
  };
}
