import type { Environment } from '../../environment.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import { DAY_MS, HOUR_MS } from '../../utc-time.ts';

const MINUTE_MS = 60_000;

/** The thresholds of the rules. Durations are in milliseconds of event time. */
export interface DetectionSettings {
  /** How long a key is learned from its first use: its users in that time are its baseline. */
  readonly learningMs: number;
  /** How long after a use its join is final: late job events have then arrived. */
  readonly joinWaitMs: number;
  readonly deniedBurst: { readonly count: number; readonly withinMs: number };
  /** An hour with more than `factor` times the pair's mean hour over `lookBackDays`, and more than `moreThan` uses. */
  readonly volumeSpike: { readonly factor: number; readonly moreThan: number; readonly lookBackDays: number };
  /** Used on at least `usedDays` of `ofDays`, then on none of `silentDays` or more, by how many of its days were missed. */
  readonly useStopped: {
    readonly usedDays: number;
    readonly ofDays: number;
    readonly silentDays: number;
  };
}

/** The defaults that docs/alert-rules.md promises. */
export const DEFAULT_DETECTION_SETTINGS: DetectionSettings = {
  learningMs: 14 * DAY_MS,
  joinWaitMs: 30 * MINUTE_MS,
  deniedBurst: { count: 10, withinMs: 10 * MINUTE_MS },
  volumeSpike: { factor: 10, moreThan: 100, lookBackDays: 14 },
  useStopped: { usedDays: 8, ofDays: 14, silentDays: 3 },
};

/** By environment variable, what it sets. */
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
 * The default settings, with those that an environment overrides.
 * @throws KeytrailError `bad-usage` for a value that is not a number above 0
 */
export function detectionSettingsOf(environment: Environment): DetectionSettings {
  const numberOf = (name: keyof typeof SETTINGS): number | undefined => {
    const text = environment[name];
    if (text === undefined || text === '') return undefined;
    const number = Number(text);
    if (/^\d+(?:\.\d+)?$/.test(text) && number > 0) return number;
    throw new KeytrailError(
      'bad-usage',
      `${name} (${SETTINGS[name]}) is not a number above 0; correct it or unset it.`,
    );
  };
  const { learningMs, joinWaitMs, deniedBurst, volumeSpike, useStopped } = DEFAULT_DETECTION_SETTINGS;
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

/** How long after its end a day counts as complete: CloudTrail delivers most events within minutes. */
export const DAY_SETTLES_MS = HOUR_MS;
