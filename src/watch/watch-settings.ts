import { DAY_MS, HOUR_MS } from '../history/names.ts';

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

/** How long after its end a day is taken as having come whole: CloudTrail delivers within minutes, at times hours. */
export const DAY_SETTLES_MS = HOUR_MS;
