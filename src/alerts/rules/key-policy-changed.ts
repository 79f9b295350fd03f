import type { InspectedUse } from '../../expectations/inspected-use.ts';
import { actionsOfAnyone, type PolicyDetail, type PolicyPermission } from '../../kms/policy-detail.ts';
import { keyLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyOf, keyText } from '../subject-of-use.ts';

/** PutKeyPolicy or CreateKey, and what became possible where the record shows it. */
export const keyPolicyChanged: UseRule = {
  id: 'key-policy-changed',
  kind: 'use',
  when: 'streaming',
  severity: 'medium',
  titleOf: (subject) => `The key policy of ${keyText(subject)} was set`,
  checkNext: (alert) => [
    `See who did it, and from where: ${usageLink(alert, { category: 'management' })}`,
    'Compare the policy with the one before (aws kms get-key-policy; AWS Config keeps old ones).',
    `See who has used the key since that had not before: ${keyLink(alert)}`,
  ],
  falsePositives: ['A deployment that puts the same policy again.', 'A key that is created by plan.'],
  fires(use) {
    const { operation, outcome, policy } = use;
    if ((operation !== 'PutKeyPolicy' && operation !== 'CreateKey') || outcome !== 'success')
      return undefined;
    const subject = keyOf(use);
    const details = [`${operation} was called.`, ...sentencesAbout(use)];
    if (policy !== undefined && actionsOfAnyone(policy).length > 0)
      return { subject, severity: 'high', details };
    return operation === 'CreateKey' ? { subject, severity: 'low', details } : { subject, details };
  },
};

/** What the policy makes possible. The account's own root is in every policy, so that its IAM policies count. */
function sentencesAbout({ policy, accountId }: InspectedUse): string[] {
  if (policy === undefined) return ['The record does not show the policy.'];
  const { allows, isCut, hasDeny } = policy satisfies PolicyDetail;
  const own = accountId === undefined ? '' : `:iam::${accountId}:root`;
  const others = allows.filter(({ who }) => own === '' || (!who.endsWith(own) && who !== accountId));
  return [
    ...others.slice(0, MOST_SENTENCES).map(sentenceOf),
    ...(isCut === true || others.length > MOST_SENTENCES ? ['The policy allows more than is listed.'] : []),
    ...(hasDeny === true ? ['The policy also denies something, which may narrow that.'] : []),
  ];
}

/** An alert keeps ten details of a day. */
const MOST_SENTENCES = 6;

function sentenceOf({ who, actions, isConditional }: PolicyPermission): string {
  const what = actions.length === 0 ? 'something' : actions.join(', ');
  return `${who === '*' ? 'Anyone' : who} may ${what}${isConditional === true ? ', under a condition' : ''}.`;
}
