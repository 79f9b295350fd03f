import { emitBackgroundUse, emitUsualUse } from './background-uses.ts';
import { ByteStore } from './byte-store.ts';
import { deliver, type SimulatedFile } from './delivery.ts';
import { planIncidents } from './incidents.ts';
import { jobLife } from './job-life.ts';
import { planJobs, planResources } from './job-plan.ts';
import { emitJobUse } from './job-uses.ts';
import { keyStory } from './key-story.ts';
import { emitOther } from './other-services.ts';
import { emitOutsiders } from './outsiders.ts';
import { Random } from './random.ts';
import { byTime, type Scheduled, within } from './schedule.ts';
import type { JobPhase, SimulatedJob } from './simulated-job.ts';
import type { SimulationOptions } from './simulation-options.ts';
import { Slice } from './slice.ts';
import { planSlices } from './slice-plan.ts';
import { DAY_MS } from './time-text.ts';
import type { TruthLine } from './truth.ts';
import { Weighted } from './weighted.ts';
import { makeWorld, type World } from './world.ts';

export interface SimulateCallbacks {
  /** Called with every line of the truth, slice by slice, after the slice's files were yielded. */
  readonly onTruth?: (line: TruthLine) => void;
  /** Only the slices `index` of `of` equal parts of the time, for several threads; `[0, 1]` is all. */
  readonly part?: readonly [index: number, of: number];
}

interface DayPlan {
  readonly day: number;
  readonly jobs: readonly SimulatedJob[];
  readonly scheduled: readonly Scheduled[];
}

function planDay(world: World, day: number): DayPlan {
  const jobs = day < 0 ? [] : planJobs(world, day);
  return { day, jobs, scheduled: byTime(jobs.flatMap((job) => jobLife(job, world))) };
}

/** What is known of the whole time at once: long-lived resources, first uses. */
function planWhole(world: World): DayPlan {
  const jobs = planResources(world);
  const random = new Random(world.options.seed, 'first-uses');
  const first = world.usualPairs.items.map(({ key, principal }): Scheduled => {
    const timeMs = world.fromMs + random.int(DAY_MS / 1000) * 1000;
    return { timeMs, emit: (slice) => emitUsualUse(slice, key, principal, timeMs) };
  });
  const stories = Array.from({ length: Math.max(1, Math.floor(world.options.keys / 25)) }, (_, nth) =>
    keyStory(world, nth),
  ).flat();
  return {
    day: -1,
    jobs,
    scheduled: byTime([
      ...jobs.flatMap((job) => jobLife(job, world)),
      ...first,
      ...stories,
      ...planIncidents(world),
    ]),
  };
}

interface Overlap {
  readonly job: SimulatedJob;
  readonly phase: JobPhase;
  readonly fromMs: number;
  readonly toMs: number;
  readonly weight: number;
}

/** The phases of jobs that lie in the slice, weighted by how much of each does. */
function overlaps(jobs: Iterable<SimulatedJob>, slice: Slice): Overlap[] {
  const found: Overlap[] = [];
  for (const job of jobs) {
    if (job.startedMs >= slice.toMs || job.endedMs <= slice.fromMs) continue;
    for (const phase of job.phases) {
      const fromMs = Math.max(phase.fromMs, slice.fromMs);
      const toMs = Math.min(phase.toMs, slice.toMs);
      if (toMs - fromMs < 1000) continue;
      const finite = Number.isFinite(job.endedMs);
      const length = finite ? phase.toMs - phase.fromMs : DAY_MS;
      found.push({ job, phase, fromMs, toMs, weight: (phase.weight * (toMs - fromMs)) / length });
    }
  }
  return found;
}

function emitJobUses(slice: Slice, jobs: Iterable<SimulatedJob>, count: number): void {
  const found = overlaps(jobs, slice);
  if (found.length === 0) return;
  const weighted = new Weighted(found, (overlap) => overlap.weight);
  const end = slice.kmsCount + count;
  while (slice.kmsCount < end) {
    const { job, phase, fromMs, toMs } = weighted.draw(slice.random);
    emitJobUse(slice, job, phase, slice.timeWithin(fromMs, toMs));
  }
}

/** Corrects some of what the slice has so far; `expected` is how many KMS events it will have. */
function emitAddenda(slice: Slice, expected: number): void {
  const { random, world } = slice;
  const originals = slice.emissions.filter((emission) => emission.kms !== undefined);
  const mean = expected * world.options.addendumShare;
  const count = Math.floor(mean) + (random.chance(mean % 1) ? 1 : 0);
  for (let nth = 0; nth < count && originals.length > 0; nth++) slice.correct(random.pick(originals));
}

/**
 * Simulates AWS accounts: yields CloudTrail log files and EventBridge files in about the order of time, one
 * slice of at most an hour in memory at once. The same options give the same files, however they are divided
 * into parts.
 */
export function* simulate(
  options: SimulationOptions,
  callbacks: SimulateCallbacks = {},
): Generator<SimulatedFile> {
  const world = makeWorld(options);
  const plans = planSlices(options);
  const whole = planWhole(world);
  const bytes = new ByteStore();
  const scratch = new ByteStore();
  let days: DayPlan[] = [];
  const [index, of] = callbacks.part ?? [0, 1];
  const first = Math.floor((plans.length * index) / of);
  const end = Math.floor((plans.length * (index + 1)) / of);
  for (const plan of plans.slice(first, end)) {
    const slice = new Slice(world, bytes, plan.fromMs, plan.toMs);
    const day = Math.floor((plan.fromMs - world.fromMs) / DAY_MS);
    // A job may be preceded by failed attempts and may run into the next day.
    days = [day - 1, day, day + 1].map(
      (wanted) => days.find((known) => known.day === wanted) ?? planDay(world, wanted),
    );
    const dayPlans = [whole, ...days];
    for (const { scheduled } of dayPlans) {
      for (const item of within(scheduled, plan.fromMs, plan.toMs)) item.emit(slice);
    }
    const rest = plan.kmsEvents - slice.kmsCount;
    const jobs = dayPlans.flatMap((known) => known.jobs);
    const jobUses = Math.round(rest * options.jobUseShare);
    emitJobUses(slice, jobs, jobUses);
    emitOutsiders(slice, jobs, Math.round(jobUses * options.customs.outsiderShare));
    emitAddenda(slice, plan.kmsEvents);
    while (slice.kmsCount < plan.kmsEvents) emitBackgroundUse(slice);
    for (let made = slice.emissions.length - slice.kmsCount; made < plan.otherRecords; made++)
      emitOther(slice);
    yield* deliver(slice, scratch);
    if (callbacks.onTruth === undefined) continue;
    for (const line of slice.truths) callbacks.onTruth(line);
    for (const { kms } of slice.emissions) if (kms !== undefined) callbacks.onTruth(kms);
  }
}
