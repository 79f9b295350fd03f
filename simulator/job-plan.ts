import { makeSession, type SimulatedPrincipal } from './principal.ts';
import { Random } from './random.ts';
import {
  hasLocalStorage,
  type JobPhase,
  type JobStatus,
  type JobType,
  type SimulatedJob,
} from './simulated-job.ts';
import { hasStateChanges } from './state-change.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, timeText } from './time-text.ts';
import { Weighted } from './weighted.ts';
import type { Team, World } from './world.ts';

const TYPES = new Weighted<JobType>(
  [
    'training-job',
    'processing-job',
    'transform-job',
    'hyper-parameter-tuning-job',
    'automl-job',
    'fine-tuning-job',
  ],
  (_, index) => [50, 24, 14, 5, 3, 4][index] ?? 0,
);

const SHORT: Readonly<Record<JobType, string>> = {
  'training-job': 'train',
  'processing-job': 'prep',
  'transform-job': 'score',
  'hyper-parameter-tuning-job': 'tune',
  'automl-job': 'auto',
  endpoint: 'serve',
  'notebook-instance': 'notebook',
  'feature-group': 'features',
  'fine-tuning-job': 'finetune',
};

const INSTANCES = ['ml.m5.xlarge', 'ml.c5.4xlarge', 'ml.g5.2xlarge', 'ml.p4d.24xlarge', 'ml.m5.4xlarge'];
const VIAS = ['AWS Internal', 'AWS Internal', 's3.amazonaws.com', 'sagemaker.amazonaws.com'];

/** No job runs longer, so that a day's jobs concern that day and the next only. */
const LONGEST_MS = 20 * HOUR_MS;

/** What a job is made from; the rest follows from the team or is drawn. */
interface JobMould {
  readonly type: JobType;
  readonly team: Team;
  readonly createdMs: number;
  readonly durationMs: number;
  readonly name?: string;
  readonly role?: SimulatedPrincipal;
  readonly parent?: SimulatedJob;
  readonly source?: SimulatedJob | undefined;
  readonly reusesName?: boolean;
  readonly removeJobName?: boolean;
  readonly failedCreates?: number;
  readonly pipeline?: boolean;
  readonly createRecord?: boolean;
  readonly stateChanges?: boolean;
  readonly noKeys?: boolean;
  readonly status?: JobStatus;
}

function whole(timeMs: number): number {
  return Math.floor(timeMs / SECOND_MS) * SECOND_MS;
}

function phasesOf(type: JobType, startedMs: number, endedMs: number, random: Random): JobPhase[] {
  const length = Math.min(endedMs, startedMs + 400 * DAY_MS) - startedMs;
  const at = (from: number, to: number): Pick<JobPhase, 'fromMs' | 'toMs'> => ({
    fromMs: startedMs + length * from,
    toMs: startedMs + length * to,
  });
  switch (type) {
    case 'training-job':
      return [
        // File mode downloads first; the streaming modes read throughout.
        { uses: 'input', ...(random.chance(0.7) ? at(0.02, 0.2) : at(0.02, 0.95)), weight: 6 },
        { uses: 'checkpoint', ...at(0.2, 0.95), weight: 2 },
        { uses: 'output', ...at(0.95, 0.99), weight: 1 },
        { uses: 'secret', ...at(0.02, 0.9), weight: 0.4 },
        { uses: 'direct', ...at(0.05, 0.9), weight: 0.3 },
      ];
    case 'processing-job':
    case 'transform-job':
    case 'automl-job':
      return [
        { uses: 'input', ...at(0.02, 0.7), weight: 5 },
        { uses: 'output', ...at(0.4, 0.98), weight: 4 },
        { uses: 'direct', ...at(0.1, 0.9), weight: 0.3 },
      ];
    case 'fine-tuning-job':
      return [
        { uses: 'input', ...at(0.02, 0.3), weight: 2 },
        { uses: 'output', ...at(0.3, 0.98), weight: 2 },
      ];
    case 'endpoint':
      return [{ uses: 'capture', ...at(0, 1), weight: 0.3 }];
    case 'notebook-instance':
      return [{ uses: 'direct', ...at(0, 1), weight: 0.1 }];
    case 'feature-group':
      return [{ uses: 'output', ...at(0, 1), weight: 0.2 }];
    case 'hyper-parameter-tuning-job':
      return [];
  }
}

function arnOf(type: JobType, team: Team, name: string): string {
  const { accountId, region } = team.place;
  const resource = type === 'fine-tuning-job' ? `job/AgentRFT/${name}` : `${type}/${name}`;
  return `arn:aws:sagemaker:${region}:${accountId}:${resource}`;
}

function compact(timeMs: number): string {
  return timeText(timeMs).slice(0, 19).replace(/[:T]/g, '-');
}

/** Makes one job. Draws from `random` in a fixed order, whatever the mould gives. */
function makeJob(world: World, random: Random, mould: JobMould): SimulatedJob {
  const { team, type, parent } = mould;
  const { options } = world;
  const createdMs = whole(mould.createdMs);
  const suffix = random.hex(4);
  const pipelineId = random.hex(12);
  const name =
    mould.name ??
    (mould.pipeline
      ? `pipelines-${pipelineId}-${SHORT[type]}-${random.hex(10)}`
      : `${team.name}-${SHORT[type]}-${compact(createdMs)}-${suffix}`);
  const role = mould.role ?? parent?.role ?? random.pick(team.roles);
  const startedMs = whole(createdMs + random.between(45, 240) * SECOND_MS);
  const endedMs =
    mould.durationMs === Number.POSITIVE_INFINITY
      ? mould.durationMs
      : whole(startedMs + Math.min(mould.durationMs, LONGEST_MS));
  const instanceType = type === 'notebook-instance' ? 'ml.t3.medium' : random.pick(INSTANCES);
  const statusDraw = random.float();
  const inScope = random.chance(0.02);
  const sourceIdentity =
    team.sourceIdentities && random.chance(0.8) ? team.launcher.sessionName || team.launcher.name : undefined;
  const arn = arnOf(type, team, name);
  const { gap } = world;
  const inGap =
    gap !== undefined &&
    gap.place === team.place &&
    createdMs > gap.fromMs - MINUTE_MS &&
    createdMs < gap.toMs;
  const created = (mould.createRecord ?? !random.chance(options.missingCreateShare)) && !inGap;
  const changes = mould.stateChanges ?? !random.chance(options.missingStateChangeShare);
  const createRecord = created && createdMs >= world.fromMs;
  const stateChanges =
    changes &&
    hasStateChanges(type) &&
    (createdMs >= world.fromMs || endedMs < world.toMs) &&
    createdMs + MINUTE_MS < world.toMs;
  const out = `${team.outputBucket}/${team.name}/${SHORT[type]}`;
  const inScopeOf = `{"issuerType":"AWS::SageMaker::TrainingJob","sourceArn":"${arn}","sourceAccount":"${team.place.accountId}"}`;
  return {
    type,
    name,
    arn,
    team,
    role,
    launcher: team.launcher,
    createdMs,
    startedMs,
    endedMs,
    status: mould.status ?? (statusDraw < 0.88 ? 'Completed' : statusDraw < 0.95 ? 'Failed' : 'Stopped'),
    session: makeSession(random, role, startedMs - random.int(40) * SECOND_MS, {
      noAccessKey: random.chance(0.15),
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      ...(inScope && type === 'training-job' ? { inScopeOf } : {}),
    }),
    via: random.pick(VIAS),
    volumeKey: mould.noKeys || hasLocalStorage(instanceType) ? undefined : team.volumeKey,
    outputKey: mould.noKeys ? undefined : team.outputKey,
    dataKey: team.dataKey,
    keyForm: random.pick(['arn', 'arn', 'id', 'alias'] as const),
    instanceType,
    instanceCount: 1 + random.int(3),
    inputPath: mould.source?.outputPath ?? `${team.inputBucket}/datasets/${team.name}/v${1 + random.int(3)}`,
    outputPath: mould.removeJobName ? `${team.outputBucket}/${team.name}/latest` : `${out}/${name}`,
    checkpointPath:
      type === 'training-job' && random.chance(0.8)
        ? `${team.outputBucket}/${team.name}/checkpoints/${name}`
        : undefined,
    bucketKeys: team.bucketKeys,
    removeJobName: mould.removeJobName ?? false,
    volumeId: `vol-0${random.hex(16)}`,
    grantId: random.hex(64),
    phases: phasesOf(type, startedMs, endedMs, random),
    parent,
    source: mould.source,
    sourceIdentity,
    pipelineExecutionArn: mould.pipeline
      ? `arn:aws:sagemaker:${team.place.region}:${team.place.accountId}:pipeline/${team.name}/execution/${pipelineId}`
      : undefined,
    failedCreates: mould.failedCreates ?? 0,
    reusesName: mould.reusesName ?? false,
    createRecord,
    stateChanges,
    known: createRecord || stateChanges,
    inScope: inScope && type === 'training-job',
    seed: `${arn} ${createdMs}`,
  };
}

/** Log-normal about 35 minutes. */
function drawDuration(random: Random): number {
  return Math.max(4 * MINUTE_MS, 35 * MINUTE_MS * Math.exp(0.8 * random.normal()));
}

function drawCreated(random: Random, dayMs: number): number {
  // Half of the jobs are started by people by day, half by schedules at full hours and in between.
  if (random.chance(0.5)) return dayMs + (13 + 3.2 * random.normal()) * HOUR_MS;
  return dayMs + random.float() * DAY_MS;
}

/** The jobs created on one day, in no order. Any day can be planned without the days before it. */
export function planJobs(world: World, day: number): SimulatedJob[] {
  const { options } = world;
  const random = new Random(options.seed, 'jobs', day);
  const dayMs = world.fromMs + day * DAY_MS;
  const lastMs = Math.min(dayMs + DAY_MS, world.toMs) - 15 * MINUTE_MS;
  const clamp = (timeMs: number): number => Math.min(Math.max(timeMs, dayMs), lastMs);
  const jobs: SimulatedJob[] = [];
  const add = (mould: JobMould): SimulatedJob => {
    const job = makeJob(world, random, mould);
    jobs.push(job);
    return job;
  };
  const nightly = world.teams[0];
  if (nightly !== undefined) {
    // The same name every night, after the last run was deleted.
    const durationMs = (30 + random.float() * 30) * MINUTE_MS;
    add({
      type: 'training-job',
      team: nightly,
      role: world.nightlyRole,
      createdMs: dayMs + 2 * HOUR_MS,
      durationMs,
      name: `${nightly.name}-nightly`,
      reusesName: day > 0,
      failedCreates: day % 5 === 2 ? 2 : 0,
      ...(day % 7 === 3 ? { status: 'Stopped' } : {}),
    });
  }
  if (nightly !== undefined && day === 1 && options.incidents) {
    add({
      type: 'training-job',
      team: nightly,
      createdMs: clamp(dayMs + 10 * HOUR_MS),
      durationMs: 20 * MINUTE_MS,
      noKeys: true,
      createRecord: true,
    });
  }
  for (let count = nightly === undefined ? 0 : 1; count < options.jobsPerDay; count++) {
    const team = world.teamWeights.draw(random);
    const drawn = TYPES.draw(random);
    // The first of each day goes through the types, so that a small simulation has them all.
    const type = (count === 1 ? TYPES.items[day % TYPES.items.length] : undefined) ?? drawn;
    const createdMs = clamp(drawCreated(random, dayMs));
    const durationMs = drawDuration(random);
    const twist = random.float();
    const ended = (job: SimulatedJob): boolean => job.team === team && job.endedMs < createdMs - MINUTE_MS;
    if (type === 'hyper-parameter-tuning-job') {
      const parent = add({ type, team, createdMs, durationMs: durationMs * 2 });
      const count = 3 + random.int(4);
      for (let nth = 1; nth <= count; nth++) {
        const begin = parent.startedMs + ((parent.endedMs - parent.startedMs) * (nth - 1)) / (count + 1);
        add({
          type: 'training-job',
          team,
          parent,
          createdMs: begin,
          durationMs: Math.max(3 * MINUTE_MS, parent.endedMs - begin - 4 * MINUTE_MS),
          name: `${parent.name.slice(0, 45)}-${String(nth).padStart(3, '0')}-${random.hex(8)}`,
        });
      }
      continue;
    }
    const earlier =
      type === 'training-job' || type === 'processing-job'
        ? jobs.find((job) => ended(job) && job.type === type && job.parent === undefined)
        : undefined;
    const source =
      twist < 0.15 ? jobs.find((job) => ended(job) && job.type !== 'hyper-parameter-tuning-job') : undefined;
    const reuse = twist > 0.96 && earlier !== undefined;
    add({
      type,
      team,
      createdMs,
      durationMs,
      ...(reuse ? { name: earlier.name, reusesName: true } : {}),
      ...(source === undefined ? {} : { source }),
      removeJobName: type === 'training-job' && twist > 0.3 && twist < 0.36,
      failedCreates: twist > 0.4 && twist < 0.44 ? 1 + random.int(3) : 0,
      pipeline: twist > 0.5 && twist < 0.6,
    });
    // A sweep: another job of the same role and input within half a minute.
    if (twist > 0.7 && twist < 0.85 && type === 'training-job') {
      add({
        type,
        team,
        createdMs: clamp(createdMs + random.between(1, 30) * SECOND_MS),
        durationMs: durationMs * random.between(0.8, 1.2),
        role: jobs[jobs.length - 1]?.role ?? random.pick(team.roles),
      });
    }
  }
  return jobs;
}

/** Endpoints, notebooks and feature groups: some older than the simulation, all living to its end. */
export function planResources(world: World): SimulatedJob[] {
  const random = new Random(world.options.seed, 'resources');
  const jobs: SimulatedJob[] = [];
  world.teams.slice(0, 40).forEach((team, index) => {
    const types: readonly JobType[] = ['notebook-instance', 'endpoint', 'feature-group'];
    types.forEach((type, nth) => {
      if (index > 2 && !random.chance(0.4)) return;
      const before = (index + nth) % 3 === 2;
      const createdMs = before
        ? world.fromMs - random.between(1, 60) * DAY_MS
        : world.fromMs + random.between(0.1, 0.4) * Math.min(world.toMs - world.fromMs, 3 * DAY_MS);
      jobs.push(
        makeJob(world, random, {
          type,
          team,
          createdMs,
          durationMs: Number.POSITIVE_INFINITY,
          name: `${team.name}-${SHORT[type]}`,
          createRecord: true,
          stateChanges: type !== 'notebook-instance',
        }),
      );
    });
  });
  return jobs;
}
