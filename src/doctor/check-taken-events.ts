import { mayMatch } from './event-pattern.ts';
import { type Finding, right, wrong } from './finding.ts';
import { allTold, type Named, valuesSeen } from './looked.ts';
import type { Rule } from './rule.ts';

/** An event of each sort that the history is made of, as far as patterns tell them apart. */
const NEEDED_EVENTS = [
  {
    what: 'key uses (Decrypt)',
    event: {
      source: 'aws.kms',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' },
    },
  },
  {
    what: 'changes of keys (CreateGrant)',
    event: {
      source: 'aws.kms',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { eventSource: 'kms.amazonaws.com', eventName: 'CreateGrant' },
    },
  },
  {
    what: 'calls of SageMaker (CreateTrainingJob)',
    event: {
      source: 'aws.sagemaker',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { eventSource: 'sagemaker.amazonaws.com', eventName: 'CreateTrainingJob' },
    },
  },
  {
    what: 'state changes of SageMaker jobs',
    event: { source: 'aws.sagemaker', 'detail-type': 'SageMaker Training Job State Change' },
  },
] as const;

/** Every sort of event that is needed has a rule. Where a rule could not be looked at, it may be that one. */
export function checkTakenEvents(rules: readonly Named<Rule>[]): Finding[] {
  if (!allTold(rules)) return [];
  const patterns = valuesSeen(rules).flatMap(({ pattern }) => pattern ?? []);
  const missing = NEEDED_EVENTS.filter(({ event }) => !patterns.some((pattern) => mayMatch(pattern, event)));
  if (missing.length === 0) return [right('rules', 'The rules take events of KMS and SageMaker.')];
  return missing.map(({ what }) =>
    wrong(
      'rule-takes-nothing',
      `No rule of the stack takes ${what}.`,
      'Deploy the stack again with its own rules.',
    ),
  );
}
