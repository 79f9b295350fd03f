import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, Table } from '../../table/table.ts';

const CHECKED_DAYS_PK = 'watched';

/** What a check of a day noted about the day, for checks of this day and of others. */
export interface DayNotes {
  /** By account and Region, the time of the day's first row, epoch milliseconds. */
  readonly begins: Readonly<Record<string, number>>;
  /** How many days before this one its findings depend on. */
  readonly lookBackDays: number;
  /** Accounts and Regions whose beginning in the history its findings depend on. */
  readonly olderIn: readonly string[];
  /** Aliases that were moved on it; whether a job declares them decides about findings. */
  readonly movedAliases: readonly string[];
  /** Creation days of the jobs that made its uses. */
  readonly jobDays: readonly string[];
  /** Short names of the pairs of key and principal that only read about the key on it. */
  readonly idlePairs: readonly string[];
  /** Days after it on which principals that had stopped used their keys again. */
  readonly resumedOn: readonly string[];
}

const NO_NOTES: DayNotes = {
  begins: {},
  lookBackDays: 0,
  olderIn: [],
  movedAliases: [],
  jobDays: [],
  idlePairs: [],
  resumedOn: [],
};

/** A day as detection last checked it. */
export interface CheckedDay {
  readonly day: string;
  readonly version: number;
  /** Names the rules, the expectations and the settings. */
  readonly rulesName: string;
  /** Names the view that it was checked in: that name is known without opening the day. */
  readonly viewName: string;
  /** Names what the day showed; see `InspectedDay.contentName`. */
  readonly contentName: string;
  /** Names what else its findings depend on: the same names give the same findings. Empty: to be checked again. */
  readonly dependsOn: string;
  /** The join was final for uses before this, epoch milliseconds. */
  readonly joinedBeforeMs: number;
  /** The time of the day's newest row, epoch milliseconds. */
  readonly lastMs: number;
  /** Whether its jobs were noted as due since. */
  readonly isConcluded: boolean;
  /** Names what stopped uses were found by; empty when they were not looked for. */
  readonly stoppedName: string;
  readonly notes: DayNotes;
}

/** A day that was never checked. */
export function uncheckedDay(day: string): CheckedDay {
  return {
    ...{ day, version: 0, rulesName: '', viewName: '', contentName: '', dependsOn: '' },
    ...{ joinedBeforeMs: 0, lastMs: 0, isConcluded: true, stoppedName: '', notes: NO_NOTES },
  };
}

/** Every checked day, by its name. */
export async function readCheckedDays(table: Table): Promise<Map<string, CheckedDay>> {
  return new Map((await table.query(CHECKED_DAYS_PK)).map(decode).map((checked) => [checked.day, checked]));
}

export async function readCheckedDay(table: Table, day: string): Promise<CheckedDay | undefined> {
  const item = await table.get({ pk: CHECKED_DAYS_PK, sk: day });
  return item === undefined ? undefined : decode(item);
}

/** @returns the day as it is stored now; undefined when another process changed the item first: it is then checked again */
export async function putCheckedDay(table: Table, checked: CheckedDay): Promise<CheckedDay | undefined> {
  const { day, version, rulesName, viewName, contentName, dependsOn, joinedBeforeMs } = checked;
  const { lastMs, isConcluded, stoppedName, notes } = checked;
  const fields = {
    ...{ rules: rulesName, view: viewName, content: contentName, needs: dependsOn, stopped: stoppedName },
    ...{ joined: joinedBeforeMs, last: lastMs, concluded: isConcluded ? 1 : 0 },
  };
  const item = {
    pk: CHECKED_DAYS_PK,
    sk: day,
    version: version + 1,
    fields,
    ...(notes === NO_NOTES ? {} : { body: encodeJson(notes) }),
  };
  const isPut = await table.putIf(item, version === 0 ? undefined : version);
  return isPut ? { ...checked, version: version + 1 } : undefined;
}

/** Makes the next detection check a day again, whatever its last check found. */
export async function invalidateCheckedDay(table: Table, day: string): Promise<void> {
  for (;;) {
    const item = await table.get({ pk: CHECKED_DAYS_PK, sk: day });
    if (item === undefined) return;
    const checked = decode(item);
    if (checked.dependsOn === '') return;
    if ((await putCheckedDay(table, { ...checked, dependsOn: '' })) !== undefined) return;
  }
}

/** Items of an older Keytrail have one name, which no check gives today. */
function decode(item: Item): CheckedDay {
  const { sk, version = 0, fields = {}, body } = item;
  const text = (name: string) => String(fields[name] ?? '');
  return {
    ...{ day: sk, version },
    ...{ rulesName: text('rules'), viewName: text('view'), contentName: text('content') },
    dependsOn: text('needs'),
    joinedBeforeMs: Number(fields['joined'] ?? 0),
    lastMs: Number(fields['last'] ?? 0),
    isConcluded: fields['concluded'] === 1,
    stoppedName: text('stopped'),
    notes:
      body === undefined
        ? NO_NOTES
        : { ...NO_NOTES, ...decodeJson<Partial<DayNotes>>(item, 'A checked day') },
  };
}
