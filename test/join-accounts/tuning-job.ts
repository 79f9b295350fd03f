import { aDataJob } from './data-job.ts';
import { writeJobUses } from './job-uses.ts';
import { launcherOf } from './launchers.ts';
import { jobName, roleFor, someTime } from './names.ts';
import { type DataJob, sageMakerArn } from './run.ts';
import { writeSageMakerCall, writeServiceEvent, writeStateChange } from './sagemaker-events.ts';
import { tellJobStates } from './tell-job.ts';
import { trainingDefinition } from './training-job.ts';
import type { World } from './world.ts';

/** A tuning job and its training jobs, which nobody calls for: CloudTrail has service events of them, or nothing. */
export function writeTuningJob(world: World): void {
  const { dice, customs } = world;
  const createdMs = someTime(world);
  const role = roleFor(world, 'tune');
  const launcher = launcherOf(world, role, createdMs);
  const name = jobName(world, 'tune', createdMs).slice(0, 32);
  const arn = sageMakerArn(world, 'hyper-parameter-tuning-job', name);
  const children: DataJob[] = [];
  const count = dice.between(2, world.isSmall ? 4 : 12);
  const first = aDataJob(world, {
    type: 'training-job',
    role,
    name: childName(world, name, 1),
    createdMs: createdMs + 60_000,
    parentArn: arn,
    base: name,
  });
  children.push({ ...first, outputIsShared: first.removesJobName });
  while (children.length < count) {
    // All have one definition; some run at once.
    const afterMs = dice.between(0, 45) * 60_000;
    const next = aDataJob(world, {
      type: 'training-job',
      role,
      name: childName(world, name, children.length + 1),
      createdMs: createdMs + afterMs,
      parentArn: arn,
      base: name,
      inputs: first.inputs,
      outputRoot: first.declaredOutput,
      rootIsShared: true,
      removesJobName: first.removesJobName,
    });
    children.push({ ...next, declaredInputs: first.declaredInputs });
  }
  const by = launcher.who(createdMs);
  const definition = trainingDefinition(world, first);
  if (dice.chance(customs.createShare)) {
    writeSageMakerCall(world, {
      atMs: createdMs,
      eventName: 'CreateHyperParameterTuningJob',
      by,
      request: {
        hyperParameterTuningJobName: name,
        hyperParameterTuningJobConfig: {
          strategy: 'Bayesian',
          resourceLimits: { maxNumberOfTrainingJobs: count, maxParallelTrainingJobs: 3 },
        },
        trainingJobDefinition: { ...definition, staticHyperParameters: {} },
      },
      response: { hyperParameterTuningJobArn: arn },
    });
  }
  const endedMs = Math.max(...children.map((child) => child.endedMs));
  for (const [atMs, status] of [
    [createdMs, 'InProgress'],
    [endedMs, 'Completed'],
  ] as const) {
    if (dice.chance(customs.stateChangeShare)) {
      writeStateChange(world, {
        atMs: atMs + 3000,
        of: 'HyperParameter Tuning Job',
        arn,
        detail: {
          hyperParameterTuningJobName: name,
          hyperParameterTuningJobArn: arn,
          hyperParameterTuningJobStatus: status,
          trainingJobDefinition: definition,
        },
        times: { CreationTime: createdMs, LastModifiedTime: atMs },
      });
    }
  }
  for (const planned of children) {
    const isEvented = customs.childServiceEvents !== 'unlogged';
    const child = { ...planned, telling: { ...planned.telling, create: isEvented } };
    writeServiceEvent(world, child.createdMs, 'CreateTrainingJob', {
      trainingJobName: child.name,
      trainingJobArn: child.arn,
      roleArn: role.arn,
    });
    const manner = {
      create: 'CreateTrainingJob',
      stem: 'TrainingJob',
      of: 'Training Job',
      timeStem: 'Training',
      request: definition,
      unsaid: [],
    };
    tellJobStates(world, child, manner, 'Completed');
    writeJobUses(world, child, launcher);
    world.runs.push(child);
  }
}

function childName(world: World, tuning: string, number: number): string {
  return `${tuning}-${String(number).padStart(3, '0')}-${world.dice.hex(8)}`;
}
