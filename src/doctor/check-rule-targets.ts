import { type CheckResult, failed, notReadable } from './check-result.ts';
import { mayMatchManagementEvents } from './event-pattern.ts';
import { type EventRule, type RuleTarget, targetsOf } from './event-rule.ts';
import type { Queue } from './queue.ts';
import { areAllReadable, type StackResource, valuesOf } from './read-result.ts';

/** Where the rules of a stack send events: to a queue of the stack itself, or from a spoke to the bus of its hub. */
export interface HubOfRules {
  readonly isSpoke: boolean;
  /** Absent for any event bus. */
  readonly hubBusArn?: string;
}

/** Faults by which the events of a rule do not reach a queue of the hub, or those of a spoke the hub. */
export function targetFaults(
  rule: EventRule,
  queues: readonly StackResource<Queue>[],
  hub: HubOfRules,
): CheckResult[] {
  const { name, targets, pattern } = rule;
  if (targets.kind === 'unreadable') return [notReadable(`The targets of rule ${name}`, targets)];
  const all = targetsOf(rule);
  if (all.length === 0) {
    return [
      failed(
        'rule-without-target',
        `Rule ${name} has no target, so what it takes goes nowhere.`,
        'Deploy the stack again.',
      ),
    ];
  }
  // A missed schedule needs no dead-letter queue: the next run does its work.
  if (pattern === undefined) return [];
  const place = hub.isSpoke ? hubFaults(name, all, hub.hubBusArn) : queueFaults(rule, all, queues);
  return [...place, ...all.flatMap((target) => deliveryFaults(name, target))];
}

function queueFaults(
  rule: EventRule,
  targets: readonly RuleTarget[],
  queues: readonly StackResource<Queue>[],
): CheckResult[] {
  const queueArns = new Set(valuesOf(queues).map(({ arn }) => arn));
  const isSentOn = targets.some(({ arn }) => queueArns.has(arn) || isBus(arn));
  if (isSentOn || !areAllReadable(queues) || !mayMatchManagementEvents(rule)) return [];
  return [
    failed(
      'rule-not-to-queue',
      `Rule ${rule.name} sends to no queue of the stack.`,
      'Deploy the stack again; what else should have its events gets a rule of its own.',
    ),
  ];
}

function hubFaults(
  name: string,
  targets: readonly RuleTarget[],
  hubBusArn: string | undefined,
): CheckResult[] {
  const isToHub = ({ arn }: RuleTarget) => (hubBusArn === undefined ? isBus(arn) : arn === hubBusArn);
  if (targets.some(isToHub)) return [];
  return [
    failed(
      'rule-not-to-hub',
      `Rule ${name} of the spoke does not send to ${hubBusArn ?? 'an event bus'}.`,
      "Deploy the spoke again with the ARN of the hub's bus.",
    ),
  ];
}

function deliveryFaults(name: string, { arn, roleArn, deadLetterArn }: RuleTarget): CheckResult[] {
  const faults: CheckResult[] = [];
  if (deadLetterArn === undefined) {
    faults.push(
      failed(
        'target-without-dead-letters',
        `Rule ${name} has no dead-letter queue for ${arn}, so what cannot be delivered in a day is lost.`,
        'Give its target a DeadLetterConfig and deploy the stack again.',
      ),
    );
  }
  // "We recommend always using IAM roles when the target of a rule is an event bus", and a bus that admits an
  // organisation requires one: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
  if (isBus(arn) && roleArn === undefined) {
    faults.push(
      failed(
        'target-without-role',
        `Rule ${name} has no role to send to ${arn} with.`,
        'Give its target a RoleArn that may events:PutEvents there, and deploy the stack again.',
      ),
    );
  }
  return faults;
}

function isBus(arn: string): boolean {
  return /^arn:[^:]+:events:[^:]*:[^:]*:event-bus\//.test(arn);
}
