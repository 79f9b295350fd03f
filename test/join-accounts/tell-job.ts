import type { Json } from './json.ts';
import type { Launcher } from './launchers.ts';
import type { DataJob } from './run.ts';
import { writeSageMakerCall, writeStateChange } from './sagemaker-events.ts';
import type { Run, World } from './world.ts';

/** How one kind of job speaks of itself. */
export interface Manner {
  /** `CreateTrainingJob` and the like. */
  readonly create: string;
  /** `TrainingJob`: the stem of its members' names, in PascalCase. */
  readonly stem: string;
  /** What its state changes are called, `Training Job`. */
  readonly of: string;
  /** Of the members with its times: `Training` in `TrainingStartTime`. */
  readonly timeStem: string;
  readonly request: Json;
  /** Members of the request that its state changes leave out. */
  readonly unsaid: readonly string[];
  /** What is known of who called, besides the identity. */
  readonly invokedBy?: string;
}

/** Writes the create call, failed attempts before it, and the state changes, as far as the account tells of them. */
export function tellJob(world: World, job: DataJob, launcher: Launcher, manner: Manner): void {
  const { dice, customs } = world;
  const stem = `${manner.stem.charAt(0).toLowerCase()}${manner.stem.slice(1)}`;
  const by = {
    ...launcher.who(job.createdMs),
    ...(manner.invokedBy === undefined ? {} : { invokedBy: manner.invokedBy }),
  };
  const call = { eventName: manner.create, by, request: manner.request };
  if (dice.chance(customs.failedCreateShare)) {
    const errorCode = dice.pick(['ResourceLimitExceeded', 'ValidationException', 'ThrottlingException']);
    // Tried again later, or given up under that name. It got no ARN.
    const name = dice.chance(0.5) ? job.name : `${job.name}-a`;
    const members = Object.entries(manner.request).filter(([member]) => member !== `${stem}Arn`);
    writeSageMakerCall(world, {
      ...call,
      atMs: job.createdMs - dice.between(5, 900) * 1000,
      request: { ...Object.fromEntries(members), [`${stem}Name`]: name },
      errorCode,
    });
  }
  if (job.telling.create) {
    writeSageMakerCall(world, { ...call, atMs: job.createdMs, response: { [`${stem}Arn`]: job.arn } });
  }
  const isStopped = dice.chance(0.08);
  if (isStopped && job.telling.create) {
    const atMs = job.endedMs - dice.between(5, 60) * 1000;
    writeSageMakerCall(world, {
      atMs,
      eventName: `Stop${manner.stem}`,
      by: launcher.who(atMs),
      request: { [`${stem}Name`]: job.name },
    });
  }
  const status = isStopped ? 'Stopped' : dice.chance(0.2) ? 'Failed' : 'Completed';
  tellJobStates(world, job, manner, status);
}

export function tellJobStates(world: World, job: DataJob, manner: Manner, status: string): void {
  const { customs } = world;
  const toldEndMs = toldEndOf(world, job);
  const request = customs.absentKeyIsEmptyText ? withEmptyKeys(manner.request) : manner.request;
  const say = (atMs: number, said: string, isOver: boolean) =>
    writeStateChange(world, {
      atMs,
      of: manner.of,
      arn: job.arn,
      detail: {
        [`${manner.stem}Name`]: job.name,
        [`${manner.stem}Arn`]: job.arn,
        [`${manner.stem}Status`]: said,
        ...Object.fromEntries(Object.entries(request).filter(([name]) => !manner.unsaid.includes(name))),
      },
      times: {
        CreationTime: job.createdMs,
        LastModifiedTime: atMs,
        [`${manner.timeStem}StartTime`]: atMs > job.startedMs ? job.startedMs : undefined,
        [`${manner.timeStem}EndTime`]: isOver ? toldEndMs : undefined,
      },
    });
  if (job.telling.start) {
    say(job.createdMs + 2000, 'InProgress', false);
    say(job.startedMs + 1000, 'InProgress', false);
  }
  if (job.telling.end) {
    say(Math.max(toldEndMs, job.startedMs) + 2000, status, true);
  }
}

/** Uploads go on after the end that SageMaker tells of, or that end is when the instances are gone. */
function toldEndOf(world: World, run: Run): number {
  const { dice } = world;
  const offsetMs = dice.pick([0, 0, 0, -dice.between(5, 180), dice.between(5, 600)]) * 1000;
  return Math.max(run.startedMs + 5000, run.endedMs + offsetMs);
}

const keyMembers: Readonly<Record<string, string>> = {
  outputDataConfig: 'kmsKeyId',
  transformOutput: 'kmsKeyId',
  resourceConfig: 'volumeKmsKeyId',
  transformResources: 'volumeKmsKeyId',
};

/** A state change may say `""` where the create call named no key. */
function withEmptyKeys(request: Json): Json {
  return Object.fromEntries(
    Object.entries(request).map(([name, value]) => {
      const key = keyMembers[name];
      return [name, key === undefined || typeof value !== 'object' ? value : { [key]: '', ...value }];
    }),
  );
}
