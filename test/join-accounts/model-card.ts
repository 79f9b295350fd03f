import { writeKmsCall } from './kms-call.ts';
import { launcherOf } from './launchers.ts';
import { roleFor, someTime } from './names.ts';
import { aRun } from './run.ts';
import { kmsKeyMember, writeSageMakerCall } from './sagemaker-events.ts';
import { deedOf } from './truth-of-run.ts';
import type { World } from './world.ts';

const dayMs = 86_400_000;

/**
 * A model card, whose content is encrypted with the caller's credentials.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-xaccount.html
 */
export function writeModelCard(world: World): void {
  const { dice } = world;
  const createdMs = someTime(world);
  const role = roleFor(world, 'card');
  const launcher = launcherOf(world, role, createdMs);
  const planned = aRun(world, { type: 'model-card', name: `card-${dice.hex(4)}`, role, createdMs });
  const run = {
    ...planned,
    endedMs: createdMs + 2 * dayMs,
    telling: { ...planned.telling, start: false, end: false },
  };
  const key = dice.pick(world.keys);
  if (run.telling.create) {
    writeSageMakerCall(world, {
      atMs: createdMs,
      eventName: 'CreateModelCard',
      by: launcher.who(createdMs),
      request: {
        modelCardName: run.name,
        modelCardStatus: 'Draft',
        securityConfig: kmsKeyMember('kmsKeyId', key, dice),
      },
      response: { modelCardArn: run.arn },
    });
  }
  world.runs.push(run);
  for (let uses = dice.between(1, 4); uses > 0; uses--) {
    const atMs = createdMs + dice.between(0, dayMs / 500) * 1000;
    writeKmsCall(
      world,
      {
        atMs,
        operation: uses === 1 ? 'GenerateDataKey' : 'Decrypt',
        by: launcher.who(atMs),
        through: 'sagemaker.amazonaws.com',
        key,
        context: { 'aws:sagemaker:model-card-arn': run.arn },
      },
      { ...deedOf(run, 'card'), roleKnown: false },
    );
  }
}
