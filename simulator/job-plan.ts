import type { Customs } from './customs.ts';
import { sessionNameOf } from './job-session.ts';
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

/** The longest run of a job, so that the jobs of a day matter to that day and the next only. */
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
  /** A job that starts at the same second. */
  readonly beside?: SimulatedJob;
  /** The name of another job of the team. */
  readonly anotherJob?: string | undefined;
}

function whole(timeMs: number): number {
  return Math.floor(timeMs / SECOND_MS) * SECOND_MS;
}

function phasesOf(
  customs: Customs,
  type: JobType,
  startedMs: number,
  endedMs: number,
  random: Random,
): JobPhase[] {
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
      return [
        { uses: 'capture', ...at(0, 1), weight: 0.3 },
        ...(customs.endpointsReadModels ? [{ uses: 'model', ...at(0, 1), weight: 0.3 } as const] : []),
      ];
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

/** Makes one job. The draws depend on the type and the mould only. */
function makeJob(world: World, random: Random, mould: JobMould): SimulatedJob {
  const { team, type, parent, source } = mould;
  const named = drawNameAndTimes(random, mould);
  const { name, arn, role, startedMs, endedMs } = named;
  const instanceType = type === 'notebook-instance' ? 'ml.t3.medium' : random.pick(INSTANCES);
  const statusDraw = random.float();
  const inScope = random.chance(0.02) && type === 'training-job';
  const sourceIdentity =
    team.sourceIdentities && random.chance(0.8) ? team.launcher.sessionName || team.launcher.name : undefined;
  const records = drawRecords(world, random, mould, named);
  const { customs } = world.options;
  const inScopeOf = `{"issuerType":"AWS::SageMaker::TrainingJob","sourceArn":"${arn}","sourceAccount":"${team.place.accountId}"}`;
  const firstMs = startedMs - random.int(40) * SECOND_MS;
  const sessionPlan = {
    sessionName: sessionNameOf(customs, { type, name }, mould.anotherJob, named.seed),
    firstMs: mould.beside?.sessionPlan.firstMs ?? firstMs,
    options: {
      noAccessKey: random.chance(customs.withoutAccessKeyShare),
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      ...(inScope ? { inScopeOf } : {}),
    },
  };
  return {
    ...named,
    ...records,
    type,
    team,
    launcher: team.launcher,
    status: mould.status ?? (statusDraw < 0.88 ? 'Completed' : statusDraw < 0.95 ? 'Failed' : 'Stopped'),
    session: makeSession(random, role, sessionPlan.firstMs, {
      ...sessionPlan.options,
      sessionName: sessionPlan.sessionName,
    }),
    sessionPlan,
    via: random.pick(VIAS),
    volumeKey: mould.noKeys || hasLocalStorage(instanceType) ? undefined : team.volumeKey,
    outputKey: mould.noKeys ? undefined : team.outputKey,
    dataKey: team.dataKey,
    keyForm: random.pick(['arn', 'arn', 'id', 'alias'] as const),
    instanceType,
    instanceCount: 1 + random.int(3),
    ...drawPaths(random, mould, name),
    modelPath: modelPath(customs, type, team, named.seed),
    bucketKeys: team.bucketKeys,
    removeJobName: mould.removeJobName ?? false,
    volumeId: `vol-0${random.hex(16)}`,
    grantId: random.hex(64),
    phases: phasesOf(customs, type, startedMs, endedMs, random),
    parent,
    source,
    sourceIdentity,
    failedCreates: mould.failedCreates ?? 0,
    reusesName: mould.reusesName ?? false,
    inScope,
  };
}

type NameAndTimes = Pick<
  SimulatedJob,
  'name' | 'arn' | 'role' | 'createdMs' | 'startedMs' | 'endedMs' | 'pipelineExecutionArn' | 'seed'
>;

function drawNameAndTimes(random: Random, mould: JobMould): NameAndTimes {
  const { team, type, durationMs } = mould;
  const { accountId, region } = team.place;
  const createdMs = whole(mould.createdMs);
  const suffix = random.hex(4);
  const pipelineId = random.hex(12);
  const name =
    mould.name ??
    (mould.pipeline
      ? `pipelines-${pipelineId}-${SHORT[type]}-${random.hex(10)}`
      : `${team.name}-${SHORT[type]}-${compact(createdMs)}-${suffix}`);
  const role = mould.role ?? mould.parent?.role ?? random.pick(team.roles);
  const startsMs = whole(createdMs + random.between(45, 240) * SECOND_MS);
  const startedMs = mould.beside?.startedMs ?? startsMs;
  const endedMs =
    durationMs === Number.POSITIVE_INFINITY
      ? durationMs
      : whole(startedMs + Math.min(durationMs, LONGEST_MS));
  const arn = arnOf(type, team, name);
  return {
    name,
    arn,
    role,
    createdMs,
    startedMs,
    endedMs,
    pipelineExecutionArn: mould.pipeline
      ? `arn:aws:sagemaker:${region}:${accountId}:pipeline/${team.name}/execution/${pipelineId}`
      : undefined,
    seed: `${arn} ${createdMs}`,
  };
}

/** Which records of a job exist. */
function drawRecords(
  { options, gap, fromMs, toMs }: World,
  random: Random,
  mould: JobMould,
  { createdMs, endedMs }: NameAndTimes,
): Pick<SimulatedJob, 'createRecord' | 'stateChanges' | 'known'> {
  const inGap =
    gap !== undefined &&
    gap.place === mould.team.place &&
    createdMs > gap.fromMs - MINUTE_MS &&
    createdMs < gap.toMs;
  const hasCreate = (mould.createRecord ?? !random.chance(options.missingCreateShare)) && !inGap;
  const hasChanges = mould.stateChanges ?? !random.chance(options.missingStateChangeShare);
  const createRecord = hasCreate && createdMs >= fromMs;
  const stateChanges =
    hasChanges &&
    hasStateChanges(mould.type) &&
    (createdMs >= fromMs || endedMs < toMs) &&
    createdMs + MINUTE_MS < toMs;
  return { createRecord, stateChanges, known: createRecord || stateChanges };
}

function drawPaths(
  random: Random,
  { type, team, source, removeJobName }: JobMould,
  name: string,
): Pick<SimulatedJob, 'inputPath' | 'outputPath' | 'checkpointPath'> {
  const ofTeam = `${team.outputBucket}/${team.name}`;
  return {
    inputPath: source?.outputPath ?? `${team.inputBucket}/datasets/${team.name}/v${1 + random.int(3)}`,
    outputPath: removeJobName ? `${ofTeam}/latest` : `${ofTeam}/${SHORT[type]}/${name}`,
    checkpointPath:
      type === 'training-job' && random.chance(0.8) ? `${ofTeam}/checkpoints/${name}` : undefined,
  };
}

/** Where endpoints read their models, each has a release of its own. */
function modelPath({ endpointsReadModels }: Customs, type: JobType, team: Team, seed: string): string {
  const isOwn = endpointsReadModels && type === 'endpoint';
  const release = isOwn ? `release-${new Random(seed, 'model').hex(6)}` : 'released';
  return `${team.outputBucket}/${team.name}/train/${release}/output/model.tar.gz`;
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

/** The jobs created on one day, in no particular order. Any day can be planned without the days before it. */
export function planJobs(world: World, day: number): SimulatedJob[] {
  const plan = new DayPlan(world, day);
  const isWithNightly = plan.addNightly();
  for (let count = isWithNightly ? 1 : 0; count < world.options.jobsPerDay; count++) plan.addDrawn(count);
  return plan.jobs;
}

/** A job as it was drawn, before its kind decides what it becomes. */
interface DrawnJob {
  readonly type: JobType;
  readonly team: Team;
  readonly createdMs: number;
  readonly durationMs: number;
  /** From 0 to 1: each range of it is one peculiarity. */
  readonly twist: number;
}

class DayPlan {
  readonly jobs: SimulatedJob[] = [];
  readonly #world: World;
  readonly #random: Random;
  readonly #day: number;
  readonly #dayMs: number;

  constructor(world: World, day: number) {
    this.#world = world;
    this.#random = new Random(world.options.seed, 'jobs', day);
    this.#day = day;
    this.#dayMs = world.fromMs + day * DAY_MS;
  }

  /** The first team's job of the same name every night, after the last run was deleted. */
  addNightly(): boolean {
    const [team] = this.#world.teams;
    if (team === undefined) return false;
    const day = this.#day;
    const durationMs = (30 + this.#random.float() * 30) * MINUTE_MS;
    this.#add({
      type: 'training-job',
      team,
      role: this.#world.nightlyRole,
      createdMs: this.#dayMs + 2 * HOUR_MS,
      durationMs,
      name: `${team.name}-nightly`,
      reusesName: day > 0,
      failedCreates: day % 5 === 2 ? 2 : 0,
      ...(day % 7 === 3 ? { status: 'Stopped' } : {}),
    });
    if (day === 1 && this.#world.options.incidents) {
      // The incident of a job without keys of the customer's.
      this.#add({
        type: 'training-job',
        team,
        createdMs: this.#clamp(this.#dayMs + 10 * HOUR_MS),
        durationMs: 20 * MINUTE_MS,
        noKeys: true,
        createRecord: true,
      });
    }
    return true;
  }

  /** Draws the job of a number in the day, and what comes with it. */
  addDrawn(number: number): void {
    const random = this.#random;
    const team = this.#world.teamWeights.draw(random);
    const drawnType = TYPES.draw(random);
    // The second of each day goes through the types, so that a small simulation has them all.
    const type = (number === 1 ? TYPES.items[this.#day % TYPES.items.length] : undefined) ?? drawnType;
    const createdMs = this.#clamp(drawCreated(random, this.#dayMs));
    const durationMs = drawDuration(random);
    const drawn = { type, team, createdMs, durationMs, twist: random.float() };
    if (type === 'hyper-parameter-tuning-job') this.#addTuning(drawn);
    else this.#addPlain(drawn);
  }

  #addTuning({ type, team, createdMs, durationMs }: DrawnJob): void {
    const random = this.#random;
    const parent = this.#add({ type, team, createdMs, durationMs: durationMs * 2 });
    const count = 3 + random.int(4);
    for (let nth = 1; nth <= count; nth++) {
      const begin = parent.startedMs + ((parent.endedMs - parent.startedMs) * (nth - 1)) / (count + 1);
      this.#add({
        type: 'training-job',
        team,
        parent,
        createdMs: begin,
        durationMs: Math.max(3 * MINUTE_MS, parent.endedMs - begin - 4 * MINUTE_MS),
        name: `${parent.name.slice(0, 45)}-${String(nth).padStart(3, '0')}-${random.hex(8)}`,
      });
    }
  }

  #addPlain({ type, team, createdMs, durationMs, twist }: DrawnJob): void {
    const random = this.#random;
    const hasEnded = (job: SimulatedJob): boolean => job.team === team && job.endedMs < createdMs - MINUTE_MS;
    const earlier =
      type === 'training-job' || type === 'processing-job'
        ? this.jobs.find((job) => hasEnded(job) && job.type === type && job.parent === undefined)
        : undefined;
    const source =
      twist < 0.15
        ? this.jobs.find((job) => hasEnded(job) && job.type !== 'hyper-parameter-tuning-job')
        : undefined;
    const job = this.#add({
      type,
      team,
      createdMs,
      durationMs,
      ...(twist > 0.96 && earlier !== undefined ? { name: earlier.name, reusesName: true } : {}),
      ...(source === undefined ? {} : { source }),
      removeJobName: type === 'training-job' && twist > 0.3 && twist < 0.36,
      failedCreates: twist > 0.4 && twist < 0.44 ? 1 + random.int(3) : 0,
      pipeline: twist > 0.5 && twist < 0.6,
    });
    const { role } = job;
    if (team.twin !== undefined && random.chance(0.5)) {
      const beside = random.chance(0.5) ? { beside: job } : {};
      this.#add({ type, team: team.twin, createdMs, durationMs, role, ...beside });
    }
    // A sweep: another job of the same role and input within half a minute.
    if (twist > 0.7 && twist < 0.85 && type === 'training-job') {
      this.#add({
        type,
        team,
        createdMs: this.#clamp(createdMs + random.between(1, 30) * SECOND_MS),
        durationMs: durationMs * random.between(0.8, 1.2),
        role,
      });
    }
  }

  #add(mould: JobMould): SimulatedJob {
    const anotherJob = this.jobs.findLast(({ team }) => team === mould.team)?.name;
    const job = makeJob(this.#world, this.#random, { anotherJob, ...mould });
    this.jobs.push(job);
    return job;
  }

  /** Within the day, and not in the last minutes of the simulation. */
  #clamp(timeMs: number): number {
    const lastMs = Math.min(this.#dayMs + DAY_MS, this.#world.toMs) - 15 * MINUTE_MS;
    return Math.min(Math.max(timeMs, this.#dayMs), lastMs);
  }
}

/** Endpoints, notebooks and feature groups. Some are older than the simulation; all live to its end. */
export function planResources(world: World): SimulatedJob[] {
  const random = new Random(world.options.seed, 'resources');
  const jobs: SimulatedJob[] = [];
  world.teams.slice(0, 40).forEach((team, index) => {
    // A twin has the same names in another Region.
    const types: readonly JobType[] = ['notebook-instance', 'endpoint', 'feature-group'];
    const more: readonly JobType[] = world.options.customs.endpointsReadModels
      ? ['endpoint', 'endpoint']
      : [];
    [...types, ...more].forEach((type, nth) => {
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
          name: `${team.name}-${SHORT[type]}${nth < types.length ? '' : `-${nth}`}`,
          createRecord: true,
          stateChanges: type !== 'notebook-instance',
        }),
      );
    });
  });
  return jobs;
}
