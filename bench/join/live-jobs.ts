import type { JobEvidence } from '../../src/attribution/attributor.ts';
import { roleKeyOf } from '../../src/attribution/role-key.ts';
import type { KeyUse } from '../../src/kms/key-use.ts';
import type { Job } from '../../src/sagemaker/job.ts';
import { windowOf } from '../../src/sagemaker/window-of.ts';

/** Which jobs of a role were alive when it used a key. */
export class LiveJobs {
  readonly #byRole = new Map<string, Job[]>();

  constructor({ jobs }: JobEvidence) {
    for (const job of jobs) {
      for (const roleKey of new Set(job.roleArns.map(roleKeyOf))) {
        if (roleKey !== undefined) {
          this.#byRole.set(roleKey, [...(this.#byRole.get(roleKey) ?? []), job]);
        }
      }
    }
  }

  at({ principal: { type, id }, eventTimeMs }: KeyUse): readonly Job[] {
    const roleKey = type === 'role' && id !== undefined ? roleKeyOf(id) : undefined;
    const ofRole = roleKey === undefined ? [] : (this.#byRole.get(roleKey) ?? []);
    return ofRole.filter((job) => isAlive(job, eventTimeMs));
  }

  /** Whether a job was the only one. Tuning and AutoML jobs work through theirs. */
  isOnly(use: KeyUse, jobArn: string | null): boolean {
    const live = this.at(use).filter(({ children }) => children.length === 0);
    return live.length > 0 && live.every(({ arn }) => arn === jobArn);
  }
}

function isAlive(job: Job, timeMs: number): boolean {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = windowOf(job);
  return timeMs >= fromMs && timeMs < toMs;
}
