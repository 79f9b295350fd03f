import type { JobEvidence } from '../../src/attribution/attributor.ts';
import type { Judgement } from '../../src/attribution/judgement.ts';
import { roleKeyOf } from '../../src/attribution/role-key.ts';
import type { Job } from '../../src/sagemaker/job.ts';
import { windowOf } from '../../src/sagemaker/window-of.ts';
import type { JoinAccount, Judged } from './judged-account.ts';

const none: Judgement = { status: 'none', jobs: [], reasons: ['no job of the role is alive'] };

/** What a join by role and time alone makes of the uses: the first job of the role that is alive. */
export function naivelyJudged({ uses, truth, evidence }: JoinAccount): readonly Judged[] {
  const jobs = jobsByRole(evidence);
  return uses.flatMap((use): Judged[] => {
    const known = truth.get(use.eventId);
    if (known === undefined) {
      return [];
    }
    const { type, id } = use.principal;
    const roleKey = type === 'role' && id !== undefined ? roleKeyOf(id) : undefined;
    const ofRole = roleKey === undefined ? undefined : jobs.get(roleKey);
    const first = ofRole?.find((job) => isAlive(job, use.eventTimeMs));
    const judgement: Judgement =
      first === undefined
        ? none
        : {
            status: 'probable',
            jobs: [{ arn: first.arn, type: first.type, reasons: ['first of its role'] }],
          };
    return [{ use, truth: known, judgement }];
  });
}

function jobsByRole({ jobs }: JobEvidence): ReadonlyMap<string, readonly Job[]> {
  const byRole = new Map<string, Job[]>();
  for (const job of jobs) {
    for (const roleKey of new Set(job.roleArns.map(roleKeyOf))) {
      if (roleKey !== undefined) {
        byRole.set(roleKey, [...(byRole.get(roleKey) ?? []), job]);
      }
    }
  }
  return byRole;
}

function isAlive(job: Job, timeMs: number): boolean {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = windowOf(job);
  return timeMs >= fromMs && timeMs < toMs;
}
