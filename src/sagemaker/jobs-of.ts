import { Definitions } from './definitions.ts';
import { Families, type TimedRun } from './families.ts';
import type { Job } from './job.ts';
import type { EndpointConfigFact, JobFact, ModelFact, PipelineStepFact, ResourceFact } from './job-fact.ts';
import { bestValue, isRequestKnown, membersOf, type RunMembers } from './run-members.ts';
import { timesOf } from './run-times.ts';
import { type Run, runsOf } from './runs.ts';
import { isLastStatus } from './status.ts';

/** How many generations of parents are searched for what a run does not declare itself. */
const maxGenerations = 4;

/**
 * The runs that the facts of one account show, ordered by their creation. The result depends on the set of facts only,
 * not on their order or repetition.
 */
export function jobsOf(facts: Iterable<JobFact>): Job[] {
  const { resources, models, endpointConfigs, steps } = factsByKind(facts);
  const definitions = {
    models: new Definitions(models),
    endpointConfigs: new Definitions(endpointConfigs),
  };
  const runs = runsOf(resources).map(
    (run): TimedRun => ({ run, times: timesOf(run), members: membersOf(run, definitions) }),
  );
  const families = new Families(runs, steps);
  const children = childrenOf(runs, families);
  return runs
    .filter(({ run }) => run.kind.life !== 'definition')
    .flatMap((timed) => jobOf(timed, families, children.get(timed)) ?? [])
    .sort(compareJobs);
}

interface FactsByKind {
  readonly resources: ResourceFact[];
  readonly models: ModelFact[];
  readonly endpointConfigs: EndpointConfigFact[];
  readonly steps: PipelineStepFact[];
}

function factsByKind(facts: Iterable<JobFact>): FactsByKind {
  const sorted: FactsByKind = { resources: [], models: [], endpointConfigs: [], steps: [] };
  for (const fact of facts) {
    switch (fact.kind) {
      case 'resource':
        sorted.resources.push(fact);
        break;
      case 'model':
        sorted.models.push(fact);
        break;
      case 'endpoint-config':
        sorted.endpointConfigs.push(fact);
        break;
      case 'pipeline-step':
        sorted.steps.push(fact);
        break;
      case 'grant':
      case 'session':
      case 'alias':
        break;
      default:
        fact satisfies never;
    }
  }
  return sorted;
}

function childrenOf(runs: readonly TimedRun[], families: Families): Map<TimedRun, Set<string>> {
  const children = new Map<TimedRun, Set<string>>();
  for (const child of runs) {
    for (const parent of families.parentRunsOf(child)) {
      const ofParent = children.get(parent) ?? new Set();
      children.set(parent, ofParent.add(arnOf(child)));
    }
  }
  return children;
}

function jobOf(
  timed: TimedRun,
  families: Families,
  children: ReadonlySet<string> = new Set(),
): Job | undefined {
  const { run, times } = timed;
  const [first] = run.facts;
  if (first === undefined) {
    return undefined;
  }
  const arn = arnOf(timed);
  const status = statusOf(run);
  const launcher = launcherOf(timed, families, maxGenerations);
  const maxRuntimeSeconds = bestValue(run.facts, (fact) => fact.maxRuntimeSeconds);
  return {
    id: `${arn}|${times.created?.timeMs ?? ''}`,
    arn,
    type: run.kind.type,
    name: bestValue(run.facts, ({ name }) => name) ?? first.name,
    accountId: first.accountId,
    region: first.region,
    ...(status === undefined ? {} : { status }),
    ...times,
    ...(launcher === undefined ? {} : { launcher }),
    ...membersWithParents(timed, families, maxGenerations),
    ...(maxRuntimeSeconds === undefined ? {} : { maxRuntimeSeconds }),
    ...(run.facts.some(({ hasVolume }) => hasVolume === true) ? { hasVolume: true } : {}),
    ...(isRequestKnown(run.facts) ? { isRequestKnown: true } : {}),
    parents: families.parentsOf(timed),
    children: [...children].sort(),
  };
}

function arnOf({ run }: TimedRun): string {
  return bestValue(run.facts, ({ arn }) => arn) ?? '';
}

/** The status in the newest event. Of several at one time, a last status wins. */
function statusOf({ kind, facts }: Run): string | undefined {
  const newest = facts.findLast(({ status }) => status !== undefined);
  const last = facts.findLast(
    ({ status, timeMs }) =>
      timeMs === newest?.timeMs && status !== undefined && isLastStatus(status, kind.life),
  );
  return (last ?? newest)?.status;
}

/** The members of a run. One that declares at most a role itself inherits role, keys and places from its parent. */
function membersWithParents(timed: TimedRun, families: Families, generations: number): RunMembers {
  const { members } = timed;
  if (declaresMoreThanRole(members) || generations === 0) {
    return members;
  }
  for (const parent of families.parentRunsOf(timed)) {
    // The role of a pipeline execution only starts jobs, which have their own roles.
    if (parent !== timed && parent.run.kind.type !== 'pipeline-execution') {
      const given = membersWithParents(parent, families, generations - 1);
      if (given.roleArns.length > 0) {
        return inherited(members, given);
      }
    }
  }
  return members;
}

function declaresMoreThanRole({ roleArns, inputs, outputs, checkpoints, ...keys }: RunMembers): boolean {
  const { volumeKeys, outputKeys, dataKeys } = keys;
  return (
    roleArns.length > 0 &&
    [inputs, outputs, checkpoints, volumeKeys, outputKeys, dataKeys].some(({ length }) => length > 0)
  );
}

function inherited(own: RunMembers, given: RunMembers): RunMembers {
  const either = <Item>(mine: readonly Item[], theirs: readonly Item[]): readonly Item[] =>
    mine.length > 0 ? mine : theirs;
  return {
    roleArns: either(own.roleArns, given.roleArns),
    inputs: either(own.inputs, given.inputs),
    outputs: either(own.outputs, given.outputs),
    checkpoints: either(own.checkpoints, given.checkpoints),
    volumeKeys: either(own.volumeKeys, given.volumeKeys),
    outputKeys: either(own.outputKeys, given.outputKeys),
    dataKeys: either(own.dataKeys, given.dataKeys),
    instanceTypes: either(own.instanceTypes, given.instanceTypes),
  };
}

/** Who requested the run; if that was a service or nobody, who requested its parent. */
function launcherOf(timed: TimedRun, families: Families, generations: number): Job['launcher'] {
  const own = bestValue(timed.run.facts, ({ launcher }) => launcher);
  if ((own !== undefined && own.type !== 'service') || generations === 0) {
    return own;
  }
  for (const parent of families.parentRunsOf(timed)) {
    const ofParent = parent === timed ? undefined : launcherOf(parent, families, generations - 1);
    if (ofParent !== undefined) {
      return ofParent;
    }
  }
  return own;
}

function compareJobs(a: Job, b: Job): number {
  const byTime = (a.created?.timeMs ?? 0) - (b.created?.timeMs ?? 0);
  return byTime !== 0 ? byTime : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
