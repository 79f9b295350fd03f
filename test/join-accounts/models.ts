import type { Role } from './identity.ts';
import type { Launcher } from './launchers.ts';
import { type Authored, authored, isDataJob, sageMakerArn } from './run.ts';
import { writeSageMakerCall } from './sagemaker-events.ts';
import type { World } from './world.ts';

export interface Model {
  readonly name: string;
  readonly artifacts: Authored;
}

/** A model of a role, made from what an earlier job of that role put out or from what lies about. */
export function writeModel(world: World, role: Role, launcher: Launcher, atMs: number): Model {
  const { dice, customs } = world;
  const trained = world.runs
    .filter(isDataJob)
    .filter((run) => run.type === 'training-job' && run.endedMs < atMs && run.role.arn === role.arn);
  const artifacts =
    trained.length > 0 && dice.chance(0.7)
      ? authored(dice.pick(trained.slice(-20)), 'output')
      : {
          place: {
            bucket: dice.pick(world.outputBuckets),
            prefix: `registry/${role.name.toLowerCase()}/v${dice.between(1, 5)}`,
          },
        };
  const { place } = artifacts;
  const name = `${role.name.toLowerCase().slice(0, 30)}-model-${dice.hex(6)}`;
  if (customs.modelsAreLogged) {
    writeSageMakerCall(world, {
      atMs,
      eventName: 'CreateModel',
      by: launcher.who(atMs),
      request: {
        modelName: name,
        executionRoleArn: role.arn,
        primaryContainer: {
          image: `${world.accountId}.dkr.ecr.${world.region}.amazonaws.com/serve:2`,
          modelDataUrl: `s3://${place.bucket.name}/${place.prefix}/model.tar.gz`,
        },
      },
      response: { modelArn: sageMakerArn(world, 'model', name) },
    });
  }
  return { name, artifacts };
}
