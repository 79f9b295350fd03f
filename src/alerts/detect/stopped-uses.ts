import type { HistoryView } from '../../history/query/history-view.ts';
import { contentName } from '../../table/content-name.ts';
import { DAY_MS, dayStart } from '../../utc-time.ts';
import type { CheckedDay } from './checked-days.ts';
import type { DayDependencies } from './day-dependencies.ts';
import { lastDaysOf, stoppedIdOf, stoppedUsesOn } from './detect-stopped-uses.ts';
import { DAY_SETTLES_MS, type DetectionSettings } from './detection-settings.ts';
import { daysOfStop, type StoppedUse } from './find-stopped-uses.ts';

/** The stopped uses of one day, and the days on which others that had stopped were used again. */
export interface StoppedOnDay {
  readonly day: string;
  readonly stopped: readonly StoppedUse[];
  /** By alert id, for others that had stopped: the last day on which they used the key again. */
  readonly resumed: ReadonlyMap<string, string>;
  /** Those days. */
  readonly resumedOn: readonly string[];
}

/** What a look for stopped uses reads. */
export interface StoppedUseInputs {
  readonly checked: ReadonlyMap<string, CheckedDay>;
  readonly dependencies: DayDependencies;
  readonly settings: DetectionSettings['useStopped'];
  /** Names the rules and the settings. */
  readonly rulesName: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** The days that are over and whose stopped uses may have changed. @param forced days to look at in any case */
export function daysToLookAt(
  days: readonly string[],
  inputs: StoppedUseInputs,
  forced: ReadonlySet<string>,
): string[] {
  const { checked, nowMs } = inputs;
  return days.filter((day) => {
    const known = checked.get(day);
    if (known === undefined || dayStart(day) + DAY_MS + DAY_SETTLES_MS > nowMs) return false;
    return forced.has(day) || known.stoppedName !== stoppedNameOf(day, known.notes.resumedOn, inputs);
  });
}

/** Names what the stopped uses of a day depend on. */
export function stoppedNameOf(
  day: string,
  resumedOn: readonly string[],
  { dependencies, settings, rulesName }: StoppedUseInputs,
): string {
  const back = daysOfStop(settings) - 1;
  const days = dependencies.contentNames(day, back, back + 1);
  const later = resumedOn.map((one) => [one, dependencies.contentNameOf(one)]);
  return contentName(Buffer.from(JSON.stringify([rulesName, days, later])));
}

/** Finds who has stopped using a key by the end of each of some days, and has not used it since. */
export async function stoppedUses(
  view: HistoryView,
  days: readonly string[],
  { checked, settings }: StoppedUseInputs,
): Promise<StoppedOnDay[]> {
  const idle = (day: string) => checked.get(day)?.notes.idlePairs ?? [];
  const found: { day: string; stopped: StoppedUse[] }[] = [];
  for (const day of days) found.push({ day, stopped: await stoppedUsesOn(view, day, settings, idle) });
  const [first] = found.filter(({ stopped }) => stopped.length > 0);
  if (first === undefined)
    return found.map(({ day }) => ({ day, stopped: [], resumed: new Map(), resumedOn: [] }));
  const names = new Set(found.flatMap(({ stopped }) => stopped.map(nameOf)));
  const later = view.days().filter((day) => day > first.day);
  const last = await lastDaysOf(view, names, later, idle);
  return found.map(({ day, stopped }) => {
    const isResumed = (one: StoppedUse) => (last.get(nameOf(one)) ?? '') > day;
    const resumed = new Map(
      stopped.filter(isResumed).map((one) => [stoppedIdOf(one), last.get(nameOf(one)) ?? ''] as const),
    );
    return {
      ...{ day, resumed },
      stopped: stopped.filter((one) => !isResumed(one)),
      resumedOn: [...new Set(resumed.values())].sort(),
    };
  });
}

function nameOf({ keyName, principalId }: StoppedUse): string {
  return `${keyName}\n${principalId}`;
}
