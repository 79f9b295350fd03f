import { type CheckResult, failed, notJudged } from './check-result.ts';
import type { EventRule } from './event-rule.ts';
import type { Queue } from './queue.ts';
import { allows, type PolicyVerdict } from './resource-policy.ts';

/**
 * Faults by which EventBridge cannot send to a queue, or by which the queue keeps messages unencrypted.
 * @param rules the rules that send to the queue their events, or those that they could not deliver
 */
export function senderFaults(queue: Queue, rules: readonly EventRule[], accountId: string): CheckResult[] {
  return [...encryptionFaults(queue, rules), ...policyFaults(queue, rules, accountId)];
}

function encryptionFaults({ name, encryption }: Queue, rules: readonly EventRule[]): CheckResult[] {
  if (encryption.kind === 'none') {
    return [
      failed(
        'queue-unencrypted',
        `Queue ${name} is not encrypted.`,
        'Set its SqsManagedSseEnabled to true and deploy the stack again.',
      ),
    ];
  }
  // Nobody can edit the policy of the AWS managed key to let EventBridge use it:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
  if (rules.length === 0 || encryption.kind !== 'kms' || !encryption.key.endsWith('alias/aws/sqs')) return [];
  return [
    failed(
      'queue-closed-to-events',
      `Queue ${name} is encrypted with alias/aws/sqs, which EventBridge may not use.`,
      'Set its SqsManagedSseEnabled to true instead, and deploy the stack again.',
    ),
  ];
}

/** EventBridge sends as a service, which the queue's own policy must allow, to a dead-letter queue as well. */
function policyFaults(queue: Queue, rules: readonly EventRule[], accountId: string): CheckResult[] {
  const names = (verdict: PolicyVerdict) =>
    rules.filter((rule) => letsIn(queue, rule, accountId) === verdict).map(({ name }) => name);
  const refused = names('no');
  const unsure = names('unsure');
  const faults: CheckResult[] = [];
  if (refused.length > 0) {
    faults.push(
      failed(
        'queue-closed-to-events',
        `Queue ${queue.name} does not let EventBridge send to it for ${rulesNamed(refused)}.`,
        'Allow events.amazonaws.com sqs:SendMessage in its policy for the aws:SourceArn of these rules: deploy the stack again.',
      ),
    );
  }
  if (unsure.length > 0) {
    faults.push(
      notJudged(
        `Whether queue ${queue.name} lets EventBridge send to it for ${rulesNamed(unsure)} depends on a condition that is not judged here.`,
        'Read its policy; where it asks for aws:SourceArn and aws:SourceAccount alone, it is judged.',
      ),
    );
  }
  return faults;
}

function letsIn(queue: Queue, rule: EventRule, accountId: string): PolicyVerdict {
  return allows(queue.policy, {
    principal: { kind: 'service', name: 'events.amazonaws.com' },
    action: 'sqs:SendMessage',
    resource: queue.arn,
    conditionKeys: {
      'aws:sourcearn': rule.arn,
      'aws:sourceaccount': accountId,
      'aws:securetransport': 'true',
    },
  });
}

function rulesNamed(names: readonly string[]): string {
  return `${names.length > 1 ? 'rules' : 'rule'} ${names.join(', ')}`;
}
