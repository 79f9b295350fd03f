import { type CheckResult, checkEach, failed, passed } from './check-result.ts';
import { type HubOfRules, targetFaults } from './check-rule-targets.ts';
import { mayMatch, mayMatchManagementEvents } from './event-pattern.ts';
import type { EventRule } from './event-rule.ts';
import type { Queue } from './queue.ts';
import { areAllReadable, type StackResource, valuesOf } from './read-result.ts';

const ALL_EVENTS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

const REDEPLOY = 'deploy the stack again, or mend it with';

/**
 * Checks that a stack's rules match the events of CloudTrail and send them on.
 * @param queues the queues of the stack, which are the targets of a hub's rules
 */
export function checkRules(
  rules: readonly StackResource<EventRule>[],
  queues: readonly StackResource<Queue>[],
  hub: HubOfRules,
): CheckResult[] {
  return [
    ...checkEach(rules, {
      type: 'Rule',
      missingCode: 'rule-missing',
      check: (rule) => checkRule(rule, queues, hub),
    }),
    ...checkNeededEvents(rules),
  ];
}

function checkRule(rule: EventRule, queues: readonly StackResource<Queue>[], hub: HubOfRules): CheckResult[] {
  const faults = [...stateFaults(rule), ...targetFaults(rule, queues, hub)];
  return faults.length > 0
    ? faults
    : [passed('rule', `Rule ${rule.name} is ${rule.state} and has its target.`)];
}

function stateFaults(rule: EventRule): CheckResult[] {
  const { name, busName, state } = rule;
  const matchesCloudTrail = mayMatchManagementEvents(rule);
  const faults: CheckResult[] = [];
  if (matchesCloudTrail && busName !== 'default') {
    faults.push(
      failed(
        'rule-not-on-default-bus',
        `Rule ${name} is on bus ${busName}, and events of CloudTrail come to the default bus alone.`,
        'Make it on the default bus and deploy the stack again.',
      ),
    );
  }
  if (state === 'DISABLED') {
    faults.push(
      failed(
        'rule-disabled',
        `Rule ${name} is disabled.`,
        `Enable it: ${REDEPLOY} aws events put-rule --name ${name} --state ${matchesCloudTrail ? ALL_EVENTS : 'ENABLED'} and its event pattern or schedule.`,
      ),
    );
  } else if (matchesCloudTrail && state !== ALL_EVENTS) {
    faults.push(
      failed(
        'rule-loses-read-events',
        `Rule ${name} is ${state}, which leaves out Read events: no Decrypt, no GenerateDataKey.`,
        `Set its state to ${ALL_EVENTS}: ${REDEPLOY} aws events put-rule --name ${name} --state ${ALL_EVENTS} and its event pattern.`,
      ),
    );
  }
  return faults;
}

/** One event of each kind that the history needs, as far as patterns distinguish them. */
const NEEDED_EVENTS = [
  {
    name: 'key uses (Decrypt)',
    event: {
      source: 'aws.kms',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' },
    },
  },
  {
    name: 'changes of keys (CreateGrant)',
    event: {
      source: 'aws.kms',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { eventSource: 'kms.amazonaws.com', eventName: 'CreateGrant' },
    },
  },
  {
    name: 'calls of SageMaker (CreateTrainingJob)',
    event: {
      source: 'aws.sagemaker',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { eventSource: 'sagemaker.amazonaws.com', eventName: 'CreateTrainingJob' },
    },
  },
  {
    name: 'state changes of SageMaker jobs',
    event: { source: 'aws.sagemaker', 'detail-type': 'SageMaker Training Job State Change' },
  },
] as const;

/** Some rule matches each needed event. An unreadable rule may be the one that does. */
function checkNeededEvents(rules: readonly StackResource<EventRule>[]): CheckResult[] {
  if (!areAllReadable(rules)) return [];
  const patterns = valuesOf(rules).flatMap(({ pattern }) => pattern ?? []);
  const missing = NEEDED_EVENTS.filter(({ event }) => !patterns.some((pattern) => mayMatch(pattern, event)));
  if (missing.length === 0) return [passed('rules', 'The rules take events of KMS and SageMaker.')];
  return missing.map(({ name }) =>
    failed(
      'rule-takes-nothing',
      `No rule of the stack takes ${name}.`,
      'Deploy the stack again with its own rules.',
    ),
  );
}
