import { mayMatch } from './event-pattern.ts';
import { type Finding, notLookedAt, right, wrong } from './finding.ts';
import { allTold, type Named, valuesSeen } from './looked.ts';
import type { Queue } from './queue.ts';
import { type Rule, type RuleTarget, targetsOf } from './rule.ts';
import type { Expectation } from './set-up.ts';

const ALL_EVENTS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
const MANAGEMENT_EVENT_TYPES = ['AWS API Call via CloudTrail', 'AWS Service Event via CloudTrail'];

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

const REDEPLOY = 'deploy the stack again, or mend it with';

/**
 * Whether a stack's rules take what CloudTrail brings and pass it on.
 * @param queues those of the stack, where a hub's rules send
 */
export function checkRules(
  rules: readonly Named<Rule>[],
  queues: readonly Named<Queue>[],
  expectation: Expectation,
): Finding[] {
  return [
    ...rules.flatMap(({ name, looked }) => {
      switch (looked.kind) {
        case 'unseen':
          return [notLookedAt(`Rule ${name}`, looked)];
        case 'absent':
          return [wrong('rule-missing', `Rule ${name} of the stack is gone.`, 'Deploy the stack again.')];
        case 'seen':
          return checkRule(looked.value, queues, expectation);
        default:
          return looked satisfies never;
      }
    }),
    ...checkWhatIsTaken(rules),
  ];
}

function checkRule(rule: Rule, queues: readonly Named<Queue>[], expectation: Expectation): Finding[] {
  const faults = [...faultsOfRule(rule), ...faultsOfTargets(rule, queues, expectation)];
  return faults.length > 0
    ? faults
    : [right('rule', `Rule ${rule.name} is ${rule.state} and has its target.`)];
}

function faultsOfRule(rule: Rule): Finding[] {
  const { name, busName, state } = rule;
  const takesManagementEvents = doesTakeManagementEvents(rule);
  const findings: Finding[] = [];
  if (takesManagementEvents && busName !== 'default') {
    findings.push(
      wrong(
        'rule-not-on-default-bus',
        `Rule ${name} is on bus ${busName}, and events of CloudTrail come to the default bus alone.`,
        'Make it on the default bus and deploy the stack again.',
      ),
    );
  }
  if (state === 'DISABLED') {
    findings.push(
      wrong(
        'rule-disabled',
        `Rule ${name} is disabled.`,
        `Enable it: ${REDEPLOY} aws events put-rule --name ${name} --state ${takesManagementEvents ? ALL_EVENTS : 'ENABLED'} and its event pattern or schedule.`,
      ),
    );
  } else if (takesManagementEvents && state !== ALL_EVENTS) {
    findings.push(
      wrong(
        'rule-loses-read-events',
        `Rule ${name} is ${state}, which leaves out Read events: no Decrypt, no GenerateDataKey.`,
        `Set its state to ${ALL_EVENTS}: ${REDEPLOY} aws events put-rule --name ${name} --state ${ALL_EVENTS} and its event pattern.`,
      ),
    );
  }
  return findings;
}

function faultsOfTargets(rule: Rule, queues: readonly Named<Queue>[], expectation: Expectation): Finding[] {
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
  if (goesOn || !allTold(queues) || !doesTakeManagementEvents(rule)) return [];
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

/** Every sort of event that is needed has a rule. Where a rule could not be looked at, it may be that one. */
function checkWhatIsTaken(rules: readonly Named<Rule>[]): Finding[] {
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

function doesTakeManagementEvents({ pattern }: Rule): boolean {
  return (
    pattern !== undefined && MANAGEMENT_EVENT_TYPES.some((type) => mayMatch(pattern, { 'detail-type': type }))
  );
}

function isBus(arn: string): boolean {
  return /^arn:[^:]+:events:[^:]*:[^:]*:event-bus\//.test(arn);
}
