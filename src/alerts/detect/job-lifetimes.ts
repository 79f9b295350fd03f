import { appendToList } from '../../append-to-list.ts';
import { roleKeyOf } from '../../attribution/role-key.ts';
import type { Job } from '../../sagemaker/job.ts';
import { windowOf } from '../../sagemaker/window-of.ts';

/** A time in which some job of a role may have been alive; epoch milliseconds, the end exclusive. */
type Interval = readonly [fromMs: number, toMs: number];

/** Which roles jobs run under, and when any job of a role may have been alive, allowances included. */
export class JobLifetimes {
  /** By role, intervals in order that neither overlap nor touch. */
  readonly #intervals: ReadonlyMap<string, readonly Interval[]>;
  /** By principal as records spell it. */
  readonly #byPrincipal = new Map<string, readonly Interval[] | undefined>();

  constructor(jobs: readonly Job[]) {
    const byRole = new Map<string, Interval[]>();
    for (const job of jobs) {
      const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = windowOf(job);
      for (const arn of job.roleArns) {
        const role = roleKeyOf(arn);
        if (role !== undefined) appendToList<string, Interval>(byRole, role, [fromMs, toMs]);
      }
    }
    this.#intervals = new Map([...byRole].map(([role, intervals]) => [role, merged(intervals)]));
  }

  /** Whether any known job runs under the role. */
  isJobRole(principalId: string): boolean {
    return this.#of(principalId) !== undefined;
  }

  /** @param timeMs epoch milliseconds */
  isJobAlive(principalId: string, timeMs: number): boolean {
    const intervals = this.#of(principalId) ?? [];
    let low = 0;
    let high = intervals.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((intervals[middle] as Interval)[0] <= timeMs) low = middle + 1;
      else high = middle;
    }
    const last = intervals[low - 1];
    return last !== undefined && timeMs < last[1];
  }

  #of(principalId: string): readonly Interval[] | undefined {
    if (this.#byPrincipal.has(principalId)) return this.#byPrincipal.get(principalId);
    const role = roleKeyOf(principalId);
    const intervals = role === undefined ? undefined : this.#intervals.get(role);
    this.#byPrincipal.set(principalId, intervals);
    return intervals;
  }
}

function merged(intervals: readonly Interval[]): Interval[] {
  const list: Interval[] = [];
  for (const [fromMs, toMs] of [...intervals].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = list.at(-1);
    if (last !== undefined && fromMs <= last[1]) list[list.length - 1] = [last[0], Math.max(last[1], toMs)];
    else list.push([fromMs, toMs]);
  }
  return list;
}
