import { KeytrailError } from '../../keytrail-error.ts';
import { DAY_MS, HOUR_MS } from '../../utc-time.ts';

const MINUTE_MS = 60_000;

/** What the rules go by. Lengths of time are in milliseconds of event time. */
export interface WatchSettings {
  /** From a key's first use: who uses it then is its baseline. */
  readonly learningMs: number;
  /** How long after a use the join is asked for good: late job events have had their time. */
  readonly joinWaitMs: number;
  readonly deniedBurst: { readonly count: number; readonly withinMs: number };
  /** An hour with over `factor` times the mean of the pair's hours of so many days before, and over `moreThan` uses. */
  readonly volumeSpike: { readonly factor: number; readonly moreThan: number; readonly lookBackDays: number };
  /** Used on at least `usedDays` of `ofDays`, then on none of `silentDays`. */
  readonly useStopped: {
    readonly usedDays: number;
    readonly ofDays: number;
    readonly silentDays: number;
  };
}

/** The contract's. */
export const DEFAULT_WATCH_SETTINGS: WatchSettings = {
  learningMs: DAY_MS,
  joinWaitMs: 30 * MINUTE_MS,
  deniedBurst: { count: 10, withinMs: 10 * MINUTE_MS },
  volumeSpike: { factor: 10, moreThan: 100, lookBackDays: 14 },
  useStopped: { usedDays: 8, ofDays: 14, silentDays: 3 },
};

/** By the names of settings, as an environment has them. */
const SETTINGS = {
  KEYTRAIL_LEARNING_HOURS: 'learning period of a key, in hours',
  KEYTRAIL_DENIED_BURST_COUNT: 'denied attempts that make a burst',
  KEYTRAIL_DENIED_BURST_MINUTES: 'length of a burst, in minutes',
  KEYTRAIL_VOLUME_SPIKE_FACTOR: 'times the usual hour that make a spike',
  KEYTRAIL_VOLUME_SPIKE_USES: 'uses in an hour below which nothing is a spike',
  KEYTRAIL_USE_STOPPED_USED_DAYS: 'days of 14 that make a habit',
  KEYTRAIL_USE_STOPPED_SILENT_DAYS: 'days without a use after which it has stopped',
} as const;

/**
 * The contract's, but for what an environment sets otherwise.
 * @throws KeytrailError `bad-usage` for what is no number above 0
 */
export function watchSettingsOf(environment: Readonly<Record<string, string | undefined>>): WatchSettings {
  const numberOf = (name: keyof typeof SETTINGS): number | undefined => {
    const text = environment[name];
    if (text === undefined || text === '') return undefined;
    const number = Number(text);
    if (/^\d+(?:\.\d+)?$/.test(text) && number > 0) return number;
    throw new KeytrailError(
      'bad-usage',
      `${name} (${SETTINGS[name]}) is no number above 0; mend it or unset it.`,
    );
  };
  const { learningMs, joinWaitMs, deniedBurst, volumeSpike, useStopped } = DEFAULT_WATCH_SETTINGS;
  const learningHours = numberOf('KEYTRAIL_LEARNING_HOURS');
  const burstMinutes = numberOf('KEYTRAIL_DENIED_BURST_MINUTES');
  return {
    learningMs: learningHours === undefined ? learningMs : learningHours * HOUR_MS,
    joinWaitMs,
    deniedBurst: {
      count: numberOf('KEYTRAIL_DENIED_BURST_COUNT') ?? deniedBurst.count,
      withinMs: burstMinutes === undefined ? deniedBurst.withinMs : burstMinutes * MINUTE_MS,
    },
    volumeSpike: {
      ...volumeSpike,
      factor: numberOf('KEYTRAIL_VOLUME_SPIKE_FACTOR') ?? volumeSpike.factor,
      moreThan: numberOf('KEYTRAIL_VOLUME_SPIKE_USES') ?? volumeSpike.moreThan,
    },
    useStopped: {
      ...useStopped,
      usedDays: numberOf('KEYTRAIL_USE_STOPPED_USED_DAYS') ?? useStopped.usedDays,
      silentDays: numberOf('KEYTRAIL_USE_STOPPED_SILENT_DAYS') ?? useStopped.silentDays,
    },
  };
}

/** How long after its end a day is taken as having come whole: CloudTrail delivers within minutes, at times hours. */
export const DAY_SETTLES_MS = HOUR_MS;
