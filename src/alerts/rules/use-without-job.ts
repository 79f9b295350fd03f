import { isReadOnlyCall } from '../../kms/operation-category.ts';
import { keyLink, principalLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyAndPrincipalOf, keyText, principalText } from '../subject-of-use.ts';

/**
 * A role of jobs uses a key while none of its jobs is alive, or in a session that evidence shows to be no job's, and no
 * expectation allows it.
 */
export const useWithoutJob: UseRule = {
  id: 'use-without-job',
  kind: 'use',
  when: 'joined',
  isAskedForEach: true,
  concerns: ({ joinedTo }) => joinedTo?.status === 'none',
  severity: 'high',
  titleOf: (subject) =>
    `${principalText(subject)}, a role of SageMaker jobs, used ${keyText(subject)} for no job of it`,
  checkNext: (alert) => [
    `See the session's name, the address and the program: a person with the role's credentials looks unlike a job: ${usageLink(alert)}`,
    'Look in CloudTrail for AssumeRole of this role by another than sagemaker.amazonaws.com in the hour before.',
    `If people or other services may use the role, add an expectation for them; else see who may assume it: ${principalLink(alert)} ${keyLink(alert)}`,
  ],
  falsePositives: [
    'A job of which neither the create call nor a state change was recorded.',
    'A role that is also used outside SageMaker.',
  ],
  fires(use, { verdict, isJobRole, isJobAlive, isOlderThanHistory }) {
    const { principal, joinedTo, outcome, keyArn, keyRef } = use;
    if (joinedTo?.status !== 'none' || principal.id === undefined || outcome === 'probe') return undefined;
    // A read-only call uses no key, and a use that names no key has no subject.
    if (isReadOnlyCall(use) || (keyArn ?? keyRef) === undefined) return undefined;
    if (verdict.expected === 'yes' || !isJobRole(principal.id)) return undefined;
    const subject = keyAndPrincipalOf(use);
    const { outsider } = joinedTo;
    if (outsider !== undefined)
      return { subject, details: [`${outsider[0]?.toUpperCase()}${outsider.slice(1)}.`] };
    if (isOlderThanHistory(use) || isJobAlive(principal.id, use.eventTimeMs)) return undefined;
    return { subject, details: ['No job of the role was alive.'] };
  },
};
