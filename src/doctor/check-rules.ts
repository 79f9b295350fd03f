import { checkTakenEvents } from './check-taken-events.ts';
import { faultsOfTargets } from './check-targets.ts';
import { type Finding, notLookedAt, right, wrong } from './finding.ts';
import type { Named } from './looked.ts';
import type { Queue } from './queue.ts';
import type { Rule } from './rule.ts';
import type { Expectation } from './set-up.ts';
import { takesManagementEvents } from './taken-events.ts';

const ALL_EVENTS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

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
    ...checkTakenEvents(rules),
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
  const isOfCloudTrail = takesManagementEvents(rule);
  const findings: Finding[] = [];
  if (isOfCloudTrail && busName !== 'default') {
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
        `Enable it: ${REDEPLOY} aws events put-rule --name ${name} --state ${isOfCloudTrail ? ALL_EVENTS : 'ENABLED'} and its event pattern or schedule.`,
      ),
    );
  } else if (isOfCloudTrail && state !== ALL_EVENTS) {
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
