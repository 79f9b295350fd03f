import { writeJob } from './campaign.ts';
import { aRole } from './identity.ts';
import { timeText } from './json.ts';
import { launcherOf } from './launchers.ts';
import { roleFor, someTime } from './names.ts';
import { sageMakerArn } from './run.ts';
import { writeSageMakerCall } from './sagemaker-events.ts';
import { sessionOf, whoIs } from './sessions.ts';
import { isKnown } from './truth-of-run.ts';
import type { Run, World } from './world.ts';

/** One execution of a pipeline, whose jobs are called for by the pipeline's role and named by the execution. */
export function writePipeline(world: World): void {
  const { dice, customs } = world;
  const startedMs = someTime(world);
  const role = roleFor(world, 'pipeline');
  const person = launcherOf(world, role, startedMs);
  const executionId = dice.hex(12);
  const pipelineArn = sageMakerArn(world, 'pipeline', 'churn');
  const executionArn = `${pipelineArn}/execution/${executionId}`;
  const session = `pipelines-${executionId}`;
  const pipelineRole = dice.chance(0.5)
    ? role
    : aRole(dice, customs.partition, world.accountId, '/', 'pipelines');
  const launcher = {
    who: whoIs(sessionOf(pipelineRole, dice.chance(0.5) ? session : 'SageMaker', startedMs)),
    isJobRole: pipelineRole === role,
  };
  writeSageMakerCall(world, {
    atMs: startedMs,
    eventName: 'StartPipelineExecution',
    by: person.who(startedMs),
    request: { pipelineName: 'churn' },
    response: { pipelineExecutionArn: executionArn },
  });
  // Steps of a pipeline may share one root and run at once.
  const takesSession = dice.chance(0.5);
  const steps = [
    ['Prepare', 'processing-job'],
    ['Train', 'training-job'],
    ['TrainAlso', 'training-job'],
    ['Score', 'transform-job'],
  ] as const;
  let createdMs = startedMs + 30_000;
  for (const [step, type] of steps) {
    const job = writeJob(
      world,
      type,
      {
        role,
        name: `${session}-${step}-${dice.hex(10)}`,
        createdMs,
        base: 'churn',
        parentArn: executionArn,
        ...(takesSession ? { sessionName: session } : {}),
        minutes: 15,
      },
      launcher,
      'sagemaker.amazonaws.com',
    );
    writeStep(world, executionArn, pipelineArn, step, job);
    createdMs = dice.chance(0.3) ? createdMs + 20_000 : job.endedMs + 15_000;
  }
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html */
function writeStep(world: World, executionArn: string, pipelineArn: string, step: string, job: Run): void {
  const { dice, customs, log } = world;
  if (!isKnown(job) || !dice.chance(customs.stateChangeShare)) {
    return;
  }
  const kind = job.type.replace(/-job$/, 'Job');
  log.stateChange(job.endedMs + 4000, {
    'detail-type': 'SageMaker Model Building Pipeline Execution Step Status Change',
    source: 'aws.sagemaker',
    account: world.accountId,
    time: timeText(job.endedMs + 4000),
    region: world.region,
    resources: [pipelineArn, executionArn],
    detail: {
      metadata: { [kind]: { arn: job.arn } },
      stepStartTime: timeText(job.createdMs),
      stepEndTime: timeText(job.endedMs),
      stepName: step,
      stepType: kind.replace(/Job$/, '').replace(/^./, (letter) => letter.toUpperCase()),
      previousStepStatus: 'Executing',
      currentStepStatus: 'Succeeded',
      pipelineArn,
      pipelineExecutionArn: executionArn,
    },
  });
}
