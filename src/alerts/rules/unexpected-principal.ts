import { counterEvidenceOf } from '../../attribution/counter-evidence.ts';
import { isCalledSageMaker } from '../../attribution/session-name.ts';
import type { InspectedUse } from '../../expectations/inspected-use.ts';
import { keyLink, principalLink, usageLink } from '../links.ts';
import type { UseContext, UseRule } from '../rule.ts';
import { keyAndPrincipalOf, keyText, principalText } from '../subject-of-use.ts';

/** A key with expectations is used, or tried, by a principal that none of them allows. */
export const unexpectedPrincipal: UseRule = {
  id: 'unexpected-principal',
  kind: 'use',
  when: 'streaming',
  severity: 'high',
  titleOf: (subject) => `${principalText(subject)} used ${keyText(subject)}, which no expectation allows`,
  checkNext: (alert) => [
    `See what was done, whether it was denied, and from where: ${usageLink(alert)}`,
    `Ask the owners of the key's expectations whether they know this principal; its other keys: ${principalLink(alert)}`,
    `If it is right, add an expectation with an owner and an end; if not, take the grant or the policy's statement away that lets it: ${keyLink(alert)}`,
  ],
  falsePositives: [
    'A new role or pipeline whose expectation was forgotten.',
    'A role that was made anew under another path.',
  ],
  fires(use, context) {
    const { expected, jobOnly } = context.verdict;
    // When only the job is missing, the rule waits until the join is final.
    if (expected !== 'no' || jobOnly === 'undecided' || use.outcome === 'probe') return undefined;
    if (jobOnly === 'refuted' && mayBeUnrecordedJob(use, context)) return undefined;
    return { subject: keyAndPrincipalOf(use) };
  },
};

/**
 * Whether a use without a job may come from a job whose records were lost: SageMaker made it, or a role of jobs made it
 * while one of its jobs was alive, in a session that looks like a job's. When none of the role's jobs was alive,
 * `use-without-job` decides.
 */
function mayBeUnrecordedJob(use: InspectedUse, { isJobRole, isJobAlive, isOlderThanHistory }: UseContext) {
  const { id, type, session } = use.principal;
  if (type === 'service') return true;
  if (id === undefined || !isJobRole(id)) return false;
  if (!isJobAlive(id, use.eventTimeMs) || isOlderThanHistory(use)) return true;
  return session !== undefined && isCalledSageMaker(session) && counterEvidenceOf(use) === undefined;
}
