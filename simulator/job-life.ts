import { attachVolume, retireGrant, writeOutput } from './job-uses.ts';
import { Random } from './random.ts';
import {
  emitAssumedRole,
  emitCreate,
  emitDelete,
  emitFailedCreate,
  emitSession,
  emitStop,
} from './sagemaker-record.ts';
import type { Scheduled } from './schedule.ts';
import { hasLocalStorage, type JobType, type SimulatedJob } from './simulated-job.ts';
import type { Slice } from './slice.ts';
import { emitPipelineStep, emitStateChange } from './state-change.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, timeText } from './time-text.ts';
import type { JobTruth } from './truth.ts';
import type { World } from './world.ts';

interface Statuses {
  readonly creating: string;
  readonly running: string;
}

const USUAL_STATUSES: Statuses = { creating: 'InProgress', running: 'InProgress' };
const STATUSES: Partial<Record<JobType, Statuses>> = {
  endpoint: { creating: 'CREATING', running: 'IN_SERVICE' },
  'feature-group': { creating: 'Creating', running: 'Created' },
};

function truthOf(job: SimulatedJob, world: World): JobTruth {
  const ended = job.endedMs < world.toMs;
  const fine = job.type === 'fine-tuning-job';
  return {
    truth: 'job',
    jobArn: job.arn,
    type: job.type,
    name: job.name,
    accountId: job.team.place.accountId,
    region: job.team.place.region,
    roleArn: job.role.id,
    launcher: job.launcher.id,
    createdTime: timeText(job.createdMs),
    startedTime: timeText(job.startedMs),
    ...(ended ? { endedTime: timeText(job.endedMs) } : {}),
    status: ended ? job.status : 'InProgress',
    declaredKeys: {
      ...(job.volumeKey === undefined || fine ? {} : { volume: job.volumeKey.arn }),
      ...(fine
        ? { output: (job.outputKey ?? job.dataKey).arn }
        : job.outputKey === undefined
          ? {}
          : { output: job.outputKey.arn }),
    },
    ...(job.parent === undefined ? {} : { parentJobArn: job.parent.arn }),
    ...(job.sourceIdentity === undefined ? {} : { sourceIdentity: job.sourceIdentity }),
    createRecord: job.createRecord,
    stateChanges: job.stateChanges,
    known: job.known,
    failedCreates: job.failedCreates,
    reusesName: job.reusesName,
  };
}

/** Whether the job leaves something without a customer managed key, although its kind takes one. */
function isUnencrypted(job: SimulatedJob): boolean {
  if (job.type === 'fine-tuning-job' || job.parent !== undefined) return false;
  return job.outputKey === undefined || (job.volumeKey === undefined && !hasLocalStorage(job.instanceType));
}

/** Everything that happens once in the life of a job, and the truth about it at its creation. */
export function jobLife(job: SimulatedJob, world: World): Scheduled[] {
  const life = new JobLife(job, world);
  life.addTruth();
  life.addCreation();
  if (job.stateChanges) life.addStateChanges();
  if (life.isEnding && job.type !== TUNING) life.addEnd();
  return life.scheduled;
}

/** The children of a tuning job do its work. */
const TUNING = 'hyper-parameter-tuning-job';

class JobLife {
  readonly scheduled: Scheduled[] = [];
  readonly #job: SimulatedJob;
  readonly #world: World;
  readonly #random: Random;

  constructor(job: SimulatedJob, world: World) {
    this.#job = job;
    this.#world = world;
    this.#random = new Random(job.seed, 'life');
  }

  get isEnding(): boolean {
    return Number.isFinite(this.#job.endedMs);
  }

  addTruth(): void {
    const job = this.#job;
    const world = this.#world;
    this.scheduled.push({
      timeMs: Math.max(job.createdMs, world.fromMs),
      emit: (slice) => {
        slice.truths.push(truthOf(job, world));
        if (!world.options.incidents || !job.createRecord || !isUnencrypted(job)) return;
        slice.truths.push({
          truth: 'incident',
          rule: 'job-not-encrypted-with-customer-key',
          jobArn: job.arn,
          accountId: job.team.place.accountId,
          region: job.team.place.region,
          time: timeText(job.createdMs),
        });
      },
    });
  }

  addCreation(): void {
    const job = this.#job;
    const { createdMs, startedMs } = job;
    for (let nth = job.failedCreates; nth > 0; nth--) {
      this.#at(createdMs - nth * 7 * MINUTE_MS, (slice, timeMs) => emitFailedCreate(slice, job, timeMs));
    }
    if (job.reusesName) {
      this.#at(createdMs - 40 * SECOND_MS, (slice, timeMs) => emitDelete(slice, job, timeMs));
    }
    if (job.createRecord) this.#at(createdMs, (slice) => emitCreate(slice, job));
    if (job.type === TUNING) return;
    this.#at(startedMs, (slice) => {
      emitSession(slice, job);
      attachVolume(slice, job);
    });
    const { credentials, sessionRecords } = this.#world.options.customs;
    if (sessionRecords === 'all' && credentials.startsWith('hourly')) this.#addRenewals();
  }

  /** SageMaker assumes the role again for each later session. */
  #addRenewals(): void {
    const { sessionPlan, endedMs } = this.#job;
    const toMs = Math.min(endedMs, this.#world.toMs);
    for (let timeMs = sessionPlan.firstMs + HOUR_MS; timeMs < toMs; timeMs += HOUR_MS) {
      this.#at(timeMs, (slice) => emitAssumedRole(slice, this.#job, timeMs));
    }
  }

  /** State changes but the first may be lost. */
  addStateChanges(): void {
    const { createdMs, startedMs, endedMs, type, status } = this.#job;
    const random = this.#random;
    const { creating, running } = STATUSES[type] ?? USUAL_STATUSES;
    this.#stateChange(createdMs + 4 * SECOND_MS, creating);
    if (random.chance(0.9)) this.#stateChange(startedMs + 2 * SECOND_MS, running);
    if (this.isEnding && random.chance(0.97)) this.#stateChange(endedMs + 2 * SECOND_MS, status);
    this.#pipelineStep(createdMs + 5 * SECOND_MS, 'Executing');
    if (this.isEnding) this.#pipelineStep(endedMs + 6 * SECOND_MS, 'Succeeded');
  }

  addEnd(): void {
    const job = this.#job;
    const { endedMs, status } = job;
    if (status === 'Stopped' && job.parent === undefined) {
      this.#at(endedMs - 50 * SECOND_MS, (slice, timeMs) => emitStop(slice, job, timeMs));
    }
    if (status === 'Completed') {
      this.#at(endedMs - 20 * SECOND_MS, (slice, timeMs) =>
        writeOutput(slice, job, timeMs, 'output/model.tar.gz'),
      );
    }
    const retiredMs = endedMs + (5 + this.#random.int(90)) * SECOND_MS;
    this.#at(retiredMs, (slice, timeMs) => retireGrant(slice, job, timeMs));
  }

  #stateChange(timeMs: number, status: string): void {
    this.#at(timeMs, (slice) => emitStateChange(slice, this.#job, timeMs, status));
  }

  #pipelineStep(timeMs: number, status: string): void {
    this.#at(timeMs, (slice) => emitPipelineStep(slice, this.#job, timeMs, status));
  }

  #at(timeMs: number, emit: (slice: Slice, timeMs: number) => void): void {
    if (timeMs >= this.#world.fromMs) this.scheduled.push({ timeMs, emit: (slice) => emit(slice, timeMs) });
  }
}
