import { Random } from './random.ts';
import type { SimulationOptions } from './simulation-options.ts';
import { DAY_MS, HOUR_MS } from './time-text.ts';

/** How many records a slice of time should have, and how many of them are KMS events. */
export interface SlicePlan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly kmsEvents: number;
  readonly otherRecords: number;
}

const RECORDS_PER_SLICE = 10_000;
const SLICE_LENGTHS = [HOUR_MS, HOUR_MS / 2, HOUR_MS / 4, HOUR_MS / 12];

/** The activity by hour of day (UTC): more in working hours, and half as much more at the weekend. */
function activity(timeMs: number): number {
  const date = new Date(timeMs);
  const hour = date.getUTCHours() + date.getUTCMinutes() / 60;
  const weekend = date.getUTCDay() % 6 === 0;
  return (0.4 + Math.exp(-(((hour - 13) / 4.5) ** 2))) * (weekend ? 0.5 : 1);
}

/** Cuts the simulated time into slices of about 10,000 records, and distributes the records over them. */
export function planSlices(options: SimulationOptions): SlicePlan[] {
  const total = options.uses / Math.max(0.01, 1 - options.otherShare);
  const busiestHour = (total / Math.max(1, options.days * 24)) * 2;
  const sliceMs =
    SLICE_LENGTHS.find((length) => (busiestHour * length) / HOUR_MS <= RECORDS_PER_SLICE) ?? HOUR_MS / 12;
  const fromMs = Date.parse(options.startTime);
  const toMs = fromMs + options.days * DAY_MS;
  const weights: number[] = [];
  const random = new Random(options.seed, 'quiet');
  for (let at = fromMs; at < toMs; at += sliceMs) {
    const quiet = random.chance(options.quietShare);
    weights.push(quiet ? 0 : activity(at + sliceMs / 2));
  }
  if (!weights.some((weight) => weight > 0)) weights[0] = 1;
  const sum = weights.reduce((a, b) => a + b, 0);
  let before = 0;
  return weights.map((weight, index) => {
    const after = before + weight;
    const part = (of: number): number => Math.round((of * after) / sum) - Math.round((of * before) / sum);
    const at = fromMs + index * sliceMs;
    const plan = {
      fromMs: at,
      toMs: Math.min(at + sliceMs, toMs),
      kmsEvents: part(options.uses),
      otherRecords: part(total - options.uses),
    };
    before = after;
    return plan;
  });
}
