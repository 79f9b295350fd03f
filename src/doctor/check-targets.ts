import { type Finding, notLookedAt, wrong } from './finding.ts';
import { allTold, type Named, valuesSeen } from './looked.ts';
import type { Queue } from './queue.ts';
import { type Rule, type RuleTarget, targetsOf } from './rule.ts';
import type { Expectation } from './set-up.ts';
import { takesManagementEvents } from './taken-events.ts';

/** What keeps what a rule takes from a hub's queue, or a spoke's from the hub. */
export function faultsOfTargets(
  rule: Rule,
  queues: readonly Named<Queue>[],
  expectation: Expectation,
): Finding[] {
  const { name, targets, pattern } = rule;
  if (targets.kind === 'unseen') return [notLookedAt(`What rule ${name} sends to`, targets)];
  const all = targetsOf(rule);
  if (all.length === 0) {
    return [
      wrong(
        'rule-without-target',
        `Rule ${name} has no target, so what it takes goes nowhere.`,
        'Deploy the stack again.',
      ),
    ];
  }
  // A schedule that was missed comes again.
  if (pattern === undefined) return [];
  const place = expectation.isSpoke
    ? faultOfHub(name, all, expectation.hubBusArn)
    : faultOfQueue(rule, all, queues);
  return [...place, ...all.flatMap((target) => faultsOfTarget(name, target))];
}

function faultOfQueue(
  rule: Rule,
  targets: readonly RuleTarget[],
  queues: readonly Named<Queue>[],
): Finding[] {
  const queueArns = new Set(valuesSeen(queues).map(({ arn }) => arn));
  const goesOn = targets.some(({ arn }) => queueArns.has(arn) || isBus(arn));
  if (goesOn || !allTold(queues) || !takesManagementEvents(rule)) return [];
  return [
    wrong(
      'rule-not-to-queue',
      `Rule ${rule.name} sends to no queue of the stack.`,
      'Deploy the stack again; what else should have its events gets a rule of its own.',
    ),
  ];
}

function faultOfHub(name: string, targets: readonly RuleTarget[], hubBusArn: string | undefined): Finding[] {
  const isToHub = ({ arn }: RuleTarget) => (hubBusArn === undefined ? isBus(arn) : arn === hubBusArn);
  if (targets.some(isToHub)) return [];
  return [
    wrong(
      'rule-not-to-hub',
      `Rule ${name} of the spoke does not send to ${hubBusArn ?? 'an event bus'}.`,
      "Deploy the spoke again with the ARN of the hub's bus.",
    ),
  ];
}

function faultsOfTarget(name: string, { arn, roleArn, deadLetterArn }: RuleTarget): Finding[] {
  const findings: Finding[] = [];
  if (deadLetterArn === undefined) {
    findings.push(
      wrong(
        'target-without-dead-letters',
        `Rule ${name} has no dead-letter queue for ${arn}, so what cannot be delivered in a day is lost.`,
        'Give its target a DeadLetterConfig and deploy the stack again.',
      ),
    );
  }
  // "We recommend always using IAM roles when the target of a rule is an event bus", and a bus that lets in an
  // organisation demands it: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
  if (isBus(arn) && roleArn === undefined) {
    findings.push(
      wrong(
        'target-without-role',
        `Rule ${name} has no role to send to ${arn} with.`,
        'Give its target a RoleArn that may events:PutEvents there, and deploy the stack again.',
      ),
    );
  }
  return findings;
}

function isBus(arn: string): boolean {
  return /^arn:[^:]+:events:[^:]*:[^:]*:event-bus\//.test(arn);
}
