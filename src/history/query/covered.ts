import type { Job } from '../../sagemaker/job.ts';
import { isoTime } from '../../utc-time.ts';
import type { UsageQuestion } from './ask-usage.ts';
import { type AskedPlaces, coverageOf } from './coverage.ts';
import type { HistoryView } from './history-view.ts';
import type { TimeWindow, UnmatchedValue, UsageFilter, WindowPage, WithExpiry } from './questions.ts';

/** The times that a day can have; beyond them there are no rows. */
export const FIRST_MS = Date.parse('0000-01-01T00:00:00Z');
export const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** The window that an answer covers, epoch milliseconds. */
export type Covered = Pick<UsageQuestion, 'fromMs' | 'toMs'>;

/** Adds the end of the expired days that the window includes; without a window, of all expired days. */
export function withExpiry<T>(
  answer: T,
  view: HistoryView,
  { fromMs, toMs }: Covered = { fromMs: FIRST_MS, toMs: LAST_MS },
): WithExpiry<T> {
  const expiredMs = view.expiredBeforeMs(fromMs, toMs);
  return { ...answer, ...(expiredMs === undefined ? {} : { expiredBefore: isoTime(expiredMs) }) };
}

/** From the first row to just after the newest; where all have expired, nothing after the last expired day. */
export async function wholeWindow(view: HistoryView): Promise<Covered> {
  const [oldestMs, newestMs] = [await view.oldestMs(), await view.newestMs()];
  if (oldestMs !== undefined && newestMs !== undefined) return { fromMs: oldestMs, toMs: newestMs + 1 };
  const endMs = view.expiredBeforeMs(FIRST_MS, LAST_MS) ?? 0;
  return { fromMs: endMs, toMs: endMs };
}

/** A window of jobs: where no bound was given, that of the rows, and of the jobs beyond them. */
export function coveredByJobs(whole: Covered, jobs: readonly Job[], { fromMs, toMs }: Covered): Covered {
  const times = jobs.flatMap(({ created, started, ended }) =>
    [created, started, ended].flatMap((time) => (isBound(time) ? [] : (time?.timeMs ?? []))),
  );
  // A history without rows has no window of its own.
  if (whole.fromMs < whole.toMs) times.push(whole.fromMs, whole.toMs - 1);
  const least = times.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
  const most = times.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
  const isNothing = times.length === 0;
  return {
    fromMs: fromMs !== FIRST_MS ? fromMs : isNothing ? whole.fromMs : least,
    toMs: toMs !== LAST_MS ? toMs : isNothing ? whole.toMs : most + 1,
  };
}

/** Whether a time is only one by which the job must have ended. */
function isBound(time: Job['ended']): boolean {
  return time?.from === 'maximum-runtime' || time?.from === 'next-run';
}

/** The accounts and Regions that a question about rows is about. */
export function askedPlaces(
  { account, region }: UsageFilter,
  keyNames: readonly string[] | undefined,
): AskedPlaces {
  if (keyNames === undefined) {
    return { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
  }
  return { ofKeys: new Set(keyNames.map(placeOfKey)) };
}

/** `<account>/<region>` of a key's name: of its ARN, or as `keyNameOf` writes it. */
function placeOfKey(keyName: string): string {
  const [, , , region, account] = keyName.split(':');
  return keyName.startsWith('arn:')
    ? `${account}/${region}`
    : keyName
        .slice(keyName.indexOf(':') + 1)
        .split('/')
        .slice(0, 2)
        .join('/');
}

interface About {
  /** What was asked, for the days that expired before the first row. */
  readonly asked?: TimeWindow;
  readonly places?: AskedPlaces;
  readonly unmatched?: readonly UnmatchedValue[];
}

/** An answer with what it covers. */
export async function withWindow<T>(
  answer: T,
  view: HistoryView,
  { fromMs, toMs }: Covered,
  { asked = {}, places = {}, unmatched = [] }: About = {},
): Promise<T & Omit<WindowPage<never>, 'items' | 'next'>> {
  return {
    // Without a bound the days that expired before the first row are asked for too.
    ...withExpiry(answer, view, { fromMs: Math.min(asked.fromMs ?? FIRST_MS, fromMs), toMs }),
    window: { from: isoTime(fromMs), to: isoTime(toMs) },
    coverage: coverageOf(await view.seen(), { fromMs, toMs }, places),
    ...(unmatched.length === 0 ? {} : { unmatched }),
  };
}
