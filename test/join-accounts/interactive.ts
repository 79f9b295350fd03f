import { serviceIdentity, sessionIdentity } from './identity.ts';
import type { Key } from './key-ring.ts';
import { writeKmsCall } from './kms-call.ts';
import type { Launcher } from './launchers.ts';
import { launcherOf } from './launchers.ts';
import { roleFor, someTime } from './names.ts';
import { aRun, deedOf, isDataJob, outsideDeed, type Run, sageMakerArn, timeDuring } from './run.ts';
import { type Place, writeObjectUse } from './s3-place.ts';
import { kmsKeyMember, writeSageMakerCall, writeStateChange } from './sagemaker-events.ts';
import { writeDirectUse } from './service-uses.ts';
import { sessionOf } from './sessions.ts';
import type { UseTruth } from './use-truth.ts';
import { writeVolumeUses } from './volume-uses.ts';
import type { World } from './world.ts';

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

/** A Studio domain: its code runs in apps, which are no jobs, and its home folders are on EFS. */
export function writeStudio(world: World): void {
  const { dice, isSmall } = world;
  const createdMs = world.fromMs + dice.between(0, 20) * 3_600_000;
  const role = roleFor(world, 'studio');
  const launcher = launcherOf(world, role, createdMs);
  const domainId = `d-${dice.hex(12)}`;
  const planned = aRun(world, { type: 'domain', name: domainId, role, createdMs });
  const run = { ...planned, endedMs: world.toMs, telling: { ...planned.telling, start: false, end: false } };
  const key = dice.pick(world.keys);
  if (run.telling.create) {
    writeSageMakerCall(world, {
      atMs: createdMs,
      eventName: 'CreateDomain',
      by: launcher.who(createdMs),
      request: {
        domainName: 'research',
        authMode: 'SSO',
        defaultUserSettings: { executionRole: role.arn },
        ...kmsKeyMember('kmsKeyId', key, dice),
      },
      response: { domainArn: sageMakerArn(world, 'domain', domainId), domainId },
    });
  }
  writeHomeFileSystem(world, run, key, launcher);
  for (let days = isSmall ? 1 : 8; days > 0; days--) {
    const loggedInMs = someTime(world);
    const user = dice.pick(['mira', 'jonas', 'sora']);
    const session = {
      ...sessionOf(role, 'SageMaker', loggedInMs),
      ...(world.customs.sourceIdentity ? { sourceIdentity: user } : {}),
    };
    for (let uses = dice.between(2, 12); uses > 0; uses--) {
      const atMs = loggedInMs + dice.between(10, 10_000) * 1000;
      writeHandWork(world, run, atMs, sessionIdentity(session, atMs), {
        ...outsideDeed('studio', true),
        withinArn: run.arn,
      });
    }
  }
  world.runs.push(run);
}

/** The domain's home folders, for which EFS takes a grant and reads its keys. */
function writeHomeFileSystem(world: World, run: Run, key: Key, launcher: Launcher): void {
  const { dice } = world;
  const context = { 'aws:elasticfilesystem:filesystem:id': `fs-0${dice.hex(16)}` };
  const service = 'elasticfilesystem.amazonaws.com';
  writeKmsCall(
    world,
    {
      atMs: run.createdMs + 5000,
      operation: 'CreateGrant',
      by: launcher.who(run.createdMs),
      through: dice.pick([service, 'sagemaker.amazonaws.com']),
      key,
      request: {
        keyId: key.arn,
        granteePrincipal: service,
        operations: ['Decrypt', 'GenerateDataKeyWithoutPlaintext'],
        constraints: { encryptionContextSubset: context },
      },
      response: { grantId: dice.hex(64), keyId: key.arn },
    },
    deedOf(run, 'domain'),
  );
  writeKmsCall(
    world,
    { atMs: run.createdMs + 9000, operation: 'Decrypt', by: serviceIdentity(service), key, context },
    deedOf(run, 'domain'),
  );
}

/** What people do by hand: look at data sets, at jobs' results, and put files beside them. */
function writeHandWork(
  world: World,
  run: Run,
  atMs: number,
  by: ReturnType<typeof sessionIdentity>,
  deed: Omit<UseTruth, 'eventId'>,
): void {
  const { dice } = world;
  const place = placeOfInterest(world, run);
  writeObjectUse(
    world,
    {
      atMs,
      operation: dice.chance(0.7) ? 'Decrypt' : 'GenerateDataKey',
      place,
      object: dice.pick(['output/model.tar.gz', 'part-00003.parquet', 'notes.csv']),
    },
    by,
    deed,
  );
}

/** Where jobs of the role read and write, if there were some; else a data set. */
export function placeOfInterest(world: World, run: { readonly role: Run['role'] }): Place {
  const { dice } = world;
  const places = world.runs.flatMap((other) =>
    isDataJob(other) && other.role.arn === run.role.arn ? [other.output, ...other.declaredInputs] : [],
  );
  return places.length > 0 && dice.chance(0.8)
    ? dice.pick(places)
    : { bucket: dice.pick(world.dataBuckets), prefix: 'exploration' };
}
