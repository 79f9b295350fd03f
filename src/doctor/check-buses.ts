import { type CheckResult, checkEach, failed, notJudged, passed } from './check-result.ts';
import type { EventBus } from './event-rule.ts';
import type { StackResource } from './read-result.ts';
import { allows, type PolicyRequest, type PolicyVerdict } from './resource-policy.ts';

/**
 * Checks that a hub's buses take the events of its spokes.
 * @param admits organisation and account ids
 */
export function checkBuses(
  buses: readonly StackResource<EventBus>[],
  admits: readonly string[],
): CheckResult[] {
  return checkEach(buses, {
    type: 'Event bus',
    missingCode: 'bus-missing',
    check: (bus) => checkBus(bus, admits),
  });
}

function checkBus({ name, arn, policy }: EventBus, admits: readonly string[]): CheckResult[] {
  if (policy === undefined) {
    return [
      failed(
        'bus-closed-to-spokes',
        `Event bus ${name} has no policy, so no spoke can send to it.`,
        'Deploy the hub again with the organisation or the accounts of its spokes.',
      ),
    ];
  }
  const faults = admits.flatMap((id) => faultOf(id, name, allows(policy, putEventsOf(id, arn))));
  if (faults.length > 0) return faults;
  const does = admits.length === 0 ? 'has a policy for spokes' : `takes events from ${admits.join(', ')}`;
  return [passed('bus', `Event bus ${name} ${does}.`)];
}

/** A policy admits an organisation by a condition, whoever the principal is. */
function putEventsOf(id: string, busArn: string): PolicyRequest {
  const isOrganisation = id.startsWith('o-');
  return {
    principal: isOrganisation ? { kind: 'anyone' } : { kind: 'account', id },
    action: 'events:PutEvents',
    resource: busArn,
    conditionKeys: isOrganisation ? { 'aws:principalorgid': id } : { 'aws:principalaccount': id },
  };
}

function faultOf(id: string, name: string, verdict: PolicyVerdict): CheckResult[] {
  switch (verdict) {
    case 'yes':
      return [];
    case 'no':
      return [
        failed(
          'bus-closed-to-spokes',
          `Event bus ${name} does not take events from ${id}.`,
          `Deploy the hub again with ${id} among its ${id.startsWith('o-') ? 'organisation' : 'spoke accounts'}; it needs events:PutEvents on the bus.`,
        ),
      ];
    case 'unsure':
      return [
        notJudged(
          `Whether event bus ${name} takes events from ${id} depends on a condition that is not judged here.`,
          'Name the organisation with --admits where the policy names it, or read the policy.',
        ),
      ];
    default:
      return verdict satisfies never;
  }
}
