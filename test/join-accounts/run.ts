import type { Dice } from './dice.ts';
import type { Role } from './identity.ts';
import type { Key } from './key-ring.ts';
import { below, type Place } from './s3-place.ts';
import { executionSession } from './sessions.ts';
import type { Run, Telling, World } from './world.ts';

/** Where data lie, and which job wrote them, where its name or a place of its own says so. */
export interface Authored {
  readonly place: Place;
  readonly authorArn?: string;
}

/** What the kinds of jobs have in common: where it reads and writes, and with which keys. */
export interface DataJob extends Run {
  /** What its create call names as inputs; what it reads may be others. */
  readonly declaredInputs: readonly Place[];
  readonly inputs: readonly Place[];
  /** What its create call names as output; its objects lie there, or below its name there. */
  readonly declaredOutput: Place;
  readonly removesJobName: boolean;
  /** What a manifest among the inputs names. */
  readonly manifestPlace?: Place;
  readonly chainedFrom?: Authored;
  readonly model?: Authored;
  readonly source?: Place;
  readonly uploadsSource?: boolean;
  readonly checkpoint?: Place;
  /** What it checkpointed in an earlier run, or another. */
  readonly resumes: boolean;
  /** Where its objects come to lie, and whether other jobs' do too. */
  readonly output: Place;
  readonly outputIsShared: boolean;
  readonly outputKey?: Key;
  readonly volumeKey?: Key;
}

export interface RunPlan {
  readonly type: string;
  readonly name: string;
  readonly role: Role;
  readonly createdMs: number;
  readonly launcherSourceIdentity?: string;
  /** What it belongs to. */
  readonly parentArn?: string;
  readonly sessionName?: string;
  /** Around so long. */
  readonly minutes?: number;
}

const minuteMs = 60_000;

export function aRun(world: World, plan: RunPlan): Run {
  const { dice, customs } = world;
  const startedMs = plan.createdMs + dice.between(20, 400) * 1000;
  const minutes = Math.min(2000, Math.max(3, dice.around(plan.minutes ?? 40)));
  const run = {
    type: plan.type,
    name: plan.name,
    arn: sageMakerArn(world, plan.type, plan.name),
    role: plan.role,
    createdMs: plan.createdMs + dice.between(0, 999),
    startedMs,
    endedMs: startedMs + Math.round(minutes * minuteMs),
    telling: tellingOf(dice, customs),
    ...(plan.parentArn === undefined ? {} : { parentArn: plan.parentArn }),
  };
  const session = executionSession(world, run, plan, 'code');
  return {
    ...run,
    session,
    agent:
      customs.agentHasOwnSession || customs.sharesCredentials
        ? executionSession(world, run, plan, 'agent')
        : session,
  };
}

export function sageMakerArn(world: World, type: string, name: string): string {
  return `arn:${world.customs.partition}:sagemaker:${world.region}:${world.accountId}:${type}/${name}`;
}

function tellingOf(dice: Dice, customs: World['customs']): Telling {
  return {
    create: dice.chance(customs.createShare),
    start: dice.chance(customs.stateChangeShare),
    end: dice.chance(customs.stateChangeShare),
    maxRuntime: dice.chance(customs.maxRuntimeShare),
    models: customs.modelsAreLogged,
  };
}

/** A while of a run, from `from` to `to`, which are shares of its time. */
export function timeDuring(run: Run, dice: Dice, from = 0, to = 1): number {
  const spanMs = run.endedMs - run.startedMs;
  return Math.round(run.startedMs + (from + dice.unit() * (to - from)) * spanMs);
}

/** What a job put out, as another reads it. Only objects of its own name their author, and no bucket key does. */
export function authored(job: DataJob, path?: string): Authored {
  const place = path === undefined ? job.output : below(job.output, path);
  return job.outputIsShared || place.bucket.hasBucketKey ? { place } : { place, authorArn: job.arn };
}

export function isDataJob(run: Run): run is DataJob {
  return 'output' in run;
}
