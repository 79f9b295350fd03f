import type { Item, Table } from '../../table/table.ts';

const CHECKED_DAYS_PK = 'watched';

/** A day as detection last checked it. */
export interface CheckedDay {
  readonly day: string;
  readonly version: number;
  /** Names the rules, the expectations, the settings and the day's rows: the same name gives the same findings. */
  readonly name: string;
  /** The join was final for uses before this, epoch milliseconds. */
  readonly joinedBeforeMs: number;
  /** The time of the day's newest row, epoch milliseconds. */
  readonly lastMs: number;
  /** Whether jobs and stopped uses were checked since: those rules look at more than the day. */
  readonly isConcluded: boolean;
}

/** Every checked day, by its name. */
export async function readCheckedDays(table: Table): Promise<Map<string, CheckedDay>> {
  return new Map((await table.query(CHECKED_DAYS_PK)).map(decode).map((checked) => [checked.day, checked]));
}

/** @returns false when another process changed the item first: the day is then checked again */
export function putCheckedDay(table: Table, checked: CheckedDay): Promise<boolean> {
  const { day, version, name, joinedBeforeMs, lastMs, isConcluded } = checked;
  const fields = { name, joined: joinedBeforeMs, last: lastMs, concluded: isConcluded ? 1 : 0 };
  return table.putIf(
    { pk: CHECKED_DAYS_PK, sk: day, version: version + 1, fields },
    version === 0 ? undefined : version,
  );
}

/** Makes the next detection check a day again, whatever its last check found. */
export async function invalidateCheckedDay(table: Table, day: string): Promise<void> {
  for (;;) {
    const item = await table.get({ pk: CHECKED_DAYS_PK, sk: day });
    if (item === undefined || (await putCheckedDay(table, { ...decode(item), name: '' }))) return;
  }
}

function decode({ sk, version = 0, fields = {} }: Item): CheckedDay {
  return {
    day: sk,
    version,
    name: String(fields['name'] ?? ''),
    joinedBeforeMs: Number(fields['joined'] ?? 0),
    lastMs: Number(fields['last'] ?? 0),
    isConcluded: fields['concluded'] === 1,
  };
}
