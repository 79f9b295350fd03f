import { serviceIdentity, sessionIdentity } from './identity.ts';
import type { Key } from './key-ring.ts';
import { writeKmsCall } from './kms-call.ts';
import { type Launcher, launcherOf } from './launchers.ts';
import { roleFor, someTime } from './names.ts';
import { aRun, timeDuring } from './run.ts';
import { s3Uri, writeObjectUse } from './s3-place.ts';
import { writeSageMakerCall } from './sagemaker-events.ts';
import { deedOf } from './truth-of-run.ts';
import type { Deed } from './use-truth.ts';
import type { Run, World } from './world.ts';

const service = 'job.sagemaker.amazonaws.com';
/** The context that names a job, by the category of job. */
const contextNames = {
  AgentRFT: 'aws:sagemaker:finetuning-job-arn',
  AgentRFTEvaluation: 'aws:sagemaker:agent-rft-evaluation-job-arn',
} as const;

/**
 * A line of multi-turn reinforcement learning jobs, each going on from the one before. The contexts of KMS name the
 * job that wrote the data, which is not the one that reads them.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-customize-mtrl-encryption-at-rest.html
 */
export function writeAgentRftJobs(world: World): void {
  const { dice } = world;
  let createdMs = someTime(world);
  const role = roleFor(world, 'agent');
  const key = dice.pick(world.keys);
  let previous: Run | undefined;
  for (let left = dice.between(1, 3); left > 0; left--) {
    const launcher = launcherOf(world, role, createdMs);
    const category = left === 1 && dice.chance(0.4) ? 'AgentRFTEvaluation' : 'AgentRFT';
    const planned = aRun(world, { type: 'job', name: `${category}/agent-${dice.hex(6)}`, role, createdMs });
    // Nothing documents state changes of this kind of job.
    const run = { ...planned, telling: { ...planned.telling, start: false, end: false } };
    writeJob(world, run, key, launcher, previous);
    world.runs.push(run);
    previous = run;
    createdMs = run.endedMs + dice.between(1, 600) * 60_000;
  }
}

function writeJob(world: World, run: Run, key: Key, launcher: Launcher, previous: Run | undefined): void {
  const { dice } = world;
  const output = { bucket: dice.pick(world.outputBuckets), prefix: 'agents' };
  const by = launcher.who(run.createdMs);
  const jobName = run.name.slice(run.name.indexOf('/') + 1);
  const jobCategory = categoryOf(run);
  if (run.telling.create) {
    writeSageMakerCall(world, {
      atMs: run.createdMs,
      eventName: 'CreateJob',
      by,
      request: {
        jobName,
        jobCategory,
        roleArn: run.role.arn,
        jobConfigDocument: JSON.stringify({
          OutputDataConfig: { S3OutputPath: s3Uri(output, dice), KmsKeyArn: key.arn },
        }),
      },
      response: { jobArn: run.arn },
    });
  }
  const own: Deed = deedOf(run, 'named');
  const others: Deed | undefined =
    previous === undefined ? undefined : { ...own, class: 'author', authorJobArn: previous.arn };
  const grants = [
    { of: run, deed: own, operations: ['GenerateDataKey', 'Decrypt'] },
    ...(previous === undefined || others === undefined
      ? []
      : [{ of: previous, deed: others, operations: ['Decrypt'] }]),
  ];
  for (const grant of grants) {
    const grantId = dice.hex(64);
    const constraint = dice.pick(['encryptionContextEquals', 'encryptionContextSubset']);
    writeKmsCall(
      world,
      {
        atMs: run.createdMs + 1000,
        operation: 'CreateGrant',
        by,
        through: 'sagemaker.amazonaws.com',
        key,
        request: {
          keyId: key.arn,
          granteePrincipal: service,
          retiringPrincipal: service,
          operations: [...grant.operations, 'DescribeKey', 'RetireGrant'],
          constraints: { [constraint]: { [contextNames[categoryOf(grant.of)]]: grant.of.arn } },
        },
        response: { grantId, keyId: key.arn },
      },
      grant.deed,
    );
    for (let uses = dice.between(2, 8); uses > 0; uses--) {
      writeKmsCall(
        world,
        {
          atMs: timeDuring(run, dice),
          operation: grant.of === run ? dice.pick(['GenerateDataKey', 'Decrypt']) : 'Decrypt',
          by: serviceIdentity(service),
          key,
          context: { [contextNames[categoryOf(grant.of)]]: grant.of.arn },
        },
        grant.deed,
      );
    }
    writeKmsCall(
      world,
      {
        atMs: run.endedMs + 30_000,
        operation: 'RetireGrant',
        by: serviceIdentity(service),
        key,
        additional: { grantId },
      },
      { ...own, class: 'retire' },
    );
  }
  for (let written = dice.between(1, 6); written > 0; written--) {
    const atMs = timeDuring(run, dice, 0.5);
    writeObjectUse(
      world,
      { atMs, operation: 'GenerateDataKey', place: output, object: `${jobName}/adapter-${written}.bin`, key },
      sessionIdentity(run.agent, atMs),
      { ...own, class: 'output' },
    );
  }
}

function categoryOf(run: Run): keyof typeof contextNames {
  return run.name.startsWith('AgentRFTEvaluation/') ? 'AgentRFTEvaluation' : 'AgentRFT';
}
