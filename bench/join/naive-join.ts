import type { Judgement } from '../../src/attribution/judgement.ts';
import type { JoinAccount, Judged } from './judged-account.ts';
import { LiveJobs } from './live-jobs.ts';

const none: Judgement = { status: 'none', jobs: [], reasons: ['no job of the role is alive'] };

/** What a join by role and time alone makes of the uses: the first job of the role that is alive. */
export function naivelyJudged({ uses, truth, evidence }: JoinAccount): readonly Judged[] {
  const live = new LiveJobs(evidence);
  return uses.flatMap((use): Judged[] => {
    const known = truth.get(use.eventId);
    if (known === undefined) {
      return [];
    }
    const [first] = live.at(use);
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
