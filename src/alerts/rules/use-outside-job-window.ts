import { roleKeyOf } from '../../attribution/role-key.ts';
import type { InspectedUse } from '../../expectations/inspected-use.ts';
import { isReadOnlyCall } from '../../kms/operation-category.ts';
import type { Job } from '../../sagemaker/job.ts';
import { windowOf } from '../../sagemaker/window-of.ts';
import { jobLink, usageLink } from '../links.ts';
import type { UseContext, UseRule } from '../rule.ts';
import { keyAndPrincipalOf, keyText } from '../subject-of-use.ts';

/** What S3 calls when an object is written: S3 User Guide, "Using server-side encryption with AWS KMS keys". */
const WRITES = /^(?:GenerateDataKey|Encrypt)/;

/** The evidence ties the use to a job, but the use is before the job's start or after its end, allowances included. */
export const useOutsideJobWindow: UseRule = {
  id: 'use-outside-job-window',
  kind: 'use',
  when: 'joined',
  isAskedForEach: true,
  concerns: ({ joinedTo, operation }) =>
    joinedTo?.status === 'exact' || joinedTo?.status === 'strong' || WRITES.test(operation),
  severity: 'high',
  titleOf: (subject) =>
    `${keyText(subject)} was used in the name of ${subject.jobArn ?? 'a job'}, which was not alive then`,
  checkNext: (alert) => [
    `See when the job ran: ${jobLink(alert)}`,
    `See which object or grant ties the use to it, and who made it: ${usageLink(alert)}`,
    'If the job was over, see who else holds its role and may write where it wrote.',
  ],
  falsePositives: [
    'A job whose end came late or is only a bound, as of one that was stopped by its longest runtime.',
  ],
  fires(use, context) {
    if (use.outcome === 'probe' || isReadOnlyCall(use)) return undefined;
    const run = namedJob(use, context);
    if (run === undefined) return undefined;
    const { eventTimeMs } = use;
    const { fromMs, toMs } = windowOf(run);
    const isOutside =
      (fromMs !== undefined && eventTimeMs < fromMs) || (toMs !== undefined && eventTimeMs >= toMs);
    return isOutside ? { subject: { ...keyAndPrincipalOf(use), jobArn: run.arn } } : undefined;
  },
};

/**
 * The job that the evidence names: that of an exact or strong join, else the job that worked in the same session, else the
 * job whose own folder its role writes to. The join considers only jobs that were alive, so it cannot find the latter.
 */
function namedJob(
  use: InspectedUse,
  { job, authorOf, isJobRole, sessionJobOf }: UseContext,
): Job | undefined {
  const { joinedTo, principal, operation } = use;
  if (joinedTo?.status === 'exact' || joinedTo?.status === 'strong') {
    const [only] = joinedTo.jobs;
    return only === undefined ? undefined : job(only.arn, only.createdMs);
  }
  if (joinedTo === undefined || principal.id === undefined || !isJobRole(principal.id)) return undefined;
  const worker = sessionJobOf(use);
  if (worker !== undefined || !WRITES.test(operation)) return worker;
  const author = authorOf(use);
  const role = roleKeyOf(principal.id);
  return author?.roleArns.some((arn) => roleKeyOf(arn) === role) === true ? author : undefined;
}
