import { type Authored, aRun, authored, type DataJob, isDataJob, type RunPlan } from './run.ts';
import { below, type Place } from './s3-place.ts';
import type { Run, World } from './world.ts';

export interface DataJobPlan extends RunPlan {
  /** What its reruns share, checkpoints among them; the name without its number. */
  readonly base: string;
  /** Given by what it belongs to; otherwise its own choice. */
  readonly inputs?: readonly Place[];
  readonly outputRoot?: Place;
  /** Whether others of what it belongs to write to that root as well, with nothing to tell them apart. */
  readonly rootIsShared?: boolean;
  readonly removesJobName?: boolean;
  readonly model?: Authored;
}

/** A training, processing or transform job: where it reads and writes is chosen by the account's customs. */
export function aDataJob(world: World, plan: DataJobPlan): DataJob {
  const { dice, customs } = world;
  const run = aRun(world, plan);
  const isTraining = run.type === 'training-job';
  const isTransform = run.type === 'transform-job';
  const chainedFrom = dice.chance(customs.chainShare) ? earlierOutput(world, run) : undefined;
  // A transform job has one input.
  const inputs =
    isTransform && chainedFrom !== undefined ? [] : (plan.inputs ?? inputsOf(world, run, plan.base));
  const manifestPlace =
    isTraining && dice.chance(0.1)
      ? below(inputPool(world, run), `objects-${dice.between(1, 9)}`)
      : undefined;
  const outputIsShared =
    plan.outputRoot === undefined ? dice.chance(customs.sharedOutputShare) : plan.rootIsShared === true;
  const removesJobName = isTraining && (plan.removesJobName ?? dice.chance(customs.removesJobNameShare));
  const declaredOutput =
    plan.outputRoot ?? outputRootOf(world, run, isTraining, outputIsShared, removesJobName);
  const output = isTraining && !removesJobName ? below(declaredOutput, run.name) : declaredOutput;
  return {
    ...run,
    declaredInputs: [
      ...inputs,
      // Code may read what the create call does not name.
      ...(chainedFrom !== undefined && (isTransform || dice.chance(0.7)) ? [chainedFrom.place] : []),
    ],
    inputs,
    declaredOutput,
    removesJobName,
    output,
    outputIsShared: outputIsShared && (!isTraining || removesJobName),
    resumes: dice.chance(0.3),
    ...(manifestPlace === undefined ? {} : { manifestPlace }),
    ...(chainedFrom === undefined ? {} : { chainedFrom }),
    ...(plan.model === undefined ? {} : { model: plan.model }),
    ...(isTraining && customs.uploadsScripts && plan.parentArn === undefined
      ? sourceOf(world, run, declaredOutput)
      : {}),
    ...(isTraining && dice.chance(0.3)
      ? { checkpoint: { bucket: declaredOutput.bucket, prefix: `checkpoints/${plan.base}` } }
      : {}),
    ...(dice.chance(0.6) ? { outputKey: dice.pick(world.keys) } : {}),
    ...(dice.chance(customs.volumeKeyShare) ? { volumeKey: dice.pick(world.keys) } : {}),
  };
}

function inputsOf(world: World, run: Run, base: string): Place[] {
  const { dice, customs } = world;
  return Array.from({ length: run.type === 'transform-job' ? 1 : dice.between(1, 3) }, () => {
    const pool = inputPool(world, run);
    return dice.chance(customs.sharedInputShare)
      ? dice.pick([pool, below(pool, 'train'), below(pool, 'validation')])
      : below(pool, `${base}/${run.createdMs}`);
  });
}

/** Teams have few data sets, and those prefixes contain one another. */
function inputPool(world: World, run: Run): Place {
  const { dice } = world;
  const team = run.role.name.split('-')[0] ?? 'team';
  return { bucket: dice.pick(world.dataBuckets), prefix: `${team}/v${dice.between(1, 3)}` };
}

function outputRootOf(
  world: World,
  run: Run,
  isTraining: boolean,
  isShared: boolean,
  removesJobName: boolean,
): Place {
  const { dice } = world;
  const root = { bucket: dice.pick(world.outputBuckets), prefix: run.role.name.toLowerCase() };
  if (isShared || (isTraining && !removesJobName)) {
    return dice.chance(0.5) ? root : below(root, 'results');
  }
  const evaluated =
    run.type === 'processing-job' && dice.chance(0.15) ? earlierOutput(world, run) : undefined;
  if (evaluated !== undefined) {
    // What it finds out of a model lies beside it, below the name of the job that trained the model.
    return below(evaluated.place, 'evaluation');
  }
  // Its own place, which says the job's name or a date.
  return below(root, dice.chance(0.5) ? run.name : `runs/${run.createdMs}`);
}

/** The script uploaded for this job, or for an earlier one: then the prefix names another job than the reader. */
function sourceOf(
  world: World,
  run: Run,
  output: Place,
): { readonly source: Place; readonly uploadsSource: boolean } {
  const { dice } = world;
  const earlier = world.runs
    .filter(isDataJob)
    .filter((other) => other.createdMs < run.createdMs && other.role.arn === run.role.arn)
    .flatMap(({ source }) => (source === undefined ? [] : [source]));
  return earlier.length > 0 && dice.chance(0.25)
    ? { source: dice.pick(earlier), uploadsSource: false }
    : { source: { bucket: output.bucket, prefix: `${run.name}/source` }, uploadsSource: true };
}

function earlierOutput(world: World, run: Run): Authored | undefined {
  const earlier = world.runs
    .filter(isDataJob)
    .filter((other) => other.endedMs < run.startedMs && other.role.arn === run.role.arn);
  return earlier.length === 0 ? undefined : authored(world.dice.pick(earlier.slice(-20)));
}
