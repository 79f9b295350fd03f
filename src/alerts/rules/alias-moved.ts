import { aliasKey, aliasNameOf } from '../../kms/alias-timeline.ts';
import { keyLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyOf, keyText } from '../subject-of-use.ts';

const OPERATIONS = new Set(['UpdateAlias', 'DeleteAlias']);

/** UpdateAlias or DeleteAlias of an alias that a job or endpoint declares. */
export const aliasMoved: UseRule = {
  id: 'alias-moved',
  kind: 'use',
  when: 'joined',
  isAskedForEach: true,
  concerns: ({ operation }) => OPERATIONS.has(operation),
  severity: 'high',
  titleOf: (subject) =>
    `${subject.alias ?? 'An alias'}, which jobs declare, was moved to ${keyText(subject)} or deleted`,
  checkNext: (alert) => [
    `See which of them, and who did it: ${usageLink(alert, { category: 'management' })}`,
    `See whose the key is that the alias means now: what jobs write from now on is encrypted with it: ${keyLink(alert)}`,
    'If it is wrong, point the alias back (aws kms update-alias), and look at what was written meanwhile.',
  ],
  falsePositives: ['A rotation by a new key that the alias is pointed at by plan.'],
  fires(use, { isAliasDeclared }) {
    const { operation, outcome, keyRef, accountId, region } = use;
    if (!OPERATIONS.has(operation) || outcome !== 'success' || keyRef === undefined) return undefined;
    const name = aliasNameOf(keyRef, accountId, region);
    if (name === undefined || !isAliasDeclared(aliasKey(name))) return undefined;
    return { subject: { ...keyOf(use), alias: name.alias }, details: [`${operation} was called.`] };
  },
};
