import {
  type CarriedEvents,
  carriedEvents,
  type EventKind,
  NEEDED_EVENTS,
} from '../cloudtrail/carried-events.ts';
import { type Finding, notLookedAt, right, wrong } from './finding.ts';
import type { Looked } from './looked.ts';
import type { Trail } from './trail.ts';

const REPLACES = 'aws cloudtrail put-event-selectors replaces all selectors: give the others again';

/**
 * Whether the trails of a Region bring what the rules wait for: EventBridge has management events only where a
 * trail logs them.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export function checkTrails(trails: Looked<readonly Trail[]>, region: string): Finding[] {
  if (trails.kind === 'unseen') return [notLookedAt('CloudTrail', trails)];
  const covering = trails.kind === 'seen' ? trails.value.filter((trail) => covers(trail, region)) : [];
  if (covering.length === 0) {
    return [
      wrong(
        'trail-missing',
        `No CloudTrail trail covers ${region}, so EventBridge gets no event of KMS or SageMaker.`,
        'Make a trail for all Regions with Read and Write management events (aws cloudtrail create-trail --is-multi-region-trail, then start-logging).',
      ),
    ];
  }
  const together = fewestThatCarryAll(covering);
  if (together !== undefined) {
    const names = together.map(({ name }) => name).join(' and ');
    return [
      right(
        'trail',
        `${together.length > 1 ? `Trails ${names} log` : `Trail ${names} logs`} all of KMS in ${region}, Read and Write.`,
      ),
    ];
  }
  return covering.flatMap(faultsOf);
}

function covers(trail: Trail, region: string): boolean {
  return trail.isMultiRegion || trail.homeRegion === region;
}

/** One trail that is whole is enough; else several may complete each other. */
function fewestThatCarryAll(trails: readonly Trail[]): readonly Trail[] | undefined {
  const logging = trails.filter((trail) => trail.isLogging.kind === 'seen' && trail.isLogging.value);
  const whole = logging.find((trail) => NEEDED_EVENTS.every((kind) => carriedBy(trail)?.kinds.has(kind)));
  if (whole !== undefined) return [whole];
  const carriers = NEEDED_EVENTS.map((kind) => logging.find((trail) => carriedBy(trail)?.kinds.has(kind)));
  const found = carriers.filter((trail) => trail !== undefined);
  return found.length === NEEDED_EVENTS.length ? [...new Set(found)] : undefined;
}

function carriedBy({ selectors }: Trail): CarriedEvents | undefined {
  return selectors.kind === 'seen' ? carriedEvents(selectors.value) : undefined;
}

function faultsOf(trail: Trail): Finding[] {
  return [...faultsOfLogging(trail), ...faultsOfSelectors(trail)];
}

function faultsOfLogging({ name, arn, homeRegion, isLogging }: Trail): Finding[] {
  if (isLogging.kind === 'unseen') return [notLookedAt(`Whether trail ${name} logs`, isLogging)];
  if (isLogging.kind === 'seen' && isLogging.value) return [];
  return [
    wrong(
      'trail-stopped',
      `Trail ${name} is not logging.`,
      `Start it: aws cloudtrail start-logging --region ${homeRegion} --name ${arn}`,
    ),
  ];
}

function faultsOfSelectors(trail: Trail): Finding[] {
  const { name, selectors } = trail;
  if (selectors.kind === 'unseen') return [notLookedAt(`What trail ${name} selects`, selectors)];
  const { kinds, filteredBy } = carriedBy(trail) ?? { kinds: new Set<EventKind>(), filteredBy: [] };
  if (NEEDED_EVENTS.every((kind) => kinds.has(kind))) return [];
  if (filteredBy.length > 0) {
    return [
      wrong(
        'trail-filtered',
        `Trail ${name} filters management events by ${filteredBy.join(' and ')}, so it leaves some out.`,
        `Add a selector of eventCategory Management without further fields; ${REPLACES}.`,
      ),
    ];
  }
  if (kinds.size === 0) {
    return [
      wrong(
        'trail-without-management-events',
        `Trail ${name} records no management events that Keytrail needs.`,
        `Have it record management events, Read and Write, of all sources; ${REPLACES}.`,
      ),
    ];
  }
  return missingKinds(name, kinds);
}

function missingKinds(name: string, kinds: ReadonlySet<EventKind>): Finding[] {
  const lacks = (...wanted: EventKind[]) => wanted.every((kind) => !kinds.has(kind));
  const hasNoReads = lacks('kms-read', 'sagemaker-read');
  const hasNoWrites = lacks('kms-write', 'sagemaker-write');
  const findings: Finding[] = [];
  if (lacks('kms-read', 'kms-write')) findings.push(excludesKms(name, 'all events of KMS'));
  else if (lacks('kms-read') && !hasNoReads) findings.push(excludesKms(name, 'the Read events of KMS'));
  else if (lacks('kms-write') && !hasNoWrites) findings.push(excludesKms(name, 'the Write events of KMS'));
  if (hasNoReads) {
    findings.push(
      wrong(
        'trail-without-reads',
        `Trail ${name} records Write events only, and Decrypt and GenerateDataKey are Read events.`,
        `Set its ReadWriteType to All, or take readOnly out of its advanced selector; ${REPLACES}.`,
      ),
    );
  }
  if (hasNoWrites) {
    findings.push(
      wrong(
        'trail-without-writes',
        `Trail ${name} records Read events only, and CreateGrant and what begins a SageMaker job are Write events.`,
        `Set its ReadWriteType to All, or take readOnly out of its advanced selector; ${REPLACES}.`,
      ),
    );
  } else if (lacks('sagemaker-write')) {
    findings.push(
      wrong(
        'trail-excludes-sagemaker',
        `Trail ${name} leaves out the calls of SageMaker, so no use can be joined to its job.`,
        `Take the condition on eventSource out of its advanced selector; ${REPLACES}.`,
      ),
    );
  }
  return findings;
}

function excludesKms(name: string, what: string): Finding {
  return wrong(
    'trail-excludes-kms',
    `Trail ${name} leaves out ${what}, so no key use arrives and none of that time ever will.`,
    `Take kms.amazonaws.com out of its ExcludeManagementEventSources, or out of the eventSource condition of its advanced selector; ${REPLACES}.`,
  );
}
