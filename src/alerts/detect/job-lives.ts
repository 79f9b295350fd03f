import { appendToList } from '../../append-to-list.ts';
import { roleKeyOf } from '../../attribution/role-key.ts';
import type { Job } from '../../sagemaker/job.ts';
import { windowOf } from '../../sagemaker/window-of.ts';

/** A stretch in which some job of a role may have been alive, epoch milliseconds, the end exclusive. */
type Stretch = readonly [fromMs: number, toMs: number];

/** Which roles jobs run under, and when any job of one may have been alive, allowances included. */
export class JobLives {
  /** Stretches that do not touch, in order, by role. */
  readonly #stretches: ReadonlyMap<string, readonly Stretch[]>;
  /** Principals by their spelling in records. */
  readonly #byPrincipal = new Map<string, readonly Stretch[] | undefined>();

  constructor(jobs: readonly Job[]) {
    const byRole = new Map<string, Stretch[]>();
    for (const job of jobs) {
      const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = windowOf(job);
      for (const arn of job.roleArns) {
        const role = roleKeyOf(arn);
        if (role !== undefined) appendToList<string, Stretch>(byRole, role, [fromMs, toMs]);
      }
    }
    this.#stretches = new Map([...byRole].map(([role, stretches]) => [role, joined(stretches)]));
  }

  isJobRole(principalId: string): boolean {
    return this.#of(principalId) !== undefined;
  }

  isJobAlive(principalId: string, timeMs: number): boolean {
    const stretches = this.#of(principalId) ?? [];
    let low = 0;
    let high = stretches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((stretches[middle] as Stretch)[0] <= timeMs) low = middle + 1;
      else high = middle;
    }
    const last = stretches[low - 1];
    return last !== undefined && timeMs < last[1];
  }

  #of(principalId: string): readonly Stretch[] | undefined {
    if (this.#byPrincipal.has(principalId)) return this.#byPrincipal.get(principalId);
    const role = roleKeyOf(principalId);
    const stretches = role === undefined ? undefined : this.#stretches.get(role);
    this.#byPrincipal.set(principalId, stretches);
    return stretches;
  }
}

function joined(stretches: readonly Stretch[]): Stretch[] {
  const list: Stretch[] = [];
  for (const [fromMs, toMs] of [...stretches].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = list.at(-1);
    if (last !== undefined && fromMs <= last[1]) list[list.length - 1] = [last[0], Math.max(last[1], toMs)];
    else list.push([fromMs, toMs]);
  }
  return list;
}
