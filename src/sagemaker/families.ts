import { appendToList } from '../append-to-list.ts';
import type { PipelineStepFact } from './job-fact.ts';
import type { RunMembers } from './run-members.ts';
import type { RunTimes } from './run-times.ts';
import { arnKey, type Run, sameMomentMs } from './runs.ts';

/** A run with the times and members from its own facts. */
export interface TimedRun {
  readonly run: Run;
  readonly times: RunTimes;
  readonly members: RunMembers;
}

/** Training jobs of a tuning job are named after it, with a number and a hash. */
const tuningChild = /^(.+)-\d{3}-[0-9a-f]{8}$/;

/**
 * Finds the parents of runs: by a fact of the child, by the step of a pipeline, or by the name that SageMaker gives to
 * the training jobs of a tuning job and to the jobs of an AutoML job.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-monitor.html
 */
export class Families {
  readonly #byArn = new Map<string, TimedRun[]>();
  readonly #byName = new Map<string, TimedRun[]>();
  readonly #stepsByJob = new Map<string, PipelineStepFact[]>();
  readonly #parents = new Map<TimedRun, readonly string[]>();

  constructor(runs: readonly TimedRun[], steps: readonly PipelineStepFact[]) {
    for (const timed of runs) {
      const [first] = timed.run.facts;
      if (first === undefined) {
        continue;
      }
      appendToList(this.#byArn, arnKey(first.arn), timed);
      if (timed.run.kind.type === 'hyper-parameter-tuning-job' || timed.run.kind.type === 'automl-job') {
        appendToList(this.#byName, nameKey(timed.run.kind.type, first.region, first.name), timed);
      }
    }
    for (const step of steps) appendToList(this.#stepsByJob, arnKey(step.jobArn), step);
  }

  /** The ARNs of a run's parents, sorted. */
  parentsOf(child: TimedRun): readonly string[] {
    let parents = this.#parents.get(child);
    if (parents === undefined) {
      parents = [...this.#allParentsOf(child)].sort();
      this.#parents.set(child, parents);
    }
    return parents;
  }

  /** The known runs among a run's parents: those that were current when it was created. */
  parentRunsOf(child: TimedRun): readonly TimedRun[] {
    const createdMs = child.times.created?.timeMs ?? Number.POSITIVE_INFINITY;
    return this.parentsOf(child).flatMap((arn) => this.#currentRun(arn, createdMs) ?? []);
  }

  #allParentsOf(child: TimedRun): ReadonlySet<string> {
    const { facts } = child.run;
    const parents = new Set(facts.flatMap((fact) => fact.parents ?? []));
    const named = parents.size === 0 ? this.#namedParent(child) : undefined;
    if (named !== undefined) parents.add(named);
    const arn = facts[0]?.arn ?? '';
    for (const step of this.#stepsByJob.get(arnKey(arn)) ?? []) {
      if (this.#currentRun(arn, step.timeMs) === child) parents.add(step.executionArn);
    }
    return parents;
  }

  #currentRun(arn: string, timeMs: number): TimedRun | undefined {
    const runs = this.#byArn.get(arnKey(arn));
    return runs?.findLast(({ run }) => (run.firstMs ?? 0) <= timeMs + sameMomentMs) ?? runs?.[0];
  }

  #namedParent(child: TimedRun): string | undefined {
    const [first] = child.run.facts;
    const createdMs = child.times.created?.timeMs;
    if (first === undefined || createdMs === undefined || wasRequested(child.run)) {
      return undefined;
    }
    const tuning = child.run.kind.type === 'training-job' ? tuningChild.exec(first.name)?.[1] : undefined;
    if (tuning !== undefined) {
      const parent = this.#aliveBy('hyper-parameter-tuning-job', first.region, tuning, createdMs);
      if (parent !== undefined) return parent;
    }
    for (let dash = first.name.lastIndexOf('-'); dash > 0; dash = first.name.lastIndexOf('-', dash - 1)) {
      const parent = this.#aliveBy('automl-job', first.region, first.name.slice(0, dash), createdMs);
      if (parent !== undefined) return parent;
    }
    return undefined;
  }

  #aliveBy(type: string, region: string, name: string, timeMs: number): string | undefined {
    const parent = this.#byName
      .get(nameKey(type, region, name))
      ?.find(
        ({ times }) =>
          times.created !== undefined &&
          times.created.timeMs <= timeMs + sameMomentMs &&
          (times.ended === undefined || times.ended.timeMs >= timeMs - sameMomentMs),
      );
    return parent?.run.facts[0]?.arn;
  }
}

/** Whether a person or a program created the run by a call of its own. Its name then shows no parent. */
function wasRequested(run: Run): boolean {
  return run.facts.some(({ toldBy, launcher }) => toldBy === 'create' && launcher?.type !== 'service');
}

function nameKey(type: string, region: string, name: string): string {
  return `${type}/${region}/${name.toLowerCase()}`;
}
