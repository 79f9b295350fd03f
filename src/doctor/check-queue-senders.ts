import { type Finding, notJudged, wrong } from './finding.ts';
import type { Queue } from './queue.ts';
import { type QueueLinks, rulesInto } from './queue-links.ts';
import { allows, type Verdict } from './resource-policy.ts';
import type { Rule } from './rule.ts';

/** What keeps EventBridge from a queue, or its messages in clear. */
export function faultsOfSending(queue: Queue, links: QueueLinks): Finding[] {
  const rules = rulesInto(queue, links);
  return [...faultsOfEncryption(queue, rules), ...faultsOfPolicy(queue, rules, links.accountId)];
}

function faultsOfEncryption({ name, encryption }: Queue, rules: readonly Rule[]): Finding[] {
  if (encryption.kind === 'none') {
    return [
      wrong(
        'queue-unencrypted',
        `Queue ${name} is not encrypted.`,
        'Set its SqsManagedSseEnabled to true and deploy the stack again.',
      ),
    ];
  }
  // EventBridge cannot be let use the AWS managed key, for nobody can edit its policy:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
  if (rules.length === 0 || encryption.kind !== 'kms' || !encryption.key.endsWith('alias/aws/sqs')) return [];
  return [
    wrong(
      'queue-closed-to-events',
      `Queue ${name} is encrypted with alias/aws/sqs, which EventBridge may not use.`,
      'Set its SqsManagedSseEnabled to true instead, and deploy the stack again.',
    ),
  ];
}

/** EventBridge sends as a service, which the queue itself must let in: also what it could not deliver. */
function faultsOfPolicy(queue: Queue, rules: readonly Rule[], accountId: string): Finding[] {
  const names = (verdict: Verdict) =>
    rules.filter((rule) => letsIn(queue, rule, accountId) === verdict).map(({ name }) => name);
  const kept = names('no');
  const unsure = names('unsure');
  const findings: Finding[] = [];
  if (kept.length > 0) {
    findings.push(
      wrong(
        'queue-closed-to-events',
        `Queue ${queue.name} does not let EventBridge send to it for ${rulesNamed(kept)}.`,
        'Allow events.amazonaws.com sqs:SendMessage in its policy for the aws:SourceArn of these rules: deploy the stack again.',
      ),
    );
  }
  if (unsure.length > 0) {
    findings.push(
      notJudged(
        `Whether queue ${queue.name} lets EventBridge send to it for ${rulesNamed(unsure)} depends on a condition that is not judged here.`,
        'Read its policy; where it asks for aws:SourceArn and aws:SourceAccount alone, it is judged.',
      ),
    );
  }
  return findings;
}

function letsIn(queue: Queue, rule: Rule, accountId: string): Verdict {
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
