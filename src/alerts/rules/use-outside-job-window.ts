import { windowOf } from '../../sagemaker/window-of.ts';
import { jobLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyAndPrincipalOf, keyName } from '../subject-of-use.ts';

/** A use that its evidence ties to a job lies before its start or after its end, allowances aside. */
export const useOutsideJobWindow: UseRule = {
  id: 'use-outside-job-window',
  kind: 'use',
  when: 'joined',
  severity: 'high',
  titleOf: (subject) =>
    `${keyName(subject)} was used in the name of ${subject.jobArn ?? 'a job'}, which was not alive then`,
  checkNext: (alert) => [
    `See when the job ran: ${jobLink(alert)}`,
    `See which object or grant ties the use to it, and who made it: ${usageLink(alert)}`,
    'If the job was over, see who else holds its role and may write where it wrote.',
  ],
  falsePositives: [
    'A job whose end came late or is only a bound, as of one that was stopped by its longest runtime.',
  ],
  fires(use, { job }) {
    const { joinedTo, eventTimeMs } = use;
    if (joinedTo === undefined || (joinedTo.status !== 'exact' && joinedTo.status !== 'strong'))
      return undefined;
    const [only] = joinedTo.jobs;
    const run = only === undefined ? undefined : job(only.arn, only.createdMs);
    if (run === undefined) return undefined;
    const { fromMs, toMs } = windowOf(run);
    const isOutside =
      (fromMs !== undefined && eventTimeMs < fromMs) || (toMs !== undefined && eventTimeMs >= toMs);
    return isOutside ? { subject: { ...keyAndPrincipalOf(use), jobArn: run.arn } } : undefined;
  },
};
