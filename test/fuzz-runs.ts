/**
 * How many cases a property is tried with, or how many schedules of processes: `KEYTRAIL_FUZZ_RUNS`, or else as many
 * as find the usual faults within seconds.
 */
export function fuzzRuns(usual: number): number {
  return Number(process.env['KEYTRAIL_FUZZ_RUNS'] ?? usual);
}

/** Every second of some schedules of processes, or all of them where `KEYTRAIL_FUZZ_RUNS` is set. */
export function someSchedules<Schedule>(all: readonly Schedule[]): readonly Schedule[] {
  return all.filter((_, place) => place % 2 === 0 || process.env['KEYTRAIL_FUZZ_RUNS'] !== undefined);
}
