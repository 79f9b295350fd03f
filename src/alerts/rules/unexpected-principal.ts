import { counterEvidenceOf } from '../../attribution/counter-evidence.ts';
import { isCalledSageMaker } from '../../attribution/session-name.ts';
import type { InspectedUse } from '../../expectations/inspected-use.ts';
import { keyLink, principalLink, usageLink } from '../links.ts';
import type { UseContext, UseRule } from '../rule.ts';
import { keyAndPrincipalOf, keyName, principalName } from '../subject-of-use.ts';

/** A key with expectations is used, or tried, by a principal that none of them allows. */
export const unexpectedPrincipal: UseRule = {
  id: 'unexpected-principal',
  kind: 'use',
  when: 'streaming',
  severity: 'high',
  titleOf: (subject) => `${principalName(subject)} used ${keyName(subject)}, which no expectation allows`,
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
    // What only wants a job is looked at once the join has had its time.
    if (expected !== 'no' || jobOnly === 'undecided' || use.outcome === 'probe') return undefined;
    if (jobOnly === 'refuted' && mayBeUnrecordedJob(use, context)) return undefined;
    return { subject: keyAndPrincipalOf(use) };
  },
};

/**
 * Whether a use that no job explains may well be of one whose records were lost: made by SageMaker itself, or by a role of
 * jobs while one of it was alive, in a session that looks like a job's. A role of jobs of which none was alive is for
 * `use-without-job` to tell of, or to excuse.
 */
function mayBeUnrecordedJob(use: InspectedUse, { isJobRole, isJobAlive, isOlderThanHistory }: UseContext) {
  const { id, type, session } = use.principal;
  if (type === 'service') return true;
  if (id === undefined || !isJobRole(id)) return false;
  if (!isJobAlive(id, use.eventTimeMs) || isOlderThanHistory(use)) return true;
  return session !== undefined && isCalledSageMaker(session) && counterEvidenceOf(use) === undefined;
}
