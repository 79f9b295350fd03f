import { writeHandWork } from './hand-work.ts';
import { sessionIdentity } from './identity.ts';
import type { Key } from './key-ring.ts';
import { type Launcher, launcherOf } from './launchers.ts';
import { roleFor, someTime } from './names.ts';
import { aRun, timeDuring } from './run.ts';
import { kmsKeyMember, writeSageMakerCall, writeStateChange } from './sagemaker-events.ts';
import { writeDirectUse } from './service-uses.ts';
import { deedOf } from './truth-of-run.ts';
import { writeVolumeUses } from './volume-uses.ts';
import type { Run, World } from './world.ts';

/** A notebook instance under a role that jobs run under too, in a session that is always called `SageMaker`. */
export function writeNotebook(world: World): void {
  const { dice, customs, isSmall } = world;
  const createdMs = someTime(world);
  const role = roleFor(world, 'notebook');
  const launcher = launcherOf(world, role, createdMs);
  const planned = aRun(world, {
    type: 'notebook-instance',
    name: `notebook-${dice.hex(4)}`,
    role,
    createdMs,
    sessionName: 'SageMaker',
    minutes: isSmall ? 400 : 1500,
  });
  // Some were there before the account's log begins.
  const isOld = dice.chance(0.3);
  const run = isOld
    ? { ...planned, telling: { ...planned.telling, create: false, start: false, end: false } }
    : planned;
  const volumeKey = dice.chance(customs.volumeKeyShare) ? dice.pick(world.keys) : undefined;
  tellNotebook(world, run, launcher, volumeKey);
  if (volumeKey !== undefined) {
    writeVolumeUses(world, run, volumeKey, launcher);
  }
  const session = { ...run.session, name: 'SageMaker' };
  const uses = dice.between(4, isSmall ? 15 : 80);
  for (let done = 0; done < uses; done++) {
    const atMs = timeDuring(run, dice);
    writeHandWork(world, run, atMs, sessionIdentity(session, atMs), deedOf(run, 'notebook'));
  }
  if (dice.chance(customs.directShare)) {
    writeDirectUse(world, run);
  }
  world.runs.push(run);
}

function tellNotebook(world: World, run: Run, launcher: Launcher, volumeKey: Key | undefined): void {
  if (run.telling.create) {
    writeSageMakerCall(world, {
      atMs: run.createdMs,
      eventName: 'CreateNotebookInstance',
      by: launcher.who(run.createdMs),
      request: {
        notebookInstanceName: run.name,
        instanceType: 'ml.t3.medium',
        roleArn: run.role.arn,
        ...kmsKeyMember('kmsKeyId', volumeKey, world.dice),
      },
      response: { notebookInstanceArn: run.arn },
    });
    writeSageMakerCall(world, {
      atMs: run.endedMs,
      eventName: 'StopNotebookInstance',
      by: launcher.who(run.endedMs),
      request: { notebookInstanceName: run.name },
    });
  }
  for (const [isTold, atMs, status] of [
    [run.telling.start, run.startedMs, 'InService'],
    [run.telling.end, run.endedMs, 'Stopped'],
  ] as const) {
    if (isTold) {
      writeStateChange(world, {
        atMs,
        of: 'Notebook Instance',
        arn: run.arn,
        detail: {
          notebookInstanceName: run.name,
          notebookInstanceArn: run.arn,
          notebookInstanceStatus: status,
          roleArn: run.role.arn,
        },
        times: { CreationTime: run.createdMs, LastModifiedTime: atMs },
      });
    }
  }
}
