import { decryptCall, objectContext } from './background-uses.ts';
import { addIncident, type IncidentPlan, times } from './incident-plan.ts';
import { planJobs } from './job-plan.ts';
import { sessionAt } from './job-session.ts';
import { direct, emitKms, type KmsCall, through } from './kms-call.ts';
import { makeSession } from './principal.ts';
import type { SimulatedJob } from './simulated-job.ts';
import type { SimulatedKey } from './simulated-key.ts';
import { HOUR_MS, MINUTE_MS } from './time-text.ts';
import type { World } from './world.ts';

/** The incidents of uses that no job, the wrong job or a finished job explains. */
export function planJobIncidents(plan: IncidentPlan): void {
  useWithoutJob(plan);
  const over = useOutsideJobWindow(plan);
  useBeforeJob(plan);
  undeclaredKey(plan, over);
}

/** A job of some day that fits, is known by its create record, and is named in the paths of its objects. */
export function findJob(
  world: World,
  from: number,
  fits: (job: SimulatedJob) => boolean,
): SimulatedJob | undefined {
  for (let day = from; day < world.options.days; day++) {
    const found = planJobs(world, day).find(
      (job) =>
        job.type === 'training-job' &&
        job.parent === undefined &&
        job.createRecord &&
        !job.bucketKeys &&
        !job.removeJobName &&
        job.outputKey !== undefined &&
        fits(job),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a job's request may name a key: an alias that no record resolves may mean any. */
export function mayDeclare(job: SimulatedJob, key: SimulatedKey): boolean {
  const { volumeKey, outputKey, dataKey, keyForm } = job;
  return keyForm === 'alias' || [volumeKey, outputKey, dataKey].includes(key);
}

export function objectWrite(key: SimulatedKey, path: string): Pick<KmsCall, 'operation' | 'request'> {
  return {
    operation: 'GenerateDataKey',
    request: `{"keyId":"${key.arn}","keySpec":"AES_256","encryptionContext":${objectContext(path)}}`,
  };
}

/** The first day after the first on which a record shows the end of the nightly job: else it may be alive all day. */
function dayOfEndedNightly(world: World): number {
  for (let day = 1; day < world.options.days; day++) {
    const nightly = planJobs(world, day).filter(({ role }) => role === world.nightlyRole);
    if (nightly.every(({ stateChanges }) => stateChanges)) return day;
  }
  return 1;
}

/** The role of the nightly job is used in the afternoon. */
function useWithoutJob(plan: IncidentPlan): void {
  const { world } = plan;
  const key = world.teams[0]?.outputKey;
  if (key === undefined) return;
  plan.at(plan.on(dayOfEndedNightly(world), 14.4), (slice, timeMs) => {
    const caller = direct(
      makeSession(slice.random, world.nightlyRole, timeMs - 600_000, { sessionName: 'SageMaker' }),
    );
    const events = times(4, timeMs, 15_000).map((useMs) =>
      emitKms(slice, { timeMs: useMs, region: key.region, key, caller, ...decryptCall('') }),
    );
    addIncident(slice, 'use-without-job', { keyArn: key.arn, principalId: world.nightlyRole.id }, events);
  });
}

/** @returns the job whose role is used hours after it ended, as a record shows */
function useOutsideJobWindow(plan: IncidentPlan): SimulatedJob | undefined {
  const { world } = plan;
  const over = findJob(
    world,
    1,
    (job) =>
      !job.reusesName &&
      job.stateChanges &&
      job.role !== world.nightlyRole &&
      job.endedMs + 6 * HOUR_MS < world.toMs,
  );
  if (over?.outputKey === undefined) return over;
  const { outputKey } = over;
  plan.at(over.endedMs + 5 * HOUR_MS, (slice, timeMs) => {
    const session = makeSession(slice.random, over.role, timeMs - 300_000);
    const event = emitKms(slice, {
      timeMs,
      region: outputKey.region,
      key: outputKey,
      caller: through(session, 'AWS Internal'),
      ...objectWrite(outputKey, `${over.outputPath}/output/model.tar.gz`),
    });
    const subject = {
      keyArn: outputKey.arn,
      principalId: over.role.id,
      jobArn: over.arn,
      alsoRules: ['use-without-job'],
    };
    addIncident(slice, 'use-outside-job-window', subject, [event]);
  });
  return over;
}

/** Somebody writes into the folder of a job hours before the job is created. */
function useBeforeJob(plan: IncidentPlan): void {
  const { world } = plan;
  const coming = findJob(
    world,
    2,
    (job) => !job.reusesName && job.role !== world.nightlyRole && job.endedMs + HOUR_MS < world.toMs,
  );
  if (coming?.outputKey === undefined) return;
  const { outputKey } = coming;
  plan.at(coming.createdMs - 4 * HOUR_MS, (slice, timeMs) => {
    const session = makeSession(slice.random, coming.role, timeMs - 300_000);
    const event = emitKms(slice, {
      ...{ timeMs, region: outputKey.region, key: outputKey },
      caller: through(session, 'AWS Internal'),
      ...objectWrite(outputKey, `${coming.outputPath}/output/model.tar.gz`),
    });
    const subject = { keyArn: outputKey.arn, principalId: coming.role.id, jobArn: coming.arn };
    addIncident(slice, 'use-outside-job-window', { ...subject, alsoRules: ['use-without-job'] }, [event]);
  });
}

/** @param over a job that is not to be taken */
function undeclaredKey(plan: IncidentPlan, over: SimulatedJob | undefined): void {
  const { world, home, key } = plan;
  const secretive = findJob(
    world,
    1,
    (job) =>
      job !== over &&
      job.arn !== over?.arn &&
      !mayDeclare(job, key) &&
      job.endedMs < world.toMs &&
      job.team.place.accountId === home.accountId &&
      job.team.place.region === home.region,
  );
  if (secretive === undefined) return;
  plan.at(secretive.startedMs + MINUTE_MS, (slice, timeMs) => {
    const event = emitKms(slice, {
      timeMs,
      region: key.region,
      key,
      caller: through(sessionAt(slice, secretive, timeMs), secretive.via),
      ...objectWrite(key, `${secretive.outputPath}/output/shadow.bin`),
      job: secretive,
      evidence: 'job-object',
    });
    const subject = { keyArn: key.arn, jobArn: secretive.arn, principalId: secretive.role.id };
    addIncident(slice, 'undeclared-key', { ...subject, alsoRules: ['first-seen-principal'] }, [event]);
  });
}
