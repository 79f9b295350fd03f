import { sessionIdentity } from './identity.ts';
import type { Json } from './json.ts';
import { launcherOf } from './launchers.ts';
import { writeModel } from './models.ts';
import { roleFor, someTime } from './names.ts';
import { aRun, sageMakerArn, timeDuring } from './run.ts';
import { s3Uri, writeObjectUse } from './s3-place.ts';
import { kmsKeyMember, writeSageMakerCall, writeStateChange } from './sagemaker-events.ts';
import { writeDirectUse, writeServiceUse } from './service-uses.ts';
import { deedOf } from './truth-of-run.ts';
import { writeVolumeUses } from './volume-uses.ts';
import type { Run, World } from './world.ts';

/** An endpoint: loads its model whenever an instance comes up, and may capture what it answers. */
export function writeEndpoint(world: World): void {
  const { dice, customs, isSmall } = world;
  const createdMs = someTime(world);
  const role = roleFor(world, 'serve');
  const launcher = launcherOf(world, role, createdMs);
  const name = `serve-${dice.hex(6)}`;
  const model = writeModel(world, role, launcher, createdMs - 120_000);
  const run = aRun(world, { type: 'endpoint', name, role, createdMs, minutes: isSmall ? 600 : 1500 });
  const capture = { bucket: dice.pick(world.outputBuckets), prefix: `capture/${role.name.toLowerCase()}` };
  const captureKey = dice.pick(world.keys);
  const volumeKey = dice.chance(customs.volumeKeyShare) ? dice.pick(world.keys) : undefined;
  const configName = `${name}-config`;
  if (customs.modelsAreLogged) {
    writeSageMakerCall(world, {
      atMs: createdMs - 60_000,
      eventName: 'CreateEndpointConfig',
      by: launcher.who(createdMs),
      request: {
        endpointConfigName: configName,
        productionVariants: [
          {
            variantName: 'AllTraffic',
            modelName: model.name,
            initialInstanceCount: 1,
            instanceType: 'ml.m5.large',
          },
        ],
        ...kmsKeyMember('kmsKeyId', volumeKey, dice),
        dataCaptureConfig: {
          enableCapture: true,
          initialSamplingPercentage: 20,
          destinationS3Uri: s3Uri(capture, dice),
          ...kmsKeyMember('kmsKeyId', captureKey, dice),
          captureOptions: [{ captureMode: 'Input' }],
        },
      },
      response: { endpointConfigArn: sageMakerArn(world, 'endpoint-config', configName) },
    });
  }
  tellEndpoint(world, run, configName, launcher.who(createdMs));
  if (volumeKey !== undefined) {
    writeVolumeUses(world, run, volumeKey, launcher);
  }
  for (let scale = dice.between(1, 6); scale > 0; scale--) {
    const atMs = scale === 1 ? run.startedMs + 3000 : timeDuring(run, dice);
    writeObjectUse(
      world,
      { atMs, operation: 'Decrypt', place: model.artifacts.place, object: 'model.tar.gz' },
      sessionIdentity(run.agent, atMs),
      {
        ...deedOf(run, 'model', run.agent),
        ...(model.artifacts.authorArn === undefined ? {} : { authorJobArn: model.artifacts.authorArn }),
      },
    );
  }
  for (let captured = dice.between(5, isSmall ? 20 : 120); captured > 0; captured--) {
    const atMs = timeDuring(run, dice);
    const hour = new Date(atMs).toISOString().slice(0, 13).replace(/[-T]/g, '/');
    writeObjectUse(
      world,
      {
        atMs,
        operation: 'GenerateDataKey',
        place: capture,
        object: `${name}/AllTraffic/${hour}/${dice.guid()}.jsonl`,
        key: captureKey,
      },
      sessionIdentity(run.agent, atMs),
      deedOf(run, 'capture', run.agent),
    );
  }
  for (let served = dice.between(0, 10); served > 0; served--) {
    if (dice.chance(customs.directShare)) {
      writeDirectUse(world, run);
    } else {
      writeServiceUse(world, run);
    }
  }
  world.runs.push(run);
}

function tellEndpoint(world: World, run: Run, endpointConfigName: string, by: Json): void {
  if (run.telling.create) {
    writeSageMakerCall(world, {
      atMs: run.createdMs,
      eventName: 'CreateEndpoint',
      by,
      request: { endpointName: run.name, endpointConfigName },
      response: { endpointArn: run.arn },
    });
  }
  const states = [
    [run.telling.start, run.createdMs, 'CREATING'],
    [run.telling.start, run.startedMs, 'IN_SERVICE'],
    [run.telling.end, run.endedMs, 'DELETING'],
  ] as const;
  for (const [isTold, atMs, endpointStatus] of states) {
    if (isTold) {
      writeStateChange(world, {
        atMs,
        of: 'Endpoint',
        arn: run.arn,
        detail: {
          endpointName: run.name,
          endpointArn: run.arn,
          endpointConfigName,
          endpointStatus,
          productionVariants: [{ desiredWeight: 1.0, desiredInstanceCount: 1.0 }],
        },
        times: { CreationTime: run.createdMs, LastModifiedTime: atMs },
      });
    }
  }
  if (run.telling.create) {
    writeSageMakerCall(world, {
      atMs: run.endedMs,
      eventName: 'DeleteEndpoint',
      by,
      request: { endpointName: run.name },
    });
  }
}
