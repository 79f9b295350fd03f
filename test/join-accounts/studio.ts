import { writeHandWork } from './hand-work.ts';
import { serviceIdentity, sessionIdentity } from './identity.ts';
import type { Key } from './key-ring.ts';
import { writeKmsCall } from './kms-call.ts';
import { type Launcher, launcherOf } from './launchers.ts';
import { roleFor, someTime } from './names.ts';
import { aRun, sageMakerArn } from './run.ts';
import { kmsKeyMember, writeSageMakerCall } from './sagemaker-events.ts';
import { sessionOf } from './sessions.ts';
import { deedOf, outsideDeed } from './truth-of-run.ts';
import type { Run, World } from './world.ts';

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
