import { type Finding, notJudged, notLookedAt, right, wrong } from './finding.ts';
import type { Named } from './looked.ts';
import { allows, type PolicyRequest, type Verdict } from './resource-policy.ts';
import type { Bus } from './rule.ts';

/**
 * Whether a hub's buses let its spokes in.
 * @param admits organisation and account ids
 */
export function checkBuses(buses: readonly Named<Bus>[], admits: readonly string[]): Finding[] {
  return buses.flatMap(({ name, looked }) => {
    switch (looked.kind) {
      case 'unseen':
        return [notLookedAt(`Event bus ${name}`, looked)];
      case 'absent':
        return [wrong('bus-missing', `Event bus ${name} of the stack is gone.`, 'Deploy the stack again.')];
      case 'seen':
        return checkBus(looked.value, admits);
      default:
        return looked satisfies never;
    }
  });
}

function checkBus({ name, arn, policy }: Bus, admits: readonly string[]): Finding[] {
  if (policy === undefined) {
    return [
      wrong(
        'bus-closed-to-spokes',
        `Event bus ${name} has no policy, so no spoke can send to it.`,
        'Deploy the hub again with the organisation or the accounts of its spokes.',
      ),
    ];
  }
  const faults = admits.flatMap((id) => faultOf(id, name, allows(policy, putEventsOf(id, arn))));
  if (faults.length > 0) return faults;
  const whom = admits.length === 0 ? 'has a policy for spokes' : `takes events from ${admits.join(', ')}`;
  return [right('bus', `Event bus ${name} ${whom}.`)];
}

/** An organisation is told by a condition on whoever it is that calls. */
function putEventsOf(id: string, busArn: string): PolicyRequest {
  const isOrganisation = id.startsWith('o-');
  return {
    principal: isOrganisation ? { kind: 'anyone' } : { kind: 'account', id },
    action: 'events:PutEvents',
    resource: busArn,
    conditionKeys: isOrganisation ? { 'aws:principalorgid': id } : { 'aws:principalaccount': id },
  };
}

function faultOf(id: string, name: string, verdict: Verdict): Finding[] {
  switch (verdict) {
    case 'yes':
      return [];
    case 'no':
      return [
        wrong(
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
