import { aDataJob, type DataJobPlan } from './data-job.ts';
import { type Launcher, launcherOf } from './launchers.ts';
import { writeModel } from './models.ts';
import { jobBase, jobName, roleFor, someTime } from './names.ts';
import { writeProcessingJob } from './processing-job.ts';
import { writeTrainingJob } from './training-job.ts';
import { writeTransformJob } from './transform-job.ts';
import type { Run, World } from './world.ts';

const jobTypes = ['training-job', 'training-job', 'processing-job', 'transform-job'] as const;

const minuteMs = 60_000;

/** Some jobs of one role that somebody starts at one time, one or many; or a job of a name that was used before. */
export function writeCampaign(world: World): void {
  const { dice, customs } = world;
  const fromMs = someTime(world);
  const base = jobBase(dice);
  const role = roleFor(world, base);
  const launcher = launcherOf(world, role, fromMs);
  const count = dice.between(Math.ceil(customs.jobsAtOnce / 2), customs.jobsAtOnce);
  for (let number = 0; number < count; number++) {
    const createdMs = fromMs + dice.between(0, count * 30) * 1000;
    const reused = dice.chance(customs.reusedNameShare) ? nameToReuse(world) : undefined;
    if (reused !== undefined) {
      writeJob(world, reused.type, { ...reused, base }, launcher);
    } else {
      const type = dice.pick(jobTypes);
      // Reruns share their checkpoints, others have a base of their own.
      const own = dice.chance(customs.rerunShare) ? base : `${base}-${dice.hex(6)}`;
      writeJob(world, type, { role, createdMs, name: jobName(world, base, createdMs), base: own }, launcher);
    }
  }
}

type JobType = (typeof jobTypes)[number];

/** Plans a job of that type, writes what it does, and remembers it. */
export function writeJob(
  world: World,
  type: JobType,
  plan: Omit<DataJobPlan, 'type'>,
  launcher: Launcher,
  invokedBy?: string,
): Run {
  const source = launcher.sourceIdentity;
  const whole = { ...plan, type, ...(source === undefined ? {} : { launcherSourceIdentity: source }) };
  switch (type) {
    case 'training-job': {
      const job = aDataJob(world, whole);
      writeTrainingJob(world, job, launcher, invokedBy);
      world.runs.push(job);
      return job;
    }
    case 'processing-job': {
      const job = aDataJob(world, whole);
      writeProcessingJob(world, job, launcher, invokedBy);
      world.runs.push(job);
      return job;
    }
    case 'transform-job': {
      const model = writeModel(world, plan.role, launcher, plan.createdMs - 5 * minuteMs);
      const job = aDataJob(world, { ...whole, model: model.artifacts });
      writeTransformJob(world, job, model.name, launcher, invokedBy);
      world.runs.push(job);
      return job;
    }
    default:
      return type satisfies never;
  }
}

/** A name is free again once its job was deleted. */
function nameToReuse(
  world: World,
): { type: JobType; role: Run['role']; name: string; createdMs: number } | undefined {
  const { dice, runs, toMs } = world;
  const over = runs.flatMap((run) => {
    const type = jobTypes.find((known) => known === run.type);
    return type === undefined || run.parentArn !== undefined ? [] : [{ run, type }];
  });
  if (over.length === 0) {
    return undefined;
  }
  const { run, type } = dice.pick(over);
  const lastEndMs = Math.max(...runs.filter(({ arn }) => arn === run.arn).map(({ endedMs }) => endedMs));
  const createdMs = lastEndMs + dice.between(20, 2000) * minuteMs;
  return createdMs > toMs ? undefined : { type, role: run.role, name: run.name, createdMs };
}
