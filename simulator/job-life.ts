import { attachVolume, retireGrant, writeOutput } from './job-uses.ts';
import { Random } from './random.ts';
import { emitCreate, emitDelete, emitFailedCreate, emitSession, emitStop } from './sagemaker-record.ts';
import type { Scheduled } from './schedule.ts';
import { hasLocalStorage, type JobStatus, type SimulatedJob } from './simulated-job.ts';
import type { Slice } from './slice.ts';
import { emitPipelineStep, emitStateChange } from './state-change.ts';
import { MINUTE_MS, SECOND_MS, timeText } from './time-text.ts';
import type { JobTruth } from './truth.ts';
import type { World } from './world.ts';

const ENDPOINT_STATUS: Readonly<Record<'begin' | 'run', string>> = { begin: 'CREATING', run: 'IN_SERVICE' };

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

/** What the job leaves without a key of the customer's, though its kind takes one. */
function isUnencrypted(job: SimulatedJob): boolean {
  if (job.type === 'fine-tuning-job' || job.parent !== undefined) return false;
  return job.outputKey === undefined || (job.volumeKey === undefined && !hasLocalStorage(job.instanceType));
}

/** Everything that happens once in a job's life. The truth of it is told when the job is created. */
export function jobLife(job: SimulatedJob, world: World): Scheduled[] {
  const random = new Random(job.seed, 'life');
  const list: Scheduled[] = [];
  const at = (timeMs: number, emit: (slice: Slice) => void): void => {
    if (timeMs >= world.fromMs) list.push({ timeMs, emit });
  };
  const { createdMs, startedMs, endedMs } = job;
  list.push({
    timeMs: Math.max(createdMs, world.fromMs),
    emit: (slice) => {
      slice.truths.push(truthOf(job, world));
      if (!world.options.incidents || !job.createRecord || !isUnencrypted(job)) return;
      slice.truths.push({
        truth: 'incident',
        rule: 'job-not-encrypted-with-customer-key',
        jobArn: job.arn,
        accountId: job.team.place.accountId,
        region: job.team.place.region,
        time: timeText(createdMs),
      });
    },
  });
  for (let nth = job.failedCreates; nth > 0; nth--) {
    const timeMs = createdMs - nth * 7 * MINUTE_MS;
    at(timeMs, (slice) => emitFailedCreate(slice, job, timeMs));
  }
  if (job.reusesName)
    at(createdMs - 40 * SECOND_MS, (slice) => emitDelete(slice, job, createdMs - 40 * SECOND_MS));
  if (job.createRecord) at(createdMs, (slice) => emitCreate(slice, job));
  if (job.type === 'hyper-parameter-tuning-job') {
    // Its children do the work.
  } else {
    at(startedMs, (slice) => {
      emitSession(slice, job);
      attachVolume(slice, job);
    });
  }
  const longLived = !Number.isFinite(endedMs);
  if (job.stateChanges) {
    const endpoint = job.type === 'endpoint';
    const first = job.type === 'feature-group' ? 'Creating' : endpoint ? ENDPOINT_STATUS.begin : 'InProgress';
    at(createdMs + 4 * SECOND_MS, (slice) => emitStateChange(slice, job, createdMs + 4 * SECOND_MS, first));
    // Intermediate ones may be lost.
    if (random.chance(0.9)) {
      const second = job.type === 'feature-group' ? 'Created' : endpoint ? ENDPOINT_STATUS.run : 'InProgress';
      at(startedMs + 2 * SECOND_MS, (slice) =>
        emitStateChange(slice, job, startedMs + 2 * SECOND_MS, second),
      );
    }
    if (!longLived && random.chance(0.97)) {
      const last: JobStatus = job.status;
      at(endedMs + 2 * SECOND_MS, (slice) => emitStateChange(slice, job, endedMs + 2 * SECOND_MS, last));
    }
    at(createdMs + 5 * SECOND_MS, (slice) =>
      emitPipelineStep(slice, job, createdMs + 5 * SECOND_MS, 'Executing'),
    );
    if (!longLived)
      at(endedMs + 6 * SECOND_MS, (slice) =>
        emitPipelineStep(slice, job, endedMs + 6 * SECOND_MS, 'Succeeded'),
      );
  }
  if (longLived || job.type === 'hyper-parameter-tuning-job') return list;
  if (job.status === 'Stopped' && job.parent === undefined)
    at(endedMs - 50 * SECOND_MS, (slice) => emitStop(slice, job, endedMs - 50 * SECOND_MS));
  if (job.status === 'Completed') {
    at(endedMs - 20 * SECOND_MS, (slice) =>
      writeOutput(slice, job, endedMs - 20 * SECOND_MS, 'output/model.tar.gz'),
    );
  }
  const retiredMs = endedMs + (5 + random.int(90)) * SECOND_MS;
  at(retiredMs, (slice) => retireGrant(slice, job, retiredMs));
  return list;
}
